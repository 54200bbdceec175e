// A target in a process of its own: `rota-worker run-target`, or an interpreter of Python in its place, gets the
// assignment by one descriptor and leaves its result in another. Both are memfds: nothing to wait for, nothing that
// could fill.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shared/lane/message.h"
#include "shared/outcome.h"
#include "shared/progress.h"
#include "shared/posix/fd.h"
#include "shared/process/spawn.h"
#include "worker/targets/target_result.h"

namespace rota::worker {

class TargetCall {
 public:
  static Result<TargetCall> make(const lane::Assignment& assignment);
  void describe(process::SpawnSpec& spec) const;
  /// The process has its ends.
  void spawned() { child_progress_.reset(); }
  int progress_fd() const { return progress_.get(); }
  /// The last of what it has said since it was asked last; none: nothing.
  std::optional<Progress> progress();
  /// The result that the process left; none if it left none that can be read.
  std::optional<TargetResult> result() const;

 private:
  TargetCall() = default;
  posix::Fd assignment_, result_;
  posix::Fd progress_, child_progress_;  // a pipe: what it says of itself, each as a Progress
  std::vector<std::string> interpreter_;
};

/// How the attempt ended, from how its process ended and from what it left.
TargetResult judged(const Ending& process, std::optional<TargetResult> left);

}  // namespace rota::worker
