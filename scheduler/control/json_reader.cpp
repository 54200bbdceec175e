// Text as JSON carries it, also when it is not UTF-8.
#include "scheduler/control/json_reader.h"

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

}  // namespace

std::optional<std::string> text_of(JsonNode node) {
  if (const auto text = node.text()) return std::string(*text);
  const auto hex = node.member("hex");
  const auto digits = hex ? hex->text() : std::nullopt;
  return digits ? bytes_of_hex(*digits) : std::nullopt;
}

}  // namespace rota::control
