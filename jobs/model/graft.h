// A plan within a plan: the jobs of one file become jobs of another one, in the place of the job that uses it.
#pragma once

#include <string>
#include <vector>

#include "jobs/model/plan.h"

namespace rota::jobs {

struct Graft {
  JobIndex job = 0;  // of the plan: the one that stands for all of `used`
  Plan used;
};

/// The id of a job of a used file: "deploy.build".
std::string grafted_id(const Job& user, const std::string& id);
/// The job that asks the condition of `user` once for all jobs of its file: "deploy.begin".
inline constexpr const char* kGate = "begin";

/// Puts the jobs of each graft before the job that uses them, which stays, as a noop that needs them all and
/// `stands_for` them: whoever needs it needs them. Those that need nothing of their own file need what it needed. If it
/// has a condition, a gate asks it, and where it is false everything is skipped. All ids must be names (grafted_id) and
/// apart. Grafts in the order of their jobs. Of a used plan its jobs, their settings and its environment count.
void graft(Plan& plan, std::vector<Graft> grafts);

}  // namespace rota::jobs
