// The pool worker: serves its lanes until the coordinator ends it, running attempts on threads and as coroutines.
#pragma once

#include "worker/pool/flags.h"
#include "worker/targets/target.h"

namespace rota::worker {

/// The process's life as a pool worker, with the lanes at lane::descriptor's numbers. The exit code: 0 after an orderly
/// End, 64 for bad flags, 70 when the lanes are not what they must be or the coordinator is gone.
int run_pool(int argc, char** argv, TargetTable targets);

}  // namespace rota::worker
