// One attempt on a pool thread, from its first instruction to its complete report.
#pragma once

#include "worker/pool/attempt.h"
#include "worker/pool/surroundings.h"

namespace rota::worker {

class CommandRun;

/// Runs the attempt (phase begun) on the calling thread. Posts started and ready, not finished.
void run_on_thread(Attempt& attempt, const Surroundings& with);

/// A command of it could not be started yet, and is tried again.
void post_stalled(Attempt& attempt, const CommandRun& command, const Surroundings& with);

/// Fills a report for an attempt that was refused before user code ran.
void refuse(Attempt& attempt, Ending::Kind kind, const Error& error);

}  // namespace rota::worker
