// Durations: read from a file, written back exactly, shown to people.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>

#include "shared/text/text.h"

namespace rota::text {
namespace {

__extension__ using Wide = __int128;  // products of numbers and units overflow 64 bits before they are refused

struct Unit {
  std::string_view name;
  std::int64_t ns;
};
constexpr Unit kUnits[] = {{"d", 86'400'000'000'000},
                           {"h", 3'600'000'000'000},
                           {"m", 60'000'000'000},
                           {"s", 1'000'000'000},
                           {"ms", 1'000'000},
                           {"us", 1'000},
                           {"ns", 1}};
constexpr std::size_t kSecond = 3;                            // index of "s"
constexpr Wide kLongest = Wide{36'525} * 86'400'000'000'000;  // 100 years

bool is_digit(char c) { return c >= '0' && c <= '9'; }

Error no(std::string_view s, std::string_view why) {
  return fail(Code::invalid,
              fmt::format("'{}' is not a duration{}; write one like 250ms, 5s, 1h30m or 2d", escape_terminal(s), why));
}

/// One "number unit" at the front of `s`, taken off it. A unit of kUnits; a missing one is seconds.
struct Part {
  Wide value = 0;  // in nanoseconds
  std::size_t unit = 0;
  bool fraction = false, bare = false;
};
std::string_view take_part(std::string_view& s, Part& part) {
  Wide number = 0, scale = 1;
  std::size_t at = 0;
  for (; at < s.size() && is_digit(s[at]) && at < 19; ++at) number = number * 10 + (s[at] - '0');
  if (at == 0) return " (a number was expected)";
  if (at + 1 < s.size() && s[at] == '.' && is_digit(s[at + 1])) {
    part.fraction = true;
    for (++at; at < s.size() && is_digit(s[at]) && scale < 1'000'000'000; ++at, scale *= 10)
      number = number * 10 + (s[at] - '0');
  }
  auto end = at;
  while (end < s.size() && s[end] >= 'a' && s[end] <= 'z') ++end;
  const auto name = s.substr(at, end - at);
  part.bare = name.empty() && end == s.size();
  const auto unit = std::find_if(std::begin(kUnits), std::end(kUnits),
                                 [&](const Unit& u) { return u.name == (part.bare ? "s" : name); });
  if (unit == std::end(kUnits)) return " (units: ns us ms s m h d)";
  part.unit = static_cast<std::size_t>(unit - kUnits);
  part.value = number * unit->ns / scale;
  s.remove_prefix(end);
  return {};
}

/// Seconds and less: whole where a unit gives it whole, else the shortest decimal of at least 1.
std::string below_minute(std::int64_t ns) {
  std::string best;
  for (auto u = kSecond; u < std::size(kUnits); ++u) {
    const auto unit = kUnits[u].ns;
    if (ns < unit) continue;
    auto text = std::to_string(ns / unit);
    if (const auto rest = ns % unit) {
      auto digits = std::to_string(unit + rest).substr(1);
      digits.erase(digits.find_last_not_of('0') + 1);
      text += '.' + digits;
    }
    text += kUnits[u].name;
    if (best.empty() || text.size() < best.size()) best = std::move(text);
  }
  return best;
}

}  // namespace

Result<Duration> parse_duration(std::string_view s) {
  if (s.empty()) return no(s, "");
  Wide total = 0;
  auto rest = s;
  for (std::size_t least = 0; !rest.empty();) {
    Part part;
    if (const auto why = take_part(rest, part); !why.empty()) return no(s, why);
    if (part.bare && least > 0) return no(s, " (its last number has no unit)");
    if (part.unit < least) return no(s, " (units go from long to short, each once)");
    if (part.fraction && !rest.empty()) return no(s, " (only its last number may have a fraction)");
    least = part.unit + 1;
    total += part.value;
    if (total > kLongest) return no(s, " of at most 100 years");
  }
  return Duration{static_cast<std::int64_t>(total)};
}

std::string format_duration(Duration d) {
  auto ns = d.count();
  if (ns == 0) return "0s";
  if (ns < 0) return "-" + format_duration(Duration{ns == std::numeric_limits<std::int64_t>::min() ? -(ns + 1) : -ns});
  std::string out;
  for (std::size_t u = 0; u < kSecond; ++u) {
    if (const auto n = ns / kUnits[u].ns) out += std::to_string(n) + std::string(kUnits[u].name);
    ns %= kUnits[u].ns;
  }
  if (ns == 0) return out;
  // Behind longer units a fraction of one number stays the last number, as parse_duration wants it.
  return out + below_minute(ns);
}

std::string short_duration(Duration d) {
  const auto ns = std::max<std::int64_t>(d.count(), 0);
  if (ns < 995'000'000) return fmt::format("{:.2f}s", static_cast<double>(ns) / 1e9);
  if (ns < 9'950'000'000) return fmt::format("{:.1f}s", static_cast<double>(ns) / 1e9);
  const auto s = ns / 1'000'000'000 + (ns % 1'000'000'000 >= 500'000'000 ? 1 : 0);
  if (s < 3600) return fmt::format("{:02}:{:02}", s / 60, s % 60);
  if (s < 86400) return fmt::format("{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
  return fmt::format("{}d{:02}h", s / 86400, s / 3600 % 24);
}

}  // namespace rota::text
