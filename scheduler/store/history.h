// What a person may see of all runs: the union over the instances, the service and the foreground runs, live and dead.
// Status never lies. A foreground run whose coordinator is gone without having ended reads lost (coordinator-lost), and
// so does all that had not ended in it. A run of the service is not lost with rotad: it goes on when rotad comes back.
// Until then it is shown as it was recorded and marked as stopped, and what may run under its launcher says recovering.
// Any process but rotad; reads only. While rotad runs, ask it for its live runs and take only the folded ones here.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "scheduler/core/view.h"
#include "scheduler/store/journal.h"
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
  std::size_t folded_limit = 0;         // newest of those that the service has folded; 0: as `limit` says
  bool service_folded_only = false;     // of the service only what it has folded: its live runs are known from itself
};

struct Listing {
  std::vector<core::RunSummary> runs;  // newest first
  std::vector<std::string> warnings;   // directories that could not be read, one line each
  std::vector<RunId> stopped;          // of `runs`, those not ended whose service is not running; ascending
};
Result<Listing> summaries(const std::string& state_root, const HistoryFilter& filter);

/// One run with all its jobs.
struct Sight {
  core::RunView view;
  std::string directory;  // of its instance
  bool live = false;      // its coordinator runs
  bool stopped = false;   // it has not ended, and its service is not running: as recorded, see mark_stopped
};
/// Code::not_found when there is no such run (or it was pruned).
Result<Sight> view(const std::string& state_root, RunId run, const core::Wanted& wanted = {});

/// What was submitted as a run of the service; Code::not_found for a foreground run that was folded.
Result<Submission> submission(const std::string& state_root, RunId run);

/// The run with the highest number; Code::not_found when there is none. (With `service_folded_only` as above.)
Result<RunId> last_run(const std::string& state_root, bool service_folded_only = false);

/// What nobody will ever finish: turns every unfinished attempt, task and the run itself to lost, reason
/// coordinator-lost, at the last instant at which the run is known to have been alive: that of its records, or `heard`
/// where that is later (0: nothing else is known). Nobody saw when it died. A run that ended stays as it is.
void mark_lost(core::RunView& view, WallTime heard = {});

/// What waits for its service: thread and async work that ran is queued again, as it will be; process attempts that had
/// not ended keep their state with the reason recovering, and their task and run have that reason. A run that ended
/// stays as it is.
void mark_stopped(core::RunView& view);

}  // namespace rota::store
