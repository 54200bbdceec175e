// What dead workers leave behind. The coordinator is a subreaper, so that every process whose parents are gone becomes
// its child; whatever is a child and neither a worker nor was there before is an orphan of a job, and is ended.
#pragma once

#include <functional>
#include <set>
#include <vector>

#include "shared/result.h"

namespace rota::daemon {

class Orphans {
 public:
  /// Makes this process a subreaper and remembers the children it already has: those are not ours to touch.
  Orphans();
  /// Kills and reaps every child that is not spared, and their descendants as they come up; at most ~1 s. Returns how
  /// many were killed alive. `is_worker(pid)` spares the fleet.
  int sweep(const std::function<bool(int pid)>& is_worker);

 private:
  std::set<int> before_;
};

/// Direct children of this process, from /proc.
std::vector<int> child_pids();

}  // namespace rota::daemon
