// Text as JSON writes it.
#include "scheduler/control/json_writer.h"

#include "shared/text/text.h"

namespace rota::control {
namespace {

constexpr char kDigits[] = "0123456789abcdef";

void append_hex(std::string& out, std::string_view bytes) {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
}

}  // namespace

void append_json_text(std::string& out, std::string_view s) {
  if (!text::is_utf8(s)) {
    out += "{\"hex\":\"";
    append_hex(out, s);
    out += "\"}";
    return;
  }
  out += '"';
  for (const char c : s) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00";
      append_hex(out, {&c, 1});
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace rota::control
