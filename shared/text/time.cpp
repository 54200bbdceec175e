// Calendar texts of wall time.
#include <fmt/format.h>

#include <ctime>

#include "shared/text/text.h"

namespace rota::text {
namespace {

std::time_t whole_seconds(WallTime t) {
  return static_cast<std::time_t>(t.ns / 1'000'000'000 - (t.ns % 1'000'000'000 < 0 ? 1 : 0));
}

std::string date_and_time(const std::tm& c, char between) {
  return fmt::format("{:04}-{:02}-{:02}{}{:02}:{:02}:{:02}", c.tm_year + 1900, c.tm_mon + 1, c.tm_mday, between,
                     c.tm_hour, c.tm_min, c.tm_sec);
}

}  // namespace

std::string format_utc(WallTime t) {
  const auto seconds = whole_seconds(t);
  std::tm calendar{};
  gmtime_r(&seconds, &calendar);
  const auto ms = (t.ns - static_cast<std::int64_t>(seconds) * 1'000'000'000) / 1'000'000;
  return fmt::format("{}.{:03}Z", date_and_time(calendar, 'T'), ms);
}

std::string format_local(WallTime t) {
  const auto seconds = whole_seconds(t);
  std::tm calendar{};
  localtime_r(&seconds, &calendar);
  return date_and_time(calendar, ' ');
}

}  // namespace rota::text
