// What stands still by the wish of a user: a run, a job of it, single attempts.
#pragma once

#include "scheduler/core/event.h"
#include "scheduler/core/ledger.h"

namespace rota::core {

/// What has ended or is ending cannot be paused. What waits of it does not start, what runs as a process is asked to
/// stand still; or all that goes on.
void change_pause(Ledger& ledger, const event::Pause& wish);

/// Tells the worker of a live attempt what its user wants of it, if it may not know that: it is to stand still, or was
/// told to and is to go on.
void repeat_pause(Ledger& ledger, TaskRef task);

}  // namespace rota::core
