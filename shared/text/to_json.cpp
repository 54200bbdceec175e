// Writing JSON.
#include "shared/text/to_json.h"

#include <fmt/format.h>

#include <cmath>

#include "shared/text/text.h"

namespace rota::text {
namespace {

Status append_string(std::string& out, std::string_view s) {
  if (!is_utf8(s)) return fail(Code::invalid, "a text that is not UTF-8 has no JSON");
  out += '"';
  for (const char c : s) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      (out += '\\') += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (u < 0x20) {
      out += fmt::format("\\u{:04x}", u);
    } else {
      out += c;
    }
  }
  out += '"';
  return {};
}

Status append(std::string& out, const Value& v) {
  if (v.is_null()) return out += "null", Status();
  if (const auto* b = v.as<bool>()) return out += *b ? "true" : "false", Status();
  if (const auto* i = v.as<std::int64_t>()) return out += std::to_string(*i), Status();
  if (const auto* s = v.as<std::string>()) return append_string(out, *s);
  if (const auto* d = v.as<double>()) {
    if (!std::isfinite(*d)) return fail(Code::invalid, "a number that is not finite has no JSON");
    return out += fmt::format("{}", *d), Status();
  }
  std::size_t n = 0;
  if (const auto* list = v.as<ValueList>()) {
    out += '[';
    for (const auto& item : *list) {
      if (n++) out += ',';
      if (auto s = append(out, item); !s) return s;
    }
    out += ']';
  } else if (const auto* map = v.as<ValueMap>()) {
    out += '{';
    for (const auto& [key, item] : *map) {
      if (n++) out += ',';
      if (auto s = append_string(out, key); !s) return s;
      out += ':';
      if (auto s = append(out, item); !s) return s;
    }
    out += '}';
  }
  return {};
}

}  // namespace

Result<std::string> to_json(const Value& value) {
  std::string out;
  if (auto s = append(out, value); !s) return s.error();
  return out;
}

}  // namespace rota::text
