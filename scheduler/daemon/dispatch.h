// Carries out the actions of a turn: looks up the worker, opens the run there the first time, sends. An action for a
// worker that is gone is dropped: its death is an event of its own and decides. Coordinator's thread only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "scheduler/core/scheduler.h"
#include "scheduler/daemon/fleet.h"
#include "scheduler/daemon/loop.h"
#include "scheduler/daemon/numbers.h"
#include "scheduler/daemon/output_feed.h"
#include "scheduler/daemon/probes.h"
#include "scheduler/daemon/secrets.h"

namespace rota::daemon {

/// What every attempt of a run gets besides its job.
struct RunSurroundings {
  std::string run_key;           // see make_assignment
  std::vector<std::string> env;  // base environment
  std::string output_directory;  // where segments are made
};

/// What a job's secrets are, by the names they get in its environment.
using SecretValues = std::vector<std::pair<std::string, std::string>>;

/// Where the runs come from whose surroundings are in the terms of their submission: the service's.
struct TermsOfService {
  std::function<std::string(RunId)> output_directory;
  std::string pool_mark;            // in the environment of what pool workers start
  std::uint64_t log_max_bytes = 0;  // of an attempt whose job says nothing else; 0: the limit's default
};

class Dispatch {
 public:
  /// `service`: of every run that was not opened here. `post`: takes part in the next turn.
  Dispatch(Loop& loop, Fleet& fleet, OutputFeed& feed, Numbers& numbers, std::optional<TermsOfService> service,
           std::function<void(core::Event)> post)
      : loop_(loop),
        fleet_(fleet),
        feed_(feed),
        numbers_(numbers),
        service_(std::move(service)),
        post_(std::move(post)) {}
  ~Dispatch();
  Dispatch(const Dispatch&) = delete;
  Dispatch& operator=(const Dispatch&) = delete;
  void open(RunId run, RunSurroundings surroundings);
  /// What the jobs of a run that is alive get of an environment; empty: there is no such run.
  std::vector<std::string> environment(RunId run, const core::Scheduler& scheduler) const;
  void close(RunId run);
  /// Makes every open run known to a launcher: if we die, it ends what the pool workers' commands leave.
  void introduce(WorkerId launcher);
  /// A launcher of an earlier life has these runs open. What nobody knows any more is closed there.
  void has_open(WorkerId launcher, const std::vector<lane::up::Holds::Segment>& segments,
                const core::Scheduler& scheduler);
  void forget(WorkerId dead);
  void carry_out(const core::Action& action, const core::Scheduler& scheduler);
  /// Starts what waited for a secret that is here now.
  void resume(const core::Scheduler& scheduler);
  /// The end of a batch of actions: what was put together on the way is sent.
  void send_crowds();
  /// What a probe of an attempt that runs needs to know of it: the environment of its job, but for secrets.
  Probes::Order probe_order(AttemptId attempt, const jobs::Probe& probe, const core::Scheduler& scheduler) const;
  /// A process of ours that is no worker.
  bool owns(int pid) { return secrets_ && secrets_->is_command(pid); }

 private:
  struct Surroundings {
    const std::string& run_key;
    const std::vector<std::string>& env;
    std::string output_directory;
  };
  std::optional<Surroundings> surroundings(RunId run, const core::Scheduler& scheduler) const;
  void start(const core::action::StartAttempt& a, const core::Scheduler& scheduler);
  bool join_crowd(const core::action::StartAttempt& a, const core::Scheduler& scheduler);
  void begin_crowd(WorkerPort& port, const core::action::StartAttempt& a, const core::Scheduler& scheduler,
                   const Surroundings& around);
  Result<std::optional<SecretValues>> secrets_of(RunId run, const jobs::Plan& plan, const jobs::Settings& settings);
  Status open_secrets();
  bool take_back(const AttemptId& attempt, StopCause cause);
  void end_unstarted(WorkerId worker, const AttemptId& attempt, Ending ending, std::string message);
  void open_at(WorkerPort& port, WorkerId worker, RunId run, const Surroundings& surroundings);

  Loop& loop_;
  Fleet& fleet_;
  OutputFeed& feed_;
  Numbers& numbers_;
  std::optional<TermsOfService> service_;
  std::function<void(core::Event)> post_;
  std::unique_ptr<Secrets> secrets_;             // once a job has some
  std::map<AttemptId, WorkerId> without_secret_;  // granted, not sent: a secret is being fetched
  std::map<WorkerId, lane::down::StartMany> crowds_;  // tasks of one job each, not sent yet
  std::map<RunId, RunSurroundings> runs_;
  std::set<std::pair<RunId, WorkerId>> opened_;
};

}  // namespace rota::daemon
