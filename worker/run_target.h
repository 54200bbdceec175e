// One target in a process of its own: what the launcher executes for a process-mode attempt with a target. The
// surroundings (environment, directory, output, session) are the launcher's work.
#pragma once

#include "worker/targets/target.h"
#include "worker/targets/target_result.h"

namespace rota::worker {

/// The process's life. Exit code 0 when the target returned, 1 when it failed, 64 when it could not be called; with a
/// TargetResult in each case.
int run_target(TargetTable targets);

}  // namespace rota::worker
