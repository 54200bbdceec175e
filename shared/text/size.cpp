// Sizes in bytes: read from a file, shown to people.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>

#include "shared/text/text.h"

namespace rota::text {
namespace {

__extension__ using Wide = unsigned __int128;  // products overflow 64 bits before they are refused

struct Unit {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr Unit kUnits[] = {{"", 1},
                           {"B", 1},
                           {"kB", 1000},
                           {"KB", 1000},
                           {"KiB", 1ull << 10},
                           {"MB", 1000'000},
                           {"MiB", 1ull << 20},
                           {"GB", 1000'000'000},
                           {"GiB", 1ull << 30},
                           {"TB", 1000'000'000'000},
                           {"TiB", 1ull << 40}};

Error no(std::string_view s, std::string_view why) {
  return fail(Code::invalid,
              fmt::format("'{}' is not a size{}; write one like 64MiB, 1.5GB or 512 (bytes)", escape_terminal(s), why));
}

}  // namespace

Result<std::uint64_t> parse_size(std::string_view s) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  Wide number = 0, scale = 1;
  std::size_t at = 0;
  for (; at < s.size() && is_digit(s[at]) && at < 19; ++at) number = number * 10 + static_cast<unsigned>(s[at] - '0');
  if (at == 0) return no(s, "");
  if (at + 1 < s.size() && s[at] == '.' && is_digit(s[at + 1])) {
    for (++at; at < s.size() && is_digit(s[at]) && scale < 1'000'000'000; ++at, scale *= 10)
      number = number * 10 + static_cast<unsigned>(s[at] - '0');
  }
  auto name = s.substr(at);
  if (name.starts_with(' ')) name.remove_prefix(1);
  const auto unit = std::find_if(std::begin(kUnits), std::end(kUnits), [&](const Unit& u) { return u.name == name; });
  if (unit == std::end(kUnits)) return no(s, " (units: B kB KB KiB MB MiB GB GiB TB TiB)");
  const auto bytes = number * unit->bytes / scale;
  if (bytes > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return no(s, " that fits");
  return static_cast<std::uint64_t>(bytes);
}

std::string format_size(std::uint64_t bytes) {
  static constexpr std::string_view names[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  std::size_t unit = 0;
  auto value = static_cast<double>(bytes);
  for (; value >= 1024 && unit + 1 < std::size(names); ++unit) value /= 1024;
  const auto tenths = static_cast<std::uint64_t>(value * 10 + 0.5);
  if (tenths >= 10240 && unit + 1 < std::size(names)) return fmt::format("1 {}", names[unit + 1]);
  if (tenths % 10 == 0 || tenths >= 1000)
    return fmt::format("{} {}", (tenths + (tenths >= 1000 ? 5 : 0)) / 10, names[unit]);
  return fmt::format("{}.{} {}", tenths / 10, tenths % 10, names[unit]);
}

}  // namespace rota::text
