// Carries out the actions of a turn: looks up the worker, opens the run there the first time, sends. An action for a
// worker that is gone is dropped: its death is an event of its own and decides. Coordinator's thread only.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "scheduler/core/scheduler.h"
#include "scheduler/daemon/fleet.h"
#include "scheduler/daemon/output_feed.h"

namespace rota::daemon {

/// What every attempt of a run gets besides its job.
struct RunSurroundings {
  std::string run_key;           // see make_assignment
  std::vector<std::string> env;  // base environment
  std::string output_directory;  // where segments are made
};

class Dispatch {
 public:
  Dispatch(Fleet& fleet, OutputFeed& feed) : fleet_(fleet), feed_(feed) {}
  void open(RunId run, RunSurroundings surroundings);
  void close(RunId run);
  /// Makes every open run known to a launcher: if we die, it ends what the pool workers' commands leave.
  void introduce(WorkerId launcher);
  void carry_out(const core::Action& action, const core::Scheduler& scheduler);

 private:
  void start(const core::action::StartAttempt& a, const core::Scheduler& scheduler);
  void open_at(WorkerPort& port, WorkerId worker, RunId run, const RunSurroundings& surroundings);

  Fleet& fleet_;
  OutputFeed& feed_;
  std::map<RunId, RunSurroundings> runs_;
  std::set<std::pair<RunId, WorkerId>> opened_;
  std::uint32_t last_segment_ = 0;
};

}  // namespace rota::daemon
