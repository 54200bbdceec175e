// A command (`run:` or `command:`) under thread or async mode: the child, its output and its end, without a wait of its
// own. The driver waits until wait_fd() is readable or due() has come, and calls step(); a pool thread does so with
// poll, the loop with its reactor. One thread.
//
// The child dies with the thread that spawned it (PR_SET_PDEATHSIG) and leads its own session. It is reaped last, so
// its process group can be killed without ever meeting a stranger.
#pragma once

#include <optional>

#include "shared/clock.h"
#include "shared/output/segment.h"
#include "shared/posix/fd.h"
#include "shared/process/spawn.h"
#include "worker/pool/attempt.h"
#include "worker/pool/attempt_output.h"
#include "worker/pool/offspring.h"

namespace rota::worker {

class CommandRun {
 public:
  CommandRun(Attempt& attempt, AttemptOutput& output, Offspring& offspring)
      : attempt_(attempt), output_(output), offspring_(offspring) {}
  ~CommandRun();
  CommandRun(const CommandRun&) = delete;
  CommandRun& operator=(const CommandRun&) = delete;

  /// Spawns; sets attempt.pid. On an error the report is complete (spawn_failed). Where processes, memory or
  /// descriptors are short nothing has begun yet: step() tries again, ever more seldom, and a stop gives the attempt
  /// back (revoked).
  bool start();
  bool has_begun() const { return attempt_.pid != 0; }
  /// The errno for which it could not begin so far; 0: none.
  int shortage() const { return shortage_; }
  int wait_fd() const { return epoll_.get(); }
  std::optional<Instant> due() const;
  /// Does what can be done now. True: the command has ended and the report has its ending and usage.
  bool step();
  /// The stop signal now, KILL after the grace (or at once); nothing if the child has already exited.
  void stop(StopRequest r);

 private:
  struct Pipe {
    posix::Fd fd;
    output::Stream stream = output::Stream::out;
  };
  Result<process::Child> spawn();
  Result<posix::Fd> open_stdin();
  Result<posix::Fd> open_pipe(output::Stream stream);
  Status watch();
  bool start_failed(const Error& error);
  void wait_out(const Error& error);
  void read_some(Pipe& pipe);
  void note_exit();
  void signal_group(int signo);
  bool finish();
  Attempt& attempt_;
  AttemptOutput& output_;
  Offspring& offspring_;
  process::Child child_;
  posix::Fd epoll_;
  Pipe out_, err_;
  std::optional<Instant> retry_at_;  // it could not be spawned, and is tried again
  Duration pause_{0};
  int shortage_ = 0;
  bool given_back_ = false;
  std::optional<Instant> exited_;   // its pidfd is readable; not yet reaped
  std::optional<Instant> kill_at_;  // end of the grace
  StopCause stopped_by_ = StopCause::none;
  bool forced_ = false;
};

}  // namespace rota::worker
