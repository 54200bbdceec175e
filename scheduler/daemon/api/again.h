// What `rota retry` runs again. Pure.
#pragma once

#include <vector>

#include "jobs/model/plan.h"
#include "scheduler/control/protocol.h"
#include "scheduler/core/view.h"
#include "shared/result.h"

namespace rota::daemon {

/// The jobs that the new run does not do again, ascending. Code::not_found for a job that the run has not,
/// Code::refused when nothing is left to do.
Result<std::vector<JobIndex>> jobs_done(const jobs::Plan& plan, const core::RunView& view,
                                        const control::ask::Retry& what);

}  // namespace rota::daemon
