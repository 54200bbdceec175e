// Reading times.
#include "scheduler/cli/view/when.h"

#include <optional>
#include <string>

#include "jobs/calendar/moment.h"
#include "jobs/calendar/zone.h"
#include "shared/text/text.h"

namespace rota::cli {
namespace {

Error not_a_time(std::string_view text) {
  return fail(Code::invalid, "'" + text::escape_terminal(text) +
                                 "' is no time: give \"2026-03-01 08:00\" (local time), 2026-03-01T08:00:00Z (or with "
                                 "+01:00), 08:00 for the next such local time, or now+90m");
}

/// "08:00", "08:00:30": today's, or tomorrow's when that is past.
std::optional<WallTime> next_local(std::string_view text, WallTime now) {
  constexpr std::int64_t kDay = std::int64_t{86'400} * 1'000'000'000;
  const auto zone = jobs::Zone::local();
  for (const std::int64_t ahead : {std::int64_t{0}, kDay}) {
    const std::string day = format_in(zone, {now.ns + ahead}).substr(4, 10);
    const auto at = jobs::parse_moment(day + " " + std::string(text), zone);
    if (!at || *at > now) return at;
  }
  return std::nullopt;
}

}  // namespace

Result<WallTime> parse_when(std::string_view text, WallTime now) {
  constexpr std::string_view kNow = "now";
  if (text == kNow) return now;
  if (text.starts_with("now+")) {
    const auto wait = text::parse_duration(text.substr(kNow.size() + 1));
    if (!wait) return wait.error();
    return WallTime{now.ns + wait->count()};
  }
  if (const auto at = jobs::parse_moment(text, jobs::Zone::local())) return *at;
  if (text.find_first_of("Zz+-.") == std::string_view::npos) {
    if (const auto at = next_local(text, now)) return *at;
  }
  return not_a_time(text);
}

}  // namespace rota::cli
