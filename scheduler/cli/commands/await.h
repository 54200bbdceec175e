// Waiting for runs and jobs, in the service and in foreground coordinators alike.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "scheduler/cli/args.h"
#include "scheduler/cli/commands/horizon.h"

namespace rota::cli {

struct Awaited {
  bool satisfied = true;  // false: success can no longer be
  bool timed_out = false;
  std::vector<core::RunSummary> runs;  // of the selectors, each once, as far as they are known
  std::vector<Outcome> outcomes;       // of those that have ended: a run's, or the worst of a job's tasks
  struct Part {
    RunId run = 0;
    std::string id;  // "12/build[3-5]", as it was named
    Outcome outcome = Outcome::succeeded;
  };
  std::vector<Part> parts;      // jobs and tasks among them
  std::set<RunId> wholly_named; // runs
};

/// Returns when it is so. Of `v` the selectors, `any`, `until` and the time count. The service may go away meanwhile:
/// it is expected back for limits::kServiceReturnSeconds, with a remark. Code::unreachable when it stays away.
Result<Awaited> await(Horizon& horizon, const verb::Wait& v, std::string_view verb);

/// What the command ends with: 124 when the time was up, else 0 or 1.
int exit_of(const Awaited& awaited, verb::Until until);

/// "run 12 succeeded: 4 jobs in 5.0s", "run 13 is running", "12/build[3-5] failed", a line each.
std::string awaited_text(const Awaited& awaited);

/// "5m" was up: what has not got there.
std::string time_was_up(const Awaited& awaited, Duration timeout);

}  // namespace rota::cli
