// The turn: gather what has happened, step every event, commit one transaction, only then act and tell. Nothing leaves
// before its record is durable; time stands still within a turn; no timer tick. One thread.
//
// The same for `rota run`, whose coordinator has one life, and for the service, which begins each life with recover():
// its launchers outlive it, and hold on to an end until they hear that it is durable.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "scheduler/control/foreground.h"
#include "scheduler/daemon/dispatch.h"
#include "scheduler/daemon/fleet.h"
#include "scheduler/daemon/late_starts.h"
#include "scheduler/daemon/loop.h"
#include "scheduler/daemon/orphans.h"
#include "scheduler/daemon/probes.h"
#include "scheduler/daemon/remains.h"
#include "scheduler/store/journal.h"

namespace rota::daemon {

class Coordinator {
 public:
  struct World {
    Loop& loop;
    Clock& clock;
    store::Journal& journal;
    control::RunObserver& observer;
    Probes& probes;
    Orphans& orphans;
    Numbers& numbers;
  };
  /// `service`: launchers have homes (WorkerCall::launchers), and runs their surroundings in their terms.
  Coordinator(World world, FleetShape shape, WorkerCall call, std::optional<TermsOfService> service = std::nullopt);

  /// The workers that do not outlive us are killed, and what they leave.
  ~Coordinator();

  /// Of the service, before its first turn: the journal is replayed and a new epoch begun, durably; the launchers of
  /// earlier lives are adopted, or their account is taken if they are dead. The pool workers of earlier lives must be
  /// gone. What launchers answer comes with the turns; core::Scheduler::recovery tells how much is known.
  Status recover();

  /// `pool_commands`: the run has commands under thread or async. Their workers die with us and cannot end them, so a
  /// launcher is kept for that. (`rota run`.)
  void open_run(RunId run, RunSurroundings surroundings, bool pool_commands) {
    dispatch_.open(run, std::move(surroundings));
    keep_launcher_ = keep_launcher_ || pool_commands;
  }
  /// Takes part in the next turn.
  void post(core::Event event) { inbox_.push_back(std::move(event)); }

  /// An error is the journal's: nothing more can be promised.
  Status turn();
  /// Until something happens, is due, or `at_most` has come.
  void sleep(std::optional<Instant> at_most = std::nullopt);
  /// Turns until a run has been folded and told, and returns it.
  Result<core::RunView> run_until_folded();
  /// Everybody leaves, at most `within`; launchers that have work and outlive us stay. Then this object is to go.
  void dismiss(Duration within);
  /// From now on a replay begins with what lives now.
  Status snapshot();

  const core::Scheduler& scheduler() const { return scheduler_; }
  const Fleet& fleet() const { return fleet_; }
  /// Of this turn; between turns, the present.
  Now now() const { return turn_ ? *turn_ : world_.clock.now(); }
  /// False: it is no process that runs under a launcher.
  bool signal(AttemptId attempt, int signal);

 private:
  Status adopt(Now now);
  void sweep();
  void gather(Now now);
  void hear(core::Event event);
  void hear_holds(WorkerId launcher, const lane::up::Holds& holds);
  void launcher_gone(core::event::WorkerDown down, const std::string& home);
  void settle_now(Settling::Order order);
  void settled(Settling::Done done);
  void settle_again(Now now);
  void want(Now now);
  void step_all(Now now);
  Status commit();
  void act();
  void acknowledge();
  void tell(Now now);
  void hear_probes();
  void follow_probes();
  void follow_probes_of(const core::record::Frozen& frozen);
  void ask_probe(AttemptId attempt, bool ready, Instant since);
  void resume_probes();
  void note(const std::string& text) { world_.observer.on_note(text); }
  std::optional<Instant> next_deadline() const;

  struct Told {
    WorkerId launcher;
    AttemptId attempt;
  };

  /// A dead launcher whose account could not be taken.
  struct Unsettled {
    core::event::WorkerDown down;
    std::string home;
    Instant due;
  };

  World world_;
  core::Scheduler scheduler_;
  const bool service_;
  const std::string launchers_;  // where they have their homes
  OutputFeed feed_;
  Fleet fleet_;
  Dispatch dispatch_;
  LateStarts late_;
  std::vector<core::Event> inbox_;
  core::Effects effects_;
  std::vector<core::Record> late_records_;
  std::vector<store::FoldedRun> folded_;
  std::vector<Told> ended_;                  // told by launchers with a home: acked when this turn is durable
  std::vector<Told> held_;                   // by adopted launchers: ended when nobody knows of it
  std::vector<std::string> accounted_homes_;  // removed when this turn is durable
  std::vector<Unsettled> unsettled_;          // by due
  Settling settling_;
  std::optional<Now> turn_;
  std::optional<Instant> next_tick_;
  bool keep_launcher_ = false;
  bool dismissing_ = false;
};

}  // namespace rota::daemon
