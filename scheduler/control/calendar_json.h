// Coming occurrences of schedules, as JSON.
#pragma once

#include <string>
#include <vector>

#include "jobs/calendar/occurrence.h"
#include "jobs/model/schedule.h"

namespace rota::control {

struct ComingOccurrence {
  const jobs::Schedule& schedule;
  jobs::Occurrence occurrence;
};

/// {"schema","next":[{"schedule","timezone","local","utc","change"}]}; change: null, "gap" or "fold".
std::string coming_json(const std::vector<ComingOccurrence>& all);

}  // namespace rota::control
