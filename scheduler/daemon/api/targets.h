// What a question's selectors mean to a coordinator: runs, or tasks of runs.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "scheduler/core/view.h"
#include "scheduler/daemon/api/desk.h"

namespace rota::daemon {

/// One selector's meaning in one run.
struct Target {
  RunId run = 0;
  bool whole = true;                  // no job or task was named
  std::vector<core::TaskSpan> tasks;  // when not whole: those named, in the file's order
  bool alive = false;                 // the run has not ended
};

/// Views of runs, each made once: what one question looks at. Alive or folded. Of a large run they hold what matters.
class Views {
 public:
  explicit Views(Desk& desk) : desk_(desk) {}
  /// Valid as long as this is. Code::not_found.
  Result<const core::RunView*> of(RunId run);

 private:
  Desk& desk_;
  std::map<RunId, core::RunView> seen_;
};

/// In the order of the selectors. `last` is the newest run that this coordinator has in its hands, `all` all that are
/// alive. Code::invalid for selectors that cannot be read, Code::not_found for what is not there.
Result<std::vector<Target>> targets_of(Desk& desk, Views& views, const std::string& selectors);

/// A run's view, alive or folded. Code::not_found.
Result<core::RunView> view_of(Desk& desk, RunId run, const core::Wanted& wanted = {});
/// Its summary, likewise.
Result<core::RunSummary> summary_of(Desk& desk, RunId run);

/// Whether a run has not ended.
bool is_alive(const core::Scheduler& scheduler, RunId run);

}  // namespace rota::daemon
