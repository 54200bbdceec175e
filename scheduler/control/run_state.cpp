// One word for a run, and for a task.
#include "scheduler/control/run_state.h"

#include <array>

#include "scheduler/core/block.h"

namespace rota::control {
namespace {

using core::TaskState;

constexpr std::string_view kUnknown = "unknown", kUnknownCode = "UN";
constexpr std::array kHeld{TaskState::starting, TaskState::running, TaskState::paused, TaskState::stopping};

/// Only a coordinator says so, of a run of which it knows that nothing runs.
bool waits_for_its_service(const core::RunSummary& run) {
  return !run.outcome && run.reason.kind == ReasonKind::recovering;
}

// The starts of thread and async work are not stored, so a reader of the journal sees such tasks queued while they run:
// whatever may start counts as running.
TaskState stands(const core::RunSummary& run) {
  if (waits_for_its_service(run)) return TaskState::pending;
  if (run.stopping) return TaskState::stopping;
  const bool at_work = run.counts.of(TaskState::running) + run.counts.of(TaskState::starting) > 0;
  if (!at_work && (run.paused || run.counts.of(TaskState::paused) > 0)) return TaskState::paused;
  const std::uint32_t open = run.counts.total - run.counts.ended();
  // While its service takes up nothing new, nothing that is queued may be running.
  const bool closed = run.reason.kind == ReasonKind::drained || run.reason.kind == ReasonKind::safe_mode;
  // Nor while no process can be had, and then what was granted has not begun either; nor of what waits for a pool.
  const bool stuck = run.reason.kind == ReasonKind::processes;
  const bool waits = closed || stuck || core::is_of_pool(run.reason.kind);
  const auto waiting = run.counts.of(TaskState::pending) + (waits ? run.counts.of(TaskState::queued) : 0) +
                       (stuck ? run.counts.of(TaskState::starting) : 0);
  return open > 0 && waiting == open ? TaskState::pending : TaskState::running;
}

}  // namespace

std::string_view run_state(const core::RunSummary& run) {
  if (unknown_tasks(run)) return kUnknown;
  return run.outcome ? to_text(*run.outcome) : core::to_text(stands(run));
}

std::string_view run_state_code(const core::RunSummary& run) {
  if (unknown_tasks(run)) return kUnknownCode;
  if (run.outcome) return short_code(*run.outcome);
  const auto state = stands(run);
  return run.held && state == TaskState::pending ? "HD" : core::short_code(state);
}

bool is_held_state(TaskState state) {
  for (const auto held : kHeld)
    if (state == held) return true;
  return false;
}

bool is_unknown(const core::TaskView& task) {
  return task.reason.kind == ReasonKind::recovering && is_held_state(task.state);
}

std::string_view task_state(const core::TaskView& task) {
  return is_unknown(task) ? kUnknown : core::to_text(task.state);
}

std::string_view task_state_code(const core::TaskView& task) {
  return is_unknown(task) ? kUnknownCode : core::short_code(task.state);
}

std::uint32_t unknown_tasks(const core::RunSummary& run) {
  std::uint32_t n = 0;
  if (waits_for_its_service(run))
    for (const auto state : kHeld) n += run.counts.of(state);
  return n;
}

}  // namespace rota::control
