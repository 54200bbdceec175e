// The program `rota`: the command line, given the coordinator that it may carry in its own process.
#include "scheduler/cli/program.h"
#include "scheduler/daemon/foreground.h"
#include "scheduler/daemon/secrets.h"
#include "scheduler/daemon/worker_path.h"

int main(int argc, char** argv) {
  rota::daemon::keep_memory_private();
  rota::cli::end_process(
      rota::cli::run_process(argc, argv, rota::daemon::run_foreground, rota::daemon::find_worker_binary));
}
