// A launcher: the parent of process-mode attempts, spoken to over a SOCK_SEQPACKET socket.
#pragma once

#include <memory>

#include "scheduler/daemon/worker_port.h"

namespace rota::daemon {

/// Spawns `<worker_binary> launcher` with room for `width` processes at once.
Result<std::unique_ptr<WorkerPort>> spawn_launcher(const std::string& worker_binary, WorkerId id, std::uint32_t width,
                                                   const std::vector<std::string>& env);

}  // namespace rota::daemon
