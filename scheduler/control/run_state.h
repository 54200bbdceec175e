// Where a run or a task stands, in one word, for lists, filters and JSON. What nobody knows is not called running: what
// a launcher had when the service ended is `unknown` (reason `recovering`) until its launcher is heard of again.
#pragma once

#include <string_view>

#include "scheduler/core/view.h"

namespace rota::control {

/// The outcome when it ended; else "stopping", "running", or "pending" when nothing of what is left of it may start
/// yet. Of a service that does not run: "unknown" when a launcher may be at work on it, else "pending".
std::string_view run_state(const core::RunSummary& run);
/// The same as CLI.md's code of the column ST: CD, F, LO, SP, R, PD, UN ...
std::string_view run_state_code(const core::RunSummary& run);

/// Whether nobody knows if the task runs or has ended.
bool is_unknown(const core::TaskView& task);
/// The state, or "unknown".
std::string_view task_state(const core::TaskView& task);
std::string_view task_state_code(const core::TaskView& task);

/// How many tasks of a run are unknown: they are in `counts` as what was last recorded of them.
std::uint32_t unknown_tasks(const core::RunSummary& run);
/// The states in which a worker has the task.
bool is_held_state(core::TaskState state);

}  // namespace rota::control
