// A small second reading of node heads and quotes.
#include "jobs/read/quotes.h"

#include <algorithm>

namespace rota::jobs {
namespace {

std::size_t skip_space(std::string_view s, std::size_t at) {
  while (at < s.size()) {
    if (s[at] == '#') {
      at = std::min(s.find('\n', at), s.size());
    } else if (s[at] == ' ' || s[at] == '\t' || s[at] == '\n' || s[at] == '\r') {
      ++at;
    } else {
      break;
    }
  }
  return at;
}
std::size_t skip_word(std::string_view s, std::size_t at) { return std::min(s.find_first_of(" \t\r\n", at), s.size()); }

/// Past `&anchor` and `!tag`, in either order.
std::size_t content(std::string_view s, std::size_t at, bool& tagged) {
  while (at < s.size() && (s[at] == '&' || s[at] == '!')) {
    tagged |= s[at] == '!';
    at = skip_space(s, skip_word(s, at));
  }
  return at;
}

}  // namespace

QuoteEnd end_of_quotes(std::string_view source, std::size_t at) {
  bool tagged = false;
  at = content(source, at, tagged);
  if (at >= source.size()) return {};
  const char quote = source[at];
  if (quote == '|' || quote == '>') return {false, true, 0};
  if (quote != '"' && quote != '\'') return {};
  const auto begin = ++at;
  for (; at < source.size(); ++at) {
    if (quote == '"' && source[at] == '\\') {
      ++at;
    } else if (source[at] == quote) {
      if (quote == '"' || at + 1 >= source.size() || source[at + 1] != '\'') break;
      ++at;
    }
  }
  if (at >= source.size()) return {true, false, 0};
  const auto inside = source.substr(begin, at - begin);
  return {false, false, static_cast<std::uint32_t>(std::count(inside.begin(), inside.end(), '\n'))};
}

bool is_tagged(std::string_view source, std::size_t at) {
  bool tagged = false;
  content(source, at, tagged);
  return tagged;
}

}  // namespace rota::jobs
