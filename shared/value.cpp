// Words and texts of values.
#include "shared/value.h"

#include <fmt/format.h>

namespace rota {
namespace {

void append_json_string(std::string& out, std::string_view s) {
  out += '"';
  for (const char c : s) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (u < 0x20) {
      out += fmt::format("\\u{:04x}", u);
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_json(std::string& out, const Value& v) {
  if (const auto* s = v.as<std::string>()) return append_json_string(out, *s);
  if (const auto* list = v.as<ValueList>()) {
    out += '[';
    for (std::size_t i = 0; i < list->size(); ++i) {
      if (i) out += ',';
      append_json(out, (*list)[i]);
    }
    out += ']';
  } else if (const auto* map = v.as<ValueMap>()) {
    out += '{';
    for (std::size_t i = 0; i < map->size(); ++i) {
      if (i) out += ',';
      append_json_string(out, (*map)[i].first);
      out += ':';
      append_json(out, (*map)[i].second);
    }
    out += '}';
  } else {
    out += to_text(v);
  }
}

}  // namespace

std::string_view type_name(const Value& v) {
  static constexpr std::string_view names[] = {"null", "bool", "int", "float", "string", "list", "map"};
  return names[v.data.index()];
}

std::string to_text(const Value& v) {
  if (!v.source.empty()) return v.source;
  if (const auto* s = v.as<std::string>()) return *s;
  if (const auto* b = v.as<bool>()) return *b ? "true" : "false";
  if (const auto* i = v.as<std::int64_t>()) return std::to_string(*i);
  if (const auto* d = v.as<double>()) return fmt::format("{}", *d);
  if (v.is_null()) return "null";
  std::string out;
  append_json(out, v);
  return out;
}

std::string_view to_text(OutputType t) {
  switch (t) {
    case OutputType::string: return "string";
    case OutputType::integer: return "int";
    case OutputType::number: return "float";
    case OutputType::boolean: return "bool";
    case OutputType::json: return "json";
  }
  return "?";
}

}  // namespace rota
