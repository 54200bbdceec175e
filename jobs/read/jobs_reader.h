// The jobs and hooks of a file, read over its defaults.
#pragma once

#include <vector>

#include "jobs/read/hooks_reader.h"
#include "jobs/read/job_reader.h"

namespace rota::jobs {

/// `jobs`: a map. plan.settings.front() are the defaults' settings, plan.env is known.
void read_jobs(Reading& in, NodeAt jobs, const std::vector<HookAt>& hooks, const Draft& defaults, Plan& plan);

}  // namespace rota::jobs
