// What is left of a run: what `rota retry` runs again, and `rota rescue` writes down. Pure.
#pragma once

#include <functional>
#include <vector>

#include "jobs/model/plan.h"
#include "scheduler/control/protocol.h"
#include "scheduler/core/terms.h"
#include "scheduler/core/view.h"
#include "shared/result.h"

namespace rota::control {

/// What the new run does not do again, as of core::Terms.
struct Done {
  std::vector<JobIndex> jobs;         // ascending
  std::vector<core::TaskSpan> tasks;  // of other jobs, ascending
  std::vector<core::TaskOutputs> outputs;  // that these left for others, by job and task
};

/// All tasks of a job, for an array of whose tasks the view holds too few.
using AllTasks = std::function<Result<std::vector<core::TaskView>>(const core::JobView& job)>;

/// A run as it was submitted, and how it went.
struct Run {
  const jobs::Plan& plan;
  const core::Terms& terms;
  const core::RunView& view;
};

/// Code::not_found for a job that the run has not, Code::refused when nothing is left to do.
Result<Done> what_is_done(const Run& run, const ask::Retry& what, const AllTasks& all_tasks);

/// The same in another plan, which takes the first one's place: what it does not do as before, and all that needs it,
/// is done again.
Done done_in(const jobs::Plan& other, const jobs::Plan& plan, const Done& done);

/// Puts it into the terms of the run that does the rest of this plan: of the outputs only what is spoken of.
void put_into(core::Terms& terms, const jobs::Plan& plan, const Done& done);

/// How many tasks of the plan are left to do.
std::uint32_t tasks_left(const jobs::Plan& plan, const Done& done);

/// The plan of what is left, by itself: without the jobs that are done, whose outputs and outcomes stand in it as
/// values, and of an array with the tasks that are left. Code::refused where a plan cannot say it, or nothing is left.
Result<jobs::Plan> rest_of(const Run& run, const AllTasks& all_tasks);

}  // namespace rota::control
