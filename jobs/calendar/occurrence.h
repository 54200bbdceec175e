// When a schedule occurs next. Pure, given the zone's rules; any thread.
#pragma once

#include <optional>

#include "jobs/calendar/zone.h"
#include "jobs/model/schedule.h"
#include "shared/clock.h"

namespace rota::jobs {

/// Why the clock's hands would have said something else.
enum class Change : std::uint8_t {
  none,
  gap,   // its time is left out by the clocks that night: it occurs at the first instant after the gap
  fold,  // its time comes twice that night
};

struct Occurrence {
  WallTime at;
  Change change = Change::none;
  bool operator==(const Occurrence&) const = default;
};

/// The first occurrence after `after`; none: never again (within eight years). `since`: when the schedule was
/// registered, from which `every` counts. Jitter is not in it: it delays the start, not the occurrence.
std::optional<Occurrence> next_occurrence(const Schedule& schedule, const Zone& zone, WallTime since, WallTime after);

/// The last occurrence in (after, until]; none: there is none. However far apart the two are, it looks at few: it tries
/// stretches that end at `until`, each twice as long as the one before.
std::optional<Occurrence> last_occurrence(const Schedule& schedule, const Zone& zone, WallTime since, WallTime after,
                                          WallTime until);

}  // namespace rota::jobs
