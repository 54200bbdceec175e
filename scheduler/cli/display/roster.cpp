// From a plan to its roster.
#include "scheduler/cli/display/roster.h"

#include <algorithm>

namespace rota::cli {

std::string Roster::Entry::task_name(TaskIndex task) const {
  return many() ? name + "." + std::to_string(jobs::number_of(shape, task)) : name;
}

Roster roster_of(const jobs::Plan& plan) {
  Roster roster;
  roster.jobs.reserve(plan.jobs.size());
  for (const auto& job : plan.jobs) {
    const auto& settings = plan.settings_of(job);
    roster.jobs.push_back({job.id.text(), job.mode, job.daemon, settings.continue_on_error, settings.timeout,
                           job.shape, job.hook.has_value()});
    roster.many = roster.many || roster.jobs.back().many();
    roster.longest_name = std::max(roster.longest_name, job.id.text().size());
  }
  return roster;
}

}  // namespace rota::cli
