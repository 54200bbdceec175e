// The coming occurrences of a file's schedules, for people. Pure, given the zones of the machine.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "jobs/calendar/occurrence.h"
#include "jobs/model/plan.h"
#include "scheduler/cli/view/table.h"

namespace rota::cli {

struct Coming {
  std::size_t schedule = 0;  // which entry of the plan
  jobs::Occurrence occurrence;
};

/// The next `count` occurrences after `from` of all entries that are enabled, in order.
std::vector<Coming> coming(const jobs::Plan& plan, WallTime from, std::size_t count);

std::string coming_text(const jobs::Plan& plan, const std::vector<Coming>& all, const Look& look);

}  // namespace rota::cli
