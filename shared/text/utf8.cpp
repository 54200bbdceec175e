// UTF-8: decoding that trusts nothing, and what a terminal makes of a character.
#include "shared/text/utf8.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "shared/text/text.h"

namespace rota::text {
namespace {

struct Range {
  char32_t first, last;
};
template <std::size_t N>
bool within(const Range (&table)[N], char32_t c) {
  return std::any_of(std::begin(table), std::end(table), [c](Range r) { return c >= r.first && c <= r.last; });
}

/// Length that a leading byte announces, with its payload bits; 0 for a byte that cannot lead.
int announced(unsigned char lead, char32_t& bits) {
  if (lead >= 0xC2 && lead <= 0xDF) return bits = lead & 0x1Fu, 2;
  if (lead >= 0xE0 && lead <= 0xEF) return bits = lead & 0x0Fu, 3;
  if (lead >= 0xF0 && lead <= 0xF4) return bits = lead & 0x07u, 4;
  return 0;
}

}  // namespace

char32_t next_code_point(std::string_view s, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(s[at]);
  if (lead < 0x80) return ++at, lead;
  char32_t c = 0;
  const int length = announced(lead, c);
  if (length == 0 || s.size() - at < static_cast<std::size_t>(length)) return ++at, kBadCodePoint;
  for (int i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(s[at + static_cast<std::size_t>(i)]);
    if ((byte & 0xC0) != 0x80) return ++at, kBadCodePoint;
    c = (c << 6) | (byte & 0x3Fu);
  }
  const bool overlong = (length == 3 && c < 0x800) || (length == 4 && c < 0x10000);
  if (overlong || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) return ++at, kBadCodePoint;
  at += static_cast<std::size_t>(length);
  return c;
}

bool is_deceptive(char32_t c) {
  static constexpr Range table[] = {{0x00, 0x08},     {0x0A, 0x1F},     {0x7F, 0x9F},     {0x061C, 0x061C},
                                    {0x200E, 0x200F}, {0x2028, 0x202E}, {0x2066, 0x2069}, {0xFEFF, 0xFEFF}};
  return within(table, c);
}

int columns_of(char32_t c) {
  static constexpr Range none[] = {{0x0300, 0x036F}, {0x200B, 0x200D}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}};
  static constexpr Range two[] = {{0x1100, 0x115F},   {0x2E80, 0xA4CF},  {0xAC00, 0xD7A3}, {0xF900, 0xFAFF},
                                  {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},  {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F},
                                  {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
  if (c < 0x300) return 1;
  return within(none, c) ? 0 : within(two, c) ? 2 : 1;
}

bool is_utf8(std::string_view s, std::size_t* bad_at) {
  std::size_t at = 0;
  while (at < s.size()) {
    std::uint64_t eight = 0;  // most text is ASCII: eight bytes a step
    while (s.size() - at >= sizeof eight) {
      std::memcpy(&eight, s.data() + at, sizeof eight);
      if (eight & 0x8080808080808080ull) break;
      at += sizeof eight;
    }
    if (at == s.size()) break;
    const auto before = at;
    if (next_code_point(s, at) == kBadCodePoint) {
      if (bad_at) *bad_at = before;
      return false;
    }
  }
  return true;
}

}  // namespace rota::text
