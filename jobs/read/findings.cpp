// Gathering and ordering of what is wrong.
#include "jobs/read/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "shared/text/text.h"
#include "shared/text/utf8.h"

namespace rota::jobs {

namespace {

constexpr std::size_t kMessageBytes = 1200;  // a name of a megabyte is not worth a message of one

/// Messages quote the file: whatever was quoted, the text is safe for a terminal and of bounded length.
std::string safe(std::string_view message) {
  if (message.size() <= kMessageBytes) return text::escape_terminal(message);
  auto end = kMessageBytes;
  while (end > 0 && (static_cast<unsigned char>(message[end]) & 0xC0) == 0x80) --end;  // not within a character
  return text::escape_terminal(message.substr(0, end)) + "...";
}

}  // namespace

void Findings::add(Place at, std::string message, std::string hint) {
  if (!full()) found_.push_back({at.line, at.column, safe(message), safe(hint)});
}

void Findings::add_unknown(Place at, std::string message, std::string_view word,
                           std::span<const std::string_view> candidates, std::string otherwise) {
  std::string near;
  if (found_.size() < kShown) near = text::nearest(word, candidates);
  add(at, std::move(message), near.empty() ? std::move(otherwise) : fmt::format("did you mean '{}'?", near));
}

std::vector<std::size_t> line_starts(std::string_view source) {
  std::vector<std::size_t> starts{0};
  for (auto at = source.find('\n'); at != std::string_view::npos; at = source.find('\n', at + 1))
    starts.push_back(at + 1);
  return starts;
}

std::vector<Diagnostic> Findings::finish(std::string_view source) && {
  const auto starts = line_starts(source);
  for (auto& d : found_) {
    if (d.line == 0 || d.line > starts.size()) continue;
    const auto line = source.substr(starts[d.line - 1]).substr(0, d.column > 0 ? d.column - 1 : 0);
    d.column = 1;
    for (std::size_t at = 0; at < line.size(); ++d.column) text::next_code_point(line, at);
  }
  const auto key = [](const Diagnostic& d) { return std::tie(d.line, d.column); };
  std::stable_sort(found_.begin(), found_.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  // What stands behind an anchor is read once per alias: the same finding again says nothing new.
  const auto same = [&](const auto& a, const auto& b) { return key(a) == key(b) && a.message == b.message; };
  found_.erase(std::unique(found_.begin(), found_.end(), same), found_.end());
  return std::move(found_);
}

}  // namespace rota::jobs
