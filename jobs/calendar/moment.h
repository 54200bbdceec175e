// Points in time as people write them: "2026-12-24 18:00" on the clocks of a zone, or with a distance to UTC.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "jobs/calendar/zone.h"
#include "shared/clock.h"

namespace rota::jobs {

/// YYYY-MM-DD, a space or T, HH:MM, perhaps :SS (with a fraction that is passed over), perhaps Z or +HH:MM. Without
/// the last it is local time of `zone`: one that the clocks leave out is the first instant after the gap, one that they
/// show twice is the first. Nothing: the text is no such time.
std::optional<WallTime> parse_moment(std::string_view text, const Zone& zone);

/// "Sun 2026-03-29 03:00:00", as the clocks of the zone show it.
std::string format_in(const Zone& zone, WallTime at);

}  // namespace rota::jobs
