// Findings as a compiler would show them.
#include <fmt/format.h>

#include <algorithm>

#include "jobs/read/findings.h"
#include "jobs/read/load.h"
#include "shared/text/text.h"
#include "shared/text/utf8.h"

namespace rota::jobs {
namespace {

constexpr std::size_t kBefore = 60, kAfter = 60;  // characters of a long line shown around the caret

int shown_columns(std::string_view text) {
  int columns = 0;
  for (std::size_t at = 0; at < text.size();) columns += text::columns_of(text::next_code_point(text, at));
  return columns;
}

/// The line as it is shown, cut around the character `column` (from 1), and how many columns stand before that.
struct Excerpt {
  std::string text;
  int caret = 0;
};
Excerpt excerpt(std::string_view line, std::uint32_t column) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  Excerpt out;
  const std::size_t wanted = column > 0 ? column - 1 : 0;
  std::size_t character = 0;
  if (wanted > kBefore) out.text = "...";
  out.caret = static_cast<int>(out.text.size());
  for (std::size_t at = 0; at < line.size(); ++character) {
    const auto from = at;
    text::next_code_point(line, at);
    if (character + kBefore < wanted) continue;
    if (character > wanted + kAfter) {
      out.text += "...";
      break;
    }
    auto piece = line.substr(from, at - from);
    const auto shown = piece == "\t" ? std::string(" ") : text::escape_terminal(piece);
    if (character < wanted) out.caret += shown_columns(shown);
    out.text += shown;
  }
  return out;
}

}  // namespace

std::string render(const std::vector<Diagnostic>& found, const Source& source) {
  const auto starts = line_starts(source.bytes);
  const auto path = text::escape_terminal(source.path);
  std::string out;
  for (std::size_t i = 0; i < found.size() && i < Findings::kShown; ++i) {
    const auto& d = found[i];
    const auto place = d.line == 0 ? path : fmt::format("{}:{}:{}", path, d.line, d.column);
    out += fmt::format("{}: error: {}\n", place, d.message);
    if (d.line != 0 && d.line <= starts.size()) {
      const auto begin = starts[d.line - 1];
      const auto end = std::min(source.bytes.find('\n', begin), source.bytes.size());
      const auto shown = excerpt(std::string_view(source.bytes).substr(begin, end - begin), d.column);
      out += fmt::format("{:>5} | {}\n      | {:>{}}\n", d.line, shown.text, '^', shown.caret + 1);
    }
    if (!d.hint.empty()) out += fmt::format("        {}\n", d.hint);
  }
  if (found.size() > Findings::kShown) out += fmt::format("... and {} more\n", found.size() - Findings::kShown);
  const auto more = found.size() >= Findings::kMost ? " or more" : "";
  out += fmt::format("{}{} error{} in {}\n", found.size(), more, found.size() == 1 ? "" : "s", path);
  return out;
}

}  // namespace rota::jobs
