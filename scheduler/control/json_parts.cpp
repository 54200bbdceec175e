// Pieces of JSON.
#include "scheduler/control/json_parts.h"

#include <boost/json.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "shared/text/text.h"

namespace rota::control {
namespace {

namespace json = boost::json;

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// Letters and underscores: nothing in it to escape.
bool is_our_word(std::string_view key) {
  return std::all_of(key.begin(), key.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

void print_object(std::string& out, const json::object& object) {
  out += '{';
  bool first = true;
  for (const auto& [key, value] : object) {
    if (!std::exchange(first, false)) out += ',';
    if (is_our_word(key))
      out.append(1, '"').append(key).append(1, '"');
    else
      out += json::serialize(json::string(key));  // of a job's output
    out += ':';
    print(out, value);
  }
  out += '}';
}

void print_array(std::string& out, const json::array& array) {
  out += '[';
  for (std::size_t i = 0; i < array.size(); ++i) {
    if (i) out += ',';
    print(out, array[i]);
  }
  out += ']';
}

}  // namespace

json::string clean(std::string_view s) {
  json::string out;
  std::size_t bad = 0;
  while (!text::is_utf8(s, &bad)) {
    out.append(s.substr(0, bad));
    out.append(kReplacement);
    s.remove_prefix(bad + 1);
  }
  out.append(s);
  return out;
}

json::value text_or_null(std::string_view s) { return s.empty() ? json::value() : json::value(clean(s)); }

void print(std::string& out, const json::value& v) {
  if (const auto* object = v.if_object()) return print_object(out, *object);
  if (const auto* array = v.if_array()) return print_array(out, *array);
  const auto* number = v.if_double();
  if (!number) {
    out += json::serialize(v);
    return;
  }
  char digits[400];  // a fixed-point double is at most 310 digits before the point
  const auto end = std::to_chars(digits, digits + sizeof digits, *number, std::chars_format::fixed);
  out.append(digits, end.ptr);
}

std::string printed(const json::value& v) {
  std::string out;
  print(out, v);
  return out;
}

json::value json_of(const Value& v) {
  if (const auto* b = v.as<bool>()) return *b;
  if (const auto* n = v.as<std::int64_t>()) return *n;
  if (const auto* d = v.as<double>()) return std::isfinite(*d) ? json::value(*d) : json::value();
  if (const auto* s = v.as<std::string>()) return clean(*s);
  if (const auto* map = v.as<ValueMap>()) return values_object(*map);
  const auto* list = v.as<ValueList>();
  if (!list) return {};
  json::array out;
  for (const auto& x : *list) out.push_back(json_of(x));
  return out;
}

json::object values_object(const ValueMap& values) {
  json::object out;
  for (const auto& [name, x] : values) out[clean(name)] = json_of(x);
  return out;
}

std::string_view word_of(Code c) {
  switch (c) {
    case Code::invalid: return "invalid";
    case Code::not_found: return "not_found";
    case Code::refused: return "refused";
    case Code::unreachable: return "unreachable";
    case Code::system: return "system";
    case Code::corrupt: return "corrupt";
    case Code::internal: return "internal";
  }
  return "internal";
}

json::object error_object(const Error& error, std::string_view hint) {
  return {{"code", word_of(error.code)}, {"message", clean(to_text(error))}, {"hint", text_or_null(hint)}};
}

}  // namespace rota::control
