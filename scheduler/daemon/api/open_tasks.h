// Tasks whose ends are waited for, however many they are: a bit each.
#pragma once

#include <algorithm>
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
  /// All of these have ended; `was_open` is called for each that was in it. How many those were.
  template <class F>
  std::uint32_t close(RunId run, const core::TaskSpan& span, F&& was_open) {
    const auto at = stretches_.find({run, span.job});
    if (at == stretches_.end()) return 0;
    Stretch& s = at->second;
    const std::uint64_t end = std::min<std::uint64_t>(std::uint64_t{span.first} + span.count, s.first + s.open.size());
    std::uint32_t closed = 0;
    for (std::uint64_t i = std::max(span.first, s.first); i < end; ++i) {
      if (!s.open[i - s.first]) continue;
      s.open[i - s.first] = false;
      ++closed;
      was_open(static_cast<TaskIndex>(i));
    }
    left_ -= closed;
    return closed;
  }
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
