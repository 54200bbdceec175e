// From a plan to its roster.
#include "scheduler/cli/display/roster.h"

#include <algorithm>

namespace rota::cli {

Roster roster_of(const jobs::Plan& plan) {
  Roster roster;
  roster.jobs.reserve(plan.jobs.size());
  for (const auto& job : plan.jobs) {
    const auto& settings = plan.settings_of(job);
    roster.jobs.push_back({job.id.text(), job.mode, job.daemon, settings.continue_on_error, settings.timeout});
    roster.longest_name = std::max(roster.longest_name, job.id.text().size());
  }
  return roster;
}

}  // namespace rota::cli
