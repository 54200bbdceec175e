// Text as JSON carries it, also when it is not UTF-8, and values with their types.
#include "scheduler/control/json_reader.h"

#include <charconv>

namespace rota::control {
namespace {

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::optional<std::string> bytes_of_hex(std::string_view hex) {
  if (hex.size() % 2) return std::nullopt;
  std::string out;
  out.reserve(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = digit(hex[i]), low = digit(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

std::optional<double> double_of(JsonNode node) {
  const auto text = node.text().value_or("");
  double d = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), d);
  return !text.empty() && bad == std::errc() && end == text.data() + text.size() ? std::optional(d) : std::nullopt;
}

std::optional<ValueList> list_of(JsonNode node) {
  if (!node.is_list()) return std::nullopt;
  ValueList out;
  for (std::size_t i = 0; i < node.size(); ++i) {
    auto one = value_of(node.at(i));
    if (!one) return std::nullopt;
    out.push_back(std::move(*one));
  }
  return out;
}

std::optional<ValueMap> map_of(JsonNode node) {
  if (!node.is_list()) return std::nullopt;
  ValueMap out;
  for (std::size_t i = 0; i < node.size(); ++i) {
    if (node.at(i).size() != 2) return std::nullopt;
    auto name = text_of(node.at(i).at(0));
    auto one = value_of(node.at(i).at(1));
    if (!name || !one) return std::nullopt;
    out.emplace_back(std::move(*name), std::move(*one));
  }
  return out;
}

template <class T>
std::optional<Value> as_value(std::optional<T> x) {
  return x ? std::optional(Value(std::move(*x))) : std::nullopt;
}

std::optional<Value> typed(std::string_view type, JsonNode content) {
  if (type == "null") return Value();
  if (type == "bool") return as_value(content.boolean());
  if (type == "int") return as_value(content.integer());
  if (type == "float") return as_value(double_of(content));
  if (type == "string") return as_value(text_of(content));
  if (type == "list") return as_value(list_of(content));
  return type == "map" ? as_value(map_of(content)) : std::nullopt;
}

}  // namespace

std::optional<Value> value_of(JsonNode node) {
  if (!node.is_list()) return as_value(text_of(node));
  if (node.size() < 2 || node.size() > 3) return std::nullopt;
  auto out = typed(node.at(0).text().value_or(""), node.at(1));
  if (!out || node.size() == 2) return out;
  auto source = text_of(node.at(2));
  if (!source) return std::nullopt;
  out->source = std::move(*source);
  return out;
}

std::optional<std::string> text_of(JsonNode node) {
  if (const auto text = node.text()) return std::string(*text);
  const auto hex = node.member("hex");
  const auto digits = hex ? hex->text() : std::nullopt;
  return digits ? bytes_of_hex(*digits) : std::nullopt;
}

}  // namespace rota::control
