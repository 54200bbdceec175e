// A launcher: the parent of process-mode attempts, spoken to over a SOCK_SEQPACKET socket.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "scheduler/daemon/worker_port.h"

namespace rota::daemon {

class LauncherPort : public WorkerPort {
 public:
  /// Where its home is; empty: it has none and ends with its coordinator.
  virtual const std::string& home() const = 0;
  /// It was given this attempt, and its end was not heard.
  virtual bool holds(const AttemptId& attempt) const = 0;
  /// Of a launcher of an earlier life: its process, once it has said hello.
  virtual void is_process(process::Child child) = 0;
  /// And what it has, and how many processes it may be given from now on.
  virtual void has(std::span<const AttemptId> attempts, core::event::Capacity capacity) = 0;
};

/// Spawns `launcher` with room for `width` processes at once; with a home when the call names a place for homes.
Result<std::unique_ptr<LauncherPort>> spawn_launcher(const WorkerCall& call, WorkerId id, std::uint32_t width);

/// Connects to a living launcher of an earlier life and says hello. Code::unreachable: nobody listens there (yet, or
/// any more).
Result<std::unique_ptr<LauncherPort>> connect_launcher(const std::string& home, std::uint32_t epoch);

}  // namespace rota::daemon
