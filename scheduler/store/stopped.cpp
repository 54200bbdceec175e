// What the death of a coordinator leaves of a run: of a foreground run, and of one of the service.
#include <algorithm>

#include "scheduler/store/history.h"

namespace rota::store {
namespace {

using core::RunView;
using core::TaskState;

constexpr Reason kDied{ReasonKind::coordinator_lost, 0};
constexpr Reason kRecovering{ReasonKind::recovering, 0};

void see(Instant& latest, Instant t) { latest = std::max(latest, t); }

/// The last thing that is known to have happened in a run.
Instant last_seen(const RunView& view) {
  Instant latest = view.summary.submitted.mono;
  for (const auto& job : view.jobs) {
    for (const auto& task : job.tasks) {
      see(latest, task.since);
      for (const auto& attempt : task.attempts) {
        for (const Instant t : {attempt.granted, attempt.started, attempt.ended}) see(latest, t);
      }
    }
  }
  return latest;
}

void mark_lost(core::TaskView& task, Instant when) {
  if (task.state == TaskState::finished) return;
  for (auto& attempt : task.attempts) {
    if (attempt.outcome) continue;
    attempt.outcome = Outcome::lost;
    attempt.reason = kDied;
    attempt.ended = when;
  }
  task.state = TaskState::finished;
  task.outcome = Outcome::lost;
  task.reason = kDied;
  task.since = when;
  task.due = {};
}

/// What is left over goes to lost; the ended ones are counted already.
void mark_lost(core::Counts& counts) {
  const auto ended = counts.ended();
  counts.by_state = {};
  counts.by_state[static_cast<std::size_t>(TaskState::finished)] = counts.total;
  counts.by_outcome[static_cast<std::size_t>(Outcome::lost)] += counts.total - ended;
}

bool is_held_by_a_worker(const core::TaskView& task) {
  return task.state == TaskState::starting || task.state == TaskState::running || task.state == TaskState::paused ||
         task.state == TaskState::stopping;
}

void count_as(core::Counts& counts, TaskState from, TaskState to) {
  --counts.by_state[static_cast<std::size_t>(from)];
  ++counts.by_state[static_cast<std::size_t>(to)];
}

/// Its pool worker died with the coordinator: it runs again.
void queue_again(core::TaskView& task, core::Counts& counts) {
  count_as(counts, task.state, TaskState::queued);
  task.state = TaskState::queued;
  task.reason = {};
  std::erase_if(task.attempts, [](const core::AttemptView& a) { return !a.outcome; });
}

/// Its launcher may be at work on it.
void recover(core::TaskView& task) {
  task.reason = kRecovering;
  for (auto& attempt : task.attempts) {
    if (!attempt.outcome) attempt.reason = kRecovering;
  }
}

}  // namespace

void mark_lost(RunView& view, WallTime heard) {
  auto& run = view.summary;
  if (run.outcome) return;
  Instant when = last_seen(view);
  see(when, {run.submitted.mono.ns + (heard.ns - run.submitted.wall.ns)});
  for (auto& job : view.jobs) {
    for (auto& task : job.tasks) mark_lost(task, when);
    mark_lost(job.counts);
  }
  mark_lost(run.counts);
  run.outcome = Outcome::lost;
  run.reason = kDied;
  run.ended = when;
  run.stopping = false;
}

void mark_stopped(RunView& view) {
  auto& run = view.summary;
  if (run.outcome) return;
  run.reason = kRecovering;
  for (auto& job : view.jobs) {
    for (auto& task : job.tasks) {
      if (!is_held_by_a_worker(task)) continue;
      if (job.mode == Mode::process) {
        recover(task);
      } else {
        count_as(job.counts, task.state, TaskState::queued);
        queue_again(task, run.counts);
      }
    }
  }
}

}  // namespace rota::store
