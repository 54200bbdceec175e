// Bits of tasks.
#include "scheduler/daemon/api/open_tasks.h"

#include <algorithm>

namespace rota::daemon {

void OpenTasks::add(const core::Scheduler& scheduler, RunId run, const core::TaskSpan& span) {
  const auto [at, fresh] = stretches_.try_emplace({run, span.job}, Stretch{span.first, {}});
  Stretch& s = at->second;
  if (span.first < s.first) {
    s.open.insert(s.open.begin(), s.first - span.first, false);
    s.first = span.first;
  }
  const std::size_t from = span.first - s.first;
  s.open.resize(std::max(s.open.size(), from + span.count));
  const auto summary = scheduler.summary(run);
  const bool none_ended = summary && summary->counts.ended() == 0;  // of a large run, asking each takes long
  for (std::uint32_t i = 0; i < span.count; ++i) {
    if (s.open[from + i] || (!none_ended && scheduler.outcome({run, span.job, span.first + i}))) continue;
    s.open[from + i] = true;
    ++left_;
  }
}

bool OpenTasks::has(const TaskId& task) const {
  const auto at = stretches_.find({task.run, task.job});
  if (at == stretches_.end() || task.task < at->second.first) return false;
  const std::size_t i = task.task - at->second.first;
  return i < at->second.open.size() && at->second.open[i];
}

bool OpenTasks::close(const TaskId& task) {
  if (!has(task)) return false;
  Stretch& s = stretches_.find({task.run, task.job})->second;
  s.open[task.task - s.first] = false;
  --left_;
  return true;
}

}  // namespace rota::daemon
