// What ends a run, wholly or in part: cancels, policies, its timeout, needs that died, daemons nobody needs any more.
#pragma once

#include <string>
#include <vector>

#include "scheduler/core/ledger.h"

namespace rota::core {

/// The run is to end for this cause; repeated, the stronger wish stands. StopCause::none: nothing new starts.
/// `due`, `by`: see record::RunStopping.
void stop_run(Ledger& ledger, RunId run, StopCause cause, bool now, Instant due = {}, RunId by = 0);

/// The tasks are to end by their user's wish; what needs them follows from that. The run goes on.
void cancel_tasks(Ledger& ledger, RunId run, TaskSpan tasks, bool now, Instant due = {});

/// Records what the user of a cancel said of these tasks (empty: of the whole run), if any of them can still end by it.
void note_cancel(Ledger& ledger, RunId run, std::vector<TaskSpan> tasks, const std::string& reason);

/// Once a turn for every run that something happened to: ends what can no longer run, applies the failure policy, stops
/// daemons without consumers, and ends the run when all is over.
void settle_run(Ledger& ledger, RunId run);

/// No worker of this mode can be had: what waits for one ends.
void fail_waiting(Ledger& ledger, CrewId crew, Mode mode, std::int32_t error);

}  // namespace rota::core
