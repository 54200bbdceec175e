// Why a task waits, as reasons that are stable codes, the outermost first.
#pragma once

#include <vector>

#include "scheduler/core/state.h"

namespace rota::core {

/// What keeps the run's gate closed, as far as this life has seen: hold, begin, after, its group. None: it is open.
Reason gate_reason(const State& state, const Run& run);

/// That nothing more of the job starts as it, or its run, is paused; none: it is not.
Reason pause_reason(const Run& run, JobIndex job);

/// Its launcher has not been heard of in this life of the coordinator: nobody knows how the attempt is. (A reader of a
/// journal has no such life, and makes no such claim.)
bool is_unheard(const State& state, const Task& task);

/// Whether a task of the job that is queued waits for a command slot.
bool lacks_command_slot(const State& state, const jobs::Job& job);

/// What keeps a task that is queued, or was granted and has not begun, from having a process or a worker; none:
/// nothing.
Reason shortage_reason(const State& state, const Run& run, TaskSlot slot);
/// The same of a whole run of which nothing runs.
Reason shortage_reason(const State& state, const Run& run);

/// Its job, or its run, may have no more alive at once; none: it may.
Reason parallel_reason(const State& state, const Run& run, JobIndex job);

/// The pool that a task which is queued waits for, its number among the shares of its claim as the value; none: for
/// none.
Reason pool_reason(const State& state, const Run& run, TaskSlot slot, Instant now);

/// All that a task waits for; empty when it does not wait.
std::vector<Reason> waiting_of(const State& state, const Run& run, TaskSlot slot, Now now);

}  // namespace rota::core
