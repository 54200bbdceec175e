// What is left of a run: what `rota retry` runs again, and `rota rescue` writes down. Pure.
#pragma once

#include <functional>
#include <vector>

#include "jobs/model/plan.h"
#include "scheduler/control/protocol.h"
#include "scheduler/core/view.h"
#include "shared/result.h"

namespace rota::control {

/// What the new run does not do again, as of core::Terms.
struct Done {
  std::vector<JobIndex> jobs;         // ascending
  std::vector<core::TaskSpan> tasks;  // of other jobs, ascending
};

/// All tasks of a job, for an array of whose tasks the view holds too few.
using AllTasks = std::function<Result<std::vector<core::TaskView>>(const core::JobView& job)>;

/// Code::not_found for a job that the run has not, Code::refused when nothing is left to do.
Result<Done> what_is_done(const jobs::Plan& plan, const core::RunView& view, const ask::Retry& what,
                          const AllTasks& all_tasks);

/// The same in another plan, which takes the first one's place: what it does not do as before, and all that needs it,
/// is done again.
Done done_in(const jobs::Plan& other, const jobs::Plan& plan, const Done& done);

/// How many tasks of the plan are left to do.
std::uint32_t tasks_left(const jobs::Plan& plan, const Done& done);

/// The plan of what is left, by itself: without the jobs that are done, whose outputs and outcomes stand in it as
/// values, and of an array with the tasks that are left. Code::refused where a plan cannot say it, or nothing is left.
Result<jobs::Plan> rest_of(const jobs::Plan& plan, const core::RunView& view, const AllTasks& all_tasks);

}  // namespace rota::control
