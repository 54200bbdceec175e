// Needs: what the start, the readiness and the end of a job mean to the jobs that need it. Counters are kept per job,
// so each need is looked at once. Pure functions on one run; the caller moves the tasks.
#pragma once

#include <vector>

#include "scheduler/core/run.h"

namespace rota::core {

enum class NeedState : std::uint8_t { open, met, dead, skip };

/// What a need on a job is worth in the present state.
NeedState need_state(const Node& needed, jobs::NeedKind kind);

/// Each tells the graph one thing about a job and appends the jobs whose last open need was met by it to `released`.
/// Jobs that can no longer run are appended to run.doomed, daemons without a consumer left to run.unneeded.
void graph_started(Run& run, JobIndex job, std::vector<JobIndex>& released);
void graph_ready(Run& run, JobIndex job, std::vector<JobIndex>& released);
void graph_ended(Run& run, JobIndex job, std::vector<JobIndex>& released);
/// One need of the job was met.
void need_met(Run& run, JobIndex job, std::vector<JobIndex>& released);

/// These tasks of a job ended so: what that is worth to the same tasks of a job with a need of kind `each` on it.
NeedState each_state(const Run& run, JobIndex needed, const Finished& end);

}  // namespace rota::core
