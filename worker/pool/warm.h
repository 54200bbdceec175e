// A process-mode target in a pool worker of one thread (a warm process): it finds what a process of its own would have
// given it, and what it leaves behind is cleared away, or the process goes.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "worker/pool/attempt.h"
#include "worker/targets/target.h"

namespace rota::worker {

class Warm {
 public:
  explicit Warm(TargetTable targets) : targets_(targets) {}

  /// Directory and environment of the attempt, and before the first one the job's initializer. An error says why the
  /// target cannot be called: Code::system of the directory, Code::refused of the initializer.
  Status prepare(const Attempt& attempt, TargetContext& context);
  /// After it has ended: ends the processes that it left. Says why no other is to run here, if so.
  std::optional<std::string> clear_up(const Attempt& attempt);

 private:
  Status initialize(const lane::Assignment& assignment, TargetContext& context);
  std::optional<std::string> worn(const lane::Assignment& assignment);

  const TargetTable targets_;
  std::optional<Status> initialized_;
  std::vector<int> children_;  // of the initializer: they stay
  std::uint32_t attempts_ = 0, threads_ = 0, descriptors_ = 0;
};

}  // namespace rota::worker
