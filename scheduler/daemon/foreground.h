// `rota run`: a coordinator for one run in this process, from plan to history. Needs no service.
#pragma once

#include "scheduler/control/foreground.h"

namespace rota::daemon {

/// As control::RunForeground. Call on the main thread, one at a time: SIGINT, SIGTERM and SIGHUP cancel the run (a
/// second one kills at once), and the death signal of pool workers follows this thread. When it returns, no process of
/// the run is left.
Result<control::ForegroundEnd> run_foreground(jobs::Plan plan, const control::ForegroundOptions& options,
                                              control::RunObserver& observer);

}  // namespace rota::daemon
