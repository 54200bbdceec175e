// Async-mode attempts: coroutines and awaited commands on the loop, from their first instruction to their complete
// report. Loop's thread.
#pragma once

#include "worker/pool/attempt.h"
#include "worker/pool/surroundings.h"

namespace boost::asio {
class io_context;
}

namespace rota::worker {

class LoopMeter;

/// Runs the attempt (phase begun, ledger entry claimed) on the loop. Posts started, ready and finished; a stop goes
/// through attempt.on_loop. What the attempt's code uses of the loop is in `meter`, which outlives the attempt.
void begin_target_on_loop(Attempt& attempt, const Surroundings& with, boost::asio::io_context& loop,
                          LoopMeter& meter);
void begin_command_on_loop(Attempt& attempt, const Surroundings& with, boost::asio::io_context& loop);

/// Completes the report and posts finished.
void complete_on_loop(Attempt& attempt, AttemptOutput& output, const Surroundings& with);

}  // namespace rota::worker
