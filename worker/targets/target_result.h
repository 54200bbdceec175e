// What a target in a process of its own leaves for the launcher, and where.
#pragma once

#include <string>

#include "shared/outcome.h"

namespace rota::worker {

/// Descriptors of `rota-worker run-target`: one holds the wire-encoded lane::Assignment from its start on, the other
/// takes the wire-encoded TargetResult, the third what it says of its progress (shared/progress.h).
inline constexpr int kTargetAssignment = 3, kTargetResult = 4, kTargetProgress = 5;

struct TargetResult {
  Ending ending;  // returned, threw or bad_call
  std::string message;
  ValueMap outputs;  // what it has set
};
template <class A>
void fields(A& a, TargetResult& x) {
  a(x.ending, x.message, x.outputs);
}

}  // namespace rota::worker
