// Ends of attempts and tasks, and stops of attempts, as decisions: each writes the records and asks for the actions.
#pragma once

#include <vector>

#include "scheduler/core/fleet.h"
#include "scheduler/core/judge.h"
#include "scheduler/core/ledger.h"

namespace rota::core {

/// The live attempt of a task came to a verdict; `report` as it is to be remembered.
void end_attempt(Ledger& ledger, TaskRef task, Verdict verdict, AttemptReport report);

/// A task that has no live attempt ends.
void end_task(Ledger& ledger, TaskRef task, Outcome outcome, Reason reason);

/// Of these tasks, those that have not ended and have no live attempt end; side by side ones in one record.
void end_waiting(Ledger& ledger, RunId run, TaskSpan tasks, Outcome outcome, Reason reason, std::string message = {});
/// The same of all tasks of a job.
void end_waiting(Ledger& ledger, RunId run, JobIndex job, Outcome outcome, Reason reason);

/// Asks the live attempt to end, once; with `now` again and harder. Nothing to do when the task holds none. A user's
/// cancel outside a cancelled run is one of this task alone: it is durable in every mode. `due`: see record::StopAsked.
void stop_attempt(Ledger& ledger, TaskRef task, StopCause cause, bool now, Instant due = {});

/// Repeats a stop that is on record, to a worker that may not have got it.
void repeat_stop(Ledger& ledger, TaskRef task, bool now);

/// Whether any of these tasks has not ended.
bool any_open(const Run& run, TaskSpan tasks);

/// Whether the worker can be asked to give the task's attempt back.
bool is_unstarted(const Task& task);
void retract_attempt(Ledger& ledger, TaskRef task);

/// All that a worker has. A copy: its lists change while attempts end.
std::vector<TaskRef> all_held(const Seat& seat);

/// A worker that has been given all that it takes, and holds nothing, is told to go.
void retire_if_spent(Ledger& l, WorkerId worker);

}  // namespace rota::core
