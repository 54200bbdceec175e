// A pool worker: threads and coroutines, spoken to over sealed lanes in shared memory.
#pragma once

#include <memory>

#include "scheduler/daemon/crew_call.h"
#include "scheduler/daemon/worker_port.h"

namespace rota::daemon {

/// Spawns `pool`. Call from the coordinator's main thread: the worker's death signal follows the thread.
Result<std::unique_ptr<WorkerPort>> spawn_pool_worker(const WorkerCall& call, const CrewCall& crew, WorkerId id);

}  // namespace rota::daemon
