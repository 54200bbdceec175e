// Colours and widths.
#include "scheduler/cli/paint.h"

#include "shared/text/text.h"

namespace rota::cli {
namespace {

constexpr std::string_view kReset = "\x1b[0m";

std::string_view sequence(Style s) {
  switch (s) {
    case Style::plain: return "";
    case Style::bold: return "\x1b[1m";
    case Style::dim: return "\x1b[2m";
    case Style::good: return "\x1b[32m";
    case Style::bad: return "\x1b[1;31m";
    case Style::warn: return "\x1b[33m";
    case Style::busy: return "\x1b[36m";
  }
  return "";
}

struct Glyph {
  char32_t code = 0;
  std::size_t bytes = 1;
};

// Lenient: what is not UTF-8 counts as one column a byte.
Glyph glyph_at(std::string_view s) {
  const auto lead = static_cast<unsigned char>(s[0]);
  const std::size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1;
  if (length == 1 || length > s.size()) return {lead, 1};
  char32_t code = lead & (0xFF >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(s[i]);
    if ((next & 0xC0) != 0x80) return {lead, 1};
    code = (code << 6) | (next & 0x3F);
  }
  return {code, length};
}

// The C library's wcwidth depends on the locale, which this program does not set.
std::size_t width_of(char32_t c) {
  const auto in = [c](char32_t first, char32_t last) { return c >= first && c <= last; };
  if (in(0x300, 0x36F) || in(0x200B, 0x200F) || in(0x20D0, 0x20FF) || in(0xFE00, 0xFE0F) || in(0x1AB0, 0x1AFF))
    return 0;
  if (in(0x1100, 0x115F) || in(0x2E80, 0x303E) || in(0x3041, 0xA4CF) || in(0xAC00, 0xD7A3) || in(0xF900, 0xFAFF) ||
      in(0xFE30, 0xFE6F) || in(0xFF00, 0xFF60) || in(0xFFE0, 0xFFE6) || in(0x1F300, 0x1F64F) || in(0x1F900, 0x1F9FF) ||
      in(0x20000, 0x3FFFD))
    return 2;
  return 1;
}

// The length of an SGR sequence ("ESC [ digits and ; : m") at the front; 0 when there is none.
std::size_t sgr_at(std::string_view s) {
  if (s.size() < 3 || s[0] != '\x1b' || s[1] != '[') return 0;
  const auto end = s.find_first_not_of("0123456789;:", 2);
  return end != s.npos && s[end] == 'm' ? end + 1 : 0;
}

}  // namespace

std::string paint(std::string_view text, Style style, bool colour) {
  if (!colour || style == Style::plain || text.empty()) return std::string(text);
  return std::string(sequence(style)).append(text).append(kReset);
}

std::size_t display_width(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const auto g = glyph_at(text);
    columns += width_of(g.code);
    text.remove_prefix(g.bytes);
  }
  return columns;
}

std::string cut(std::string_view text, std::size_t columns, bool unicode) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::size_t used = 0, end = 0;
  while (end < text.size()) {
    const auto g = glyph_at(text.substr(end));
    if (used + width_of(g.code) > columns - 1) break;
    used += width_of(g.code);
    end += g.bytes;
  }
  return std::string(text.substr(0, end)) + (unicode ? "…" : "~");
}

std::string padded(std::string_view text, std::size_t columns, bool right) {
  const auto width = display_width(text);
  const std::string space(width < columns ? columns - width : 0, ' ');
  return right ? space + std::string(text) : std::string(text) + space;
}

std::string safe_line(std::string_view line, bool colour) {
  if (line.find('\x1b') == line.npos) return text::escape_terminal(line);
  std::string out;
  bool coloured = false;
  while (!line.empty()) {
    if (const auto sgr = sgr_at(line)) {
      if (colour) out.append(line.substr(0, sgr));
      coloured |= colour;
      line.remove_prefix(sgr);
      continue;
    }
    auto end = line.find('\x1b', 1);
    while (end != line.npos && !sgr_at(line.substr(end))) end = line.find('\x1b', end + 1);
    out += text::escape_terminal(line.substr(0, end));
    line.remove_prefix(end == line.npos ? line.size() : end);
  }
  if (coloured) out += kReset;
  return out;
}

}  // namespace rota::cli
