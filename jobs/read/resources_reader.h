// `resources`: what a task is counted with, and what its process may use.
#pragma once

#include "jobs/model/plan.h"
#include "jobs/read/job_reader.h"
#include "jobs/read/reading.h"

namespace rota::jobs {

void read_resources(Reading& in, NodeAt at, Settings& out, Draft& draft);

/// What can only be kept of a process of its own is refused elsewhere. Those of the defaults are passed over there.
void settle_resources(Reading& in, const Draft& defaults, const Draft& draft);

}  // namespace rota::jobs
