// SIGINT, SIGTERM and SIGHUP as readable events. They are blocked in this thread (and threads made later) for the life
// of the object and restored afterwards; SIGPIPE is ignored meanwhile. Make it on the main thread before other threads.
#pragma once

#include <csignal>

#include "shared/posix/fd.h"
#include "shared/result.h"

namespace rota::daemon {

class StopSignals {
 public:
  static Result<StopSignals> create();
  StopSignals(StopSignals&&) noexcept;
  StopSignals& operator=(StopSignals&&) = delete;
  ~StopSignals();
  int fd() const { return fd_.get(); }
  /// The next signal that has come, or 0.
  int take();

 private:
  StopSignals() = default;
  posix::Fd fd_;
  sigset_t old_mask_{};
  struct sigaction old_pipe_ {};
};

}  // namespace rota::daemon
