// A target in a process of its own: `rota-worker run-target`, or an interpreter of Python in its place, gets the
// assignment by one descriptor and leaves its result in another. Both are memfds: nothing to wait for, nothing that
// could fill.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shared/lane/message.h"
#include "shared/outcome.h"
#include "shared/posix/fd.h"
#include "shared/process/spawn.h"
#include "worker/targets/target_result.h"

namespace rota::worker {

class TargetCall {
 public:
  static Result<TargetCall> make(const lane::Assignment& assignment);
  void describe(process::SpawnSpec& spec) const;
  /// The result that the process left; none if it left none that can be read.
  std::optional<TargetResult> result() const;

 private:
  TargetCall(posix::Fd assignment, posix::Fd result, std::vector<std::string> interpreter)
      : assignment_(std::move(assignment)), result_(std::move(result)), interpreter_(std::move(interpreter)) {}
  posix::Fd assignment_, result_;
  std::vector<std::string> interpreter_;
};

/// How the attempt ended, from how its process ended and from what it left.
TargetResult judged(const Ending& process, std::optional<TargetResult> left);

}  // namespace rota::worker
