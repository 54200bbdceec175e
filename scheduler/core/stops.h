// What ends a run, wholly or in part: cancels, policies, its timeout, needs that died, daemons nobody needs any more.
#pragma once

#include "scheduler/core/ledger.h"

namespace rota::core {

/// The run is to end for this cause; repeated, the stronger wish stands. StopCause::none: nothing new starts.
void stop_run(Ledger& ledger, RunId run, StopCause cause, bool now);

/// The tasks are to end by their user's wish; what needs them follows from that. The run goes on.
void cancel_tasks(Ledger& ledger, RunId run, TaskSpan tasks, bool now);

/// Once a turn for every run that something happened to: ends what can no longer run, applies the failure policy, stops
/// daemons without consumers, and ends the run when all is over.
void settle_run(Ledger& ledger, RunId run);

/// No worker of this mode can be had: what waits for one ends.
void fail_waiting(Ledger& ledger, Mode mode, std::int32_t error);

}  // namespace rota::core
