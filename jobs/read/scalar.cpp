// YAML 1.2 core schema for scalars.
#include "jobs/read/scalar.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>

namespace rota::jobs {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
std::size_t digits(std::string_view s, std::size_t from) {
  auto at = from;
  while (at < s.size() && is_digit(s[at])) ++at;
  return at - from;
}

/// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
bool looks_float(std::string_view s) {
  std::size_t at = !s.empty() && (s[0] == '-' || s[0] == '+') ? 1 : 0;
  const auto whole = digits(s, at);
  at += whole;
  std::size_t part = 0;
  if (at < s.size() && s[at] == '.') {
    part = digits(s, at + 1);
    at += 1 + part;
  }
  if (whole + part == 0) return false;
  if (at < s.size() && (s[at] == 'e' || s[at] == 'E')) {
    ++at;
    if (at < s.size() && (s[at] == '-' || s[at] == '+')) ++at;
    const auto exponent = digits(s, at);
    if (exponent == 0) return false;
    at += exponent;
  }
  return at == s.size();
}

std::optional<double> special(std::string_view s) {
  constexpr auto inf = std::numeric_limits<double>::infinity();
  if (s == ".nan" || s == ".NaN" || s == ".NAN") return std::numeric_limits<double>::quiet_NaN();
  const bool minus = s.starts_with('-');
  if (minus || s.starts_with('+')) s.remove_prefix(1);
  if (s == ".inf" || s == ".Inf" || s == ".INF") return minus ? -inf : inf;
  return {};
}

}  // namespace

std::optional<Result<std::int64_t>> core_integer(std::string_view s) {
  auto rest = s;
  int base = 10;
  if (rest.starts_with("0o") || rest.starts_with("0x")) {
    base = rest[1] == 'o' ? 8 : 16;
    rest.remove_prefix(2);
  } else if (rest.starts_with('+')) {
    rest.remove_prefix(1);
    if (rest.starts_with('-')) return {};
  }
  if (rest.empty() || (base != 10 && rest.starts_with('-'))) return {};
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value, base);
  if (end != rest.data() + rest.size()) return {};
  if (error == std::errc::result_out_of_range)
    return Result<std::int64_t>(fail(Code::invalid, "a whole number has at most 64 bits"));
  if (error != std::errc{}) return {};
  return Result<std::int64_t>(value);
}

std::optional<double> core_float(std::string_view s) {
  if (const auto value = special(s)) return value;
  if (!looks_float(s)) return {};
  if (s.starts_with('+')) s.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value);
  if (error == std::errc::result_out_of_range) {  // too small, or too large
    const double size =
        s.find("e-") != s.npos || s.find("E-") != s.npos ? 0.0 : std::numeric_limits<double>::infinity();
    return s.starts_with('-') ? -size : size;
  }
  if (error != std::errc{} || end != s.data() + s.size()) return {};
  return value;
}

std::optional<bool> core_boolean(std::string_view s) {
  if (s == "true" || s == "True" || s == "TRUE") return true;
  if (s == "false" || s == "False" || s == "FALSE") return false;
  return {};
}

std::optional<double> core_number(std::string_view s) {
  if (const auto whole = core_integer(s); whole && whole->has_value()) return static_cast<double>(**whole);
  return core_float(s);
}

Result<Value> core_value(std::string_view plain) {
  Value v;
  if (const auto whole = core_integer(plain)) {
    if (!*whole) return whole->error();
    v = Value(**whole);
  } else if (const auto flag = core_boolean(plain)) {
    v = Value(*flag);
  } else if (const auto number = core_float(plain)) {
    v = Value(*number);
  } else {
    return Value(std::string(plain));
  }
  v.source = std::string(plain);
  return v;
}

}  // namespace rota::jobs
