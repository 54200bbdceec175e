// One target in a process of its own: what the launcher executes for a process-mode attempt with a target. The
// surroundings (environment, directory, output, session) are the launcher's work.
#pragma once

#include <string>

#include "shared/outcome.h"
#include "worker/targets/target.h"

namespace rota::worker {

/// Descriptors of `rota-worker run-target`: 3 holds the wire-encoded lane::Assignment from its start on, 4 takes the
/// wire-encoded TargetResult.
inline constexpr int kAssignmentDescriptor = 3, kResultDescriptor = 4;

struct TargetResult {
  Ending ending;
  std::string message;
};
template <class Archive>
void fields(Archive& a, TargetResult& x) { a(x.ending, x.message); }

/// The process's life. Exit code 0 when the target returned, 1 when it failed, 64 when it could not be called; with a
/// result on descriptor 4 in each case.
int run_target(TargetTable targets);

}  // namespace rota::worker
