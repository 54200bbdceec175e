// The `rota` command as one function: words in, an end out.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "scheduler/cli/commands/surroundings.h"
#include "scheduler/control/foreground.h"

namespace rota::cli {

/// `words` are those after the program's name. `world` is taken by value: --no-color changes its streams.
Exit run_program(const std::vector<std::string>& words, Surroundings world,
                 const control::RunForeground& run_foreground);

/// The same for a process: its own streams, environment, directory and clocks. `worker_program` finds the program of
/// the workers, for `doctor`.
Exit run_process(int argc, char** argv, const control::RunForeground& run_foreground,
                 std::function<Result<std::string>()> worker_program = {});

/// Ends the process as `exit` says: by the signal (with its default disposition), or with the code.
[[noreturn]] void end_process(const Exit& exit);

}  // namespace rota::cli
