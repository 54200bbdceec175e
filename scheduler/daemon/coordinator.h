// The turn: gather what has happened, step every event, commit one transaction, only then act and tell. Nothing leaves
// before its record is durable; time stands still within a turn; no timer tick. One thread.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "scheduler/control/foreground.h"
#include "scheduler/daemon/dispatch.h"
#include "scheduler/daemon/fleet.h"
#include "scheduler/daemon/late_starts.h"
#include "scheduler/daemon/loop.h"
#include "scheduler/daemon/orphans.h"
#include "scheduler/daemon/ready_probe.h"
#include "scheduler/store/journal.h"

namespace rota::daemon {

class Coordinator {
 public:
  struct World {
    Loop& loop;
    Clock& clock;
    store::Journal& journal;
    control::RunObserver& observer;
    ReadyProbes& probes;
    Orphans& orphans;
  };
  Coordinator(World world, FleetShape shape, std::string worker_binary, std::vector<std::string> env);

  /// `pool_commands`: the run has commands under thread or async. Their workers die with us and cannot end them, so a
  /// launcher is kept for that.
  void open_run(RunId run, RunSurroundings surroundings, bool pool_commands) {
    dispatch_.open(run, std::move(surroundings));
    keep_launcher_ = keep_launcher_ || pool_commands;
  }
  /// Takes part in the next turn.
  void post(core::Event event) { inbox_.push_back(std::move(event)); }
  /// Turns until a run has been folded and told, and returns it. An error is the journal's: nothing more can be
  /// promised.
  Result<core::RunView> run_until_folded();
  /// Everybody leaves, at most `within`; then SIGKILL. No process of ours is left.
  void dismiss(Duration within);

 private:
  Status turn();
  void hear(core::Event event);
  void want(Now now);
  void step_all(Now now);
  Status commit();
  void tell(Now now);
  void follow_probes();
  void sleep();
  std::optional<Instant> next_deadline() const;

  World world_;
  core::Scheduler scheduler_;
  OutputFeed feed_;
  Fleet fleet_;
  Dispatch dispatch_;
  LateStarts late_;
  std::vector<core::Event> inbox_;
  core::Effects effects_;
  std::vector<core::Record> late_records_;
  std::vector<store::FoldedRun> folded_;
  std::optional<Instant> next_tick_;
  bool keep_launcher_ = false;
};

}  // namespace rota::daemon
