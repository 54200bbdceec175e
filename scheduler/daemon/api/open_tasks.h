// Tasks whose ends are waited for, however many they are: a bit each.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "scheduler/core/scheduler.h"

namespace rota::daemon {

class OpenTasks {
 public:
  /// Those of the span that have not ended, as far as they are not in it yet.
  void add(const core::Scheduler& scheduler, RunId run, const core::TaskSpan& span);
  bool has(const TaskId& task) const;
  /// The task has ended. False: it was not in it.
  bool close(const TaskId& task);
  std::uint64_t left() const { return left_; }

 private:
  struct Stretch {
    TaskIndex first = 0;
    std::vector<bool> open;
  };
  std::map<std::pair<RunId, JobIndex>, Stretch> stretches_;
  std::uint64_t left_ = 0;
};

}  // namespace rota::daemon
