// What a person may see of all runs: the union over the instances, live and dead. Status never lies: a run whose
// coordinator is gone without having ended reads lost (coordinator-lost), and so does all that had not ended in it.
// Any process; reads only.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "scheduler/core/view.h"
#include "shared/clock.h"
#include "shared/ids.h"
#include "shared/result.h"

namespace rota::store {

/// Which runs to list. The defaults list every run.
struct HistoryFilter {
  std::optional<WallTime> ended_since;  // runs that are alive or ended at or after this
  std::string state;                    // control::run_state() or its code: "running", "R", "lost"; empty: any
  bool ended_only = false;              // without the runs that are alive
  std::size_t limit = 0;                // newest; 0: all
};

struct Listing {
  std::vector<core::RunSummary> runs;  // newest first
  std::vector<std::string> warnings;   // directories that could not be read, one line each
};
Result<Listing> summaries(const std::string& state_root, const HistoryFilter& filter);

/// One run with all its jobs.
struct Sight {
  core::RunView view;
  std::string directory;  // of its instance
  bool live = false;      // its coordinator runs
};
/// Code::not_found when there is no such run (or it was pruned).
Result<Sight> view(const std::string& state_root, RunId run);

/// The run with the highest number; Code::not_found when there is none.
Result<RunId> last_run(const std::string& state_root);

/// What nobody will ever finish: turns every unfinished attempt, task and the run itself to lost, reason
/// coordinator-lost, at the last instant at which the run is known to have been alive. A run that ended stays as it is.
void mark_lost(core::RunView& view);

}  // namespace rota::store
