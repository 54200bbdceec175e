// One word for a run.
#include "scheduler/control/run_state.h"

namespace rota::control {
namespace {

// The starts of thread and async work are not stored, so a reader of the journal sees such tasks queued while they run:
// whatever may start counts as running.
core::TaskState stands(const core::RunSummary& run) {
  using core::TaskState;
  if (run.stopping) return TaskState::stopping;
  return run.counts.of(TaskState::pending) == run.counts.total ? TaskState::pending : TaskState::running;
}

}  // namespace

std::string_view run_state(const core::RunSummary& run) {
  return run.outcome ? to_text(*run.outcome) : core::to_text(stands(run));
}

std::string_view run_state_code(const core::RunSummary& run) {
  if (run.outcome) return short_code(*run.outcome);
  const auto state = stands(run);
  return run.held && state == core::TaskState::pending ? "HD" : core::short_code(state);
}

}  // namespace rota::control
