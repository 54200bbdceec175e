// Whether a job, or one task of it, is to run at all: its `if`, asked with what is known when its turn comes.
#pragma once

#include "scheduler/core/state.h"
#include "shared/result.h"

namespace rota::core {

/// Of a job that has a condition. An error: it could not be computed, or is no boolean; a sentence for people that says
/// where in the job file it stands.
Result<bool> condition_holds(const State& state, const Run& run, JobIndex job, TaskIndex task);

}  // namespace rota::core
