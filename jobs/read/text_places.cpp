// Text and source side by side.
#include "jobs/read/text_places.h"

#include <algorithm>

#include "jobs/read/tokens.h"
#include "shared/text/utf8.h"

namespace rota::jobs {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// The first byte of a scalar's content: past anchor, tag, quote, or the head of a block.
std::size_t content(std::string_view s, std::size_t at, char& style) {
  const auto spaces = [&] {
    while (at < s.size() && is_space(s[at])) ++at;
  };
  while (at < s.size() && (s[at] == '&' || s[at] == '!')) {
    while (at < s.size() && !is_space(s[at])) ++at;
    spaces();
  }
  style = at < s.size() ? s[at] : ' ';
  if (style == '"' || style == '\'') return at + 1;
  if (style != '|' && style != '>') return at;
  at = std::min(s.find('\n', at), s.size());
  spaces();
  return at;
}

/// Bytes of the source for one byte of a text in double quotes.
std::size_t escape_bytes(std::string_view s) {
  if (s.size() < 2 || s[0] != '\\') return 1;
  return s[1] == 'x' ? 4 : s[1] == 'u' ? 6 : s[1] == 'U' ? 10 : 2;
}

}  // namespace

TextPlaces::TextPlaces(std::string_view source, const std::vector<std::size_t>& lines, Place own, std::string_view text)
    : source_(source), lines_(lines), own_(own) {
  if (own.line == 0 || own.line > lines.size()) return;
  offsets_.reserve(text.size() + 1);
  walk(text, lines[own.line - 1] + own.column - 1);
}

void TextPlaces::walk(std::string_view text, std::size_t at) {
  char style = ' ';
  at = content(source_, std::min(at, source_.size()), style);
  auto next_open = text.find(kExpressionOpen);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == next_open) {
      const auto found = source_.find(kExpressionOpen, at);
      if (found != source_.npos) at = found;
      next_open = text.find(kExpressionOpen, i + 1);
    }
    if (is_space(text[i])) {
      offsets_.push_back(static_cast<std::uint32_t>(at));
      const auto rest = source_.substr(at);
      if (!rest.empty() && is_space(rest[0])) {
        at += rest.starts_with("\r\n") ? 2 : 1;
      } else if (style == '"' && !rest.empty() && rest[0] == '\\') {
        at += escape_bytes(rest);
      }
      continue;
    }
    while (at < source_.size() && is_space(source_[at])) ++at;  // folds and indentation
    offsets_.push_back(static_cast<std::uint32_t>(at));
    if (at >= source_.size()) continue;
    if (style == '"' && source_[at] == '\\') {
      at += escape_bytes(source_.substr(at));
    } else if (source_[at] == text[i]) {
      at += style == '\'' && text[i] == '\'' ? 2 : 1;
    }
  }
  offsets_.push_back(static_cast<std::uint32_t>(std::min(at, source_.size())));
}

Place TextPlaces::at(std::size_t offset) const {
  if (offsets_.empty()) return own_;
  const std::size_t at = offsets_[std::min(offset, offsets_.size() - 1)];
  const auto line = static_cast<std::size_t>(std::upper_bound(lines_.begin(), lines_.end(), at) - lines_.begin());
  return {static_cast<std::uint32_t>(line), static_cast<std::uint32_t>(at - lines_[line - 1]) + 1};
}

Place TextPlaces::for_people(std::size_t offset) const {
  auto place = at(offset);
  if (place.line == 0 || place.line > lines_.size()) return place;
  const auto line = source_.substr(lines_[place.line - 1], place.column - 1);
  place.column = 1;
  for (std::size_t i = 0; i < line.size(); ++place.column) text::next_code_point(line, i);
  return place;
}

}  // namespace rota::jobs
