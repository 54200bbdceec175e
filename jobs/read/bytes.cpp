// Bytes before YAML: the parser takes some of these in silence (bad UTF-8, NUL), so they are refused here by name.
#include "jobs/read/bytes.h"

#include <fmt/format.h>

#include <algorithm>

#include "shared/limits.h"
#include "shared/text/text.h"
#include "shared/text/utf8.h"

namespace rota::jobs {
namespace {

/// A file in another encoding would only give a flood of other errors.
bool check_encoding(std::string_view b, Findings& findings) {
  const auto is = [&](std::string_view mark) { return b.starts_with(mark); };
  std::string_view what;
  using namespace std::string_view_literals;
  if (is("\xFF\xFE\0\0"sv) || is("\0\0\xFE\xFF"sv) || is("\0\0\0"sv)) {
    what = "the file is UTF-32";
  } else if (is("\xFF\xFE"sv) || is("\xFE\xFF"sv) || (b.size() > 1 && (b[0] == '\0') != (b[1] == '\0'))) {
    what = "the file is UTF-16";
  } else if (is("\xEF\xBB\xBF"sv)) {
    what = "the file begins with a byte order mark (BOM)";
  } else {
    return true;
  }
  findings.add({1, 1}, fmt::format("{}; save it as UTF-8 without a byte order mark", what));
  return false;
}

bool is_forbidden(char32_t c) {
  if (c >= 0x20 && c < 0x7F) return false;
  return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F || (c >= 0x80 && c < 0xA0 && c != 0x85) ||
         c == 0xFFFE || c == 0xFFFF;
}

/// The first offset from `from` on whose character is not plain printable ASCII, tab or LF.
std::size_t skip_plain(std::string_view b, std::size_t from) {
  const auto plain = [](char c) { return (c >= 0x20 && c < 0x7F) || c == '\n' || c == '\t'; };
  return static_cast<std::size_t>(std::find_if_not(b.begin() + static_cast<std::ptrdiff_t>(from), b.end(), plain) -
                                  b.begin());
}

}  // namespace

Place place_of(std::string_view bytes, std::size_t at) {
  const auto before = bytes.substr(0, at);
  const auto line = static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n')) + 1;
  const auto start = before.rfind('\n');
  return {line, static_cast<std::uint32_t>(start == std::string_view::npos ? at : at - start - 1) + 1};
}

bool check_bytes(std::string_view bytes, Findings& findings) {
  if (bytes.size() > limits::kJobFileBytes) {
    findings.add(
        {},
        fmt::format("the file has {} bytes; at most {} (job_file_bytes) are read", bytes.size(), limits::kJobFileBytes),
        "split it into several job files");
    return false;
  }
  if (!check_encoding(bytes, findings)) return false;
  bool bad_text = false, nul = false, control = false, lone_return = false;
  for (auto at = skip_plain(bytes, 0); at < bytes.size(); at = skip_plain(bytes, at)) {
    const auto before = at;
    const auto c = text::next_code_point(bytes, at);
    const auto once = [&](bool& seen, std::string message) {
      if (!std::exchange(seen, true)) findings.add(place_of(bytes, before), std::move(message));
    };
    if (c == text::kBadCodePoint) {
      once(bad_text, fmt::format("byte 0x{:02x} is not UTF-8; save the file as UTF-8",
                                 static_cast<unsigned char>(bytes[before])));
    } else if (c == 0) {
      once(nul, "a NUL byte; a job file is text");
    } else if (c == '\r' && (at == bytes.size() || bytes[at] != '\n')) {
      once(lone_return, "a carriage return without a line feed; lines end with LF or CR LF");
    } else if (is_forbidden(c)) {
      once(control, fmt::format("control character U+{:04X} may not stand in YAML; in double quotes write \\u{:04x}",
                                static_cast<std::uint32_t>(c), static_cast<std::uint32_t>(c)));
    }
  }
  return !(bad_text || nul || control || lone_return);
}

std::vector<Place> tabs_in_indentation(std::string_view bytes) {
  std::vector<Place> found;
  if (bytes.find('\t') == std::string_view::npos) return found;
  std::uint32_t line = 1;
  for (std::size_t at = 0; at < bytes.size(); ++line) {
    const auto end = std::min(bytes.find('\n', at), bytes.size());
    const auto text = bytes.substr(at, end - at);
    const auto first = text.find_first_not_of(" \t\r");
    const auto tab = text.substr(0, first).find('\t');
    if (first != std::string_view::npos && text[first] != '#' && tab != std::string_view::npos)
      found.push_back({line, static_cast<std::uint32_t>(tab) + 1});
    at = end + 1;
  }
  return found;
}

}  // namespace rota::jobs
