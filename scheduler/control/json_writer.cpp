// Text as JSON writes it.
#include "scheduler/control/json_writer.h"

#include <charconv>

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

void append_number(std::string& out, auto n) {
  char digits[40];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, n).ptr);
}

template <class List, class Append>
void append_list(std::string& out, const List& list, Append append) {
  out += '[';
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i) out += ',';
    append(list[i]);
  }
  out += ']';
}

// A float is text: JSON knows no NaN, and its readers make 5.0 a whole number.
void append_content(std::string& out, const Value& v) {
  if (const auto* b = v.as<bool>()) {
    out += *b ? "true" : "false";
  } else if (const auto* n = v.as<std::int64_t>()) {
    append_number(out, *n);
  } else if (const auto* d = v.as<double>()) {
    out += '"';
    append_number(out, *d);
    out += '"';
  } else if (const auto* s = v.as<std::string>()) {
    append_json_text(out, *s);
  } else if (const auto* list = v.as<ValueList>()) {
    append_list(out, *list, [&](const Value& x) { append_json_value(out, x); });
  } else if (const auto* map = v.as<ValueMap>()) {
    append_list(out, *map, [&](const auto& entry) {
      out += '[';
      append_json_text(out, entry.first);
      out += ',';
      append_json_value(out, entry.second);
      out += ']';
    });
  } else {
    out += "null";
  }
}

}  // namespace

void append_json_value(std::string& out, const Value& v) {
  if (v.as<std::string>() && v.source.empty()) return append_json_text(out, *v.as<std::string>());
  out += "[\"";
  out += type_name(v);
  out += "\",";
  append_content(out, v);
  if (!v.source.empty()) {
    out += ',';
    append_json_text(out, v.source);
  }
  out += ']';
}

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
