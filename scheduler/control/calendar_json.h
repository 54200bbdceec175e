// Coming occurrences of schedules, as JSON.
#pragma once

#include <string>
#include <vector>

#include "jobs/calendar/occurrence.h"
#include "jobs/model/schedule.h"
#include "scheduler/control/protocol.h"

namespace rota::control {

struct ComingOccurrence {
  const jobs::Schedule& schedule;
  jobs::Occurrence occurrence;
};

/// {"schema","schedules":[{"name","source","enabled","registered","alive":[runs],"entries":[{"schedule","timezone",
/// "enabled","next","run","occurrence","looked_at","passed"}]}]}; times in UTC, null where there is none. "run": the
/// newest of it, for "occurrence"; "passed": why the newest occurrence, "looked_at", did not become one.
std::string schedules_json(const answer::Schedules& schedules);

/// {"schema","next":[{"schedule","timezone","local","utc","change"}]}; change: null, "gap" or "fold".
std::string coming_json(const std::vector<ComingOccurrence>& all);

}  // namespace rota::control
