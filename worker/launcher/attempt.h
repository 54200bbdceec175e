// One running attempt: its main process, its output, its stop ladder, its end. One thread; the supervisor feeds it
// events and the time, and asks it when it is over.
//
//   Running --main process ended--> Draining --pipes closed, or 1 s--> Clearing --nothing of the tree left--> Over
//
// The main process is not reaped before Over: until then its number, and with it the session and group, is its own.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "shared/clock.h"
#include "shared/lane/message.h"
#include "shared/output/segment.h"
#include "shared/output/values_file.h"
#include "shared/process/spawn.h"
#include "shared/process/tree.h"
#include "worker/launcher/open_runs.h"
#include "worker/launcher/plumbing.h"
#include "worker/launcher/poll.h"
#include "worker/launcher/target_call.h"

namespace rota::worker {

class ProcessAttempt {
 public:
  /// Starts the process and takes the assignment. An error says why not: nothing is left behind, the assignment is the
  /// caller's as before.
  /// `before_fork` is asked when all else is there; its error is the start's.
  static Result<std::unique_ptr<ProcessAttempt>> start(lane::Assignment& assignment, std::uint64_t key,
                                                std::shared_ptr<OpenRun> run, process::Trees& trees, Poll& poll,
                                                const std::function<Status()>& before_fork);

  const lane::Assignment& assignment() const { return assignment_; }
  OpenRun& run() { return *run_; }
  int pid() const { return child_.pid; }
  Instant started() const { return started_; }

  /// The main process has ended.
  void exited(Instant now);
  /// A pipe has bytes or is at its end; reads once. True: these bytes completed the ready text.
  bool readable(output::Stream stream, std::span<char> buffer);
  /// It has said how far it is.
  void progressed();
  /// What of that is to be told now: at most every 100 ms, and all of it once. `again`: also what was told before.
  std::optional<Progress> take_progress(Instant now, bool again = false);
  /// The first cause stays. An exit that can be seen by now came first: then nobody stopped it.
  void stop(StopCause cause, Duration grace, bool immediately, Instant now);
  /// The whole tree is to stand still, its clock too, or to go on. Nothing once it is to end.
  void freeze(bool on, Instant now);
  /// What of that has come true and was not told. `again`: also what was told before.
  std::optional<lane::up::Frozen> take_frozen(bool again = false);
  /// To the process group; nothing once the main process has ended. Who stands still is woken by `freeze` alone.
  void signal(int signo);
  /// Does what the time asks for.
  void step(Instant now, std::span<char> buffer);
  std::optional<Instant> next() const;
  bool over() const { return std::holds_alternative<Over>(life_); }

  struct End {
    AttemptReport report;
    std::string note;  // for a person; may be empty
  };
  /// Once, when over: reaps the process and gives the place back.
  End end();

 private:
  struct Running {};
  struct Draining {
    Instant ended, until;
  };
  struct Clearing {
    Instant ended, next, until;
    Duration pause;
  };
  struct Over {
    Instant ended;
    bool some_alive = false;
  };
  struct Moving {};
  struct Freezing {  // its clock goes on: what never stands still has its end
    Instant next;
    Duration pause;
  };
  struct Still {
    Instant since;
  };
  struct Unasked {};
  struct Asked {
    StopCause cause;
    Instant kill_at;
  };
  struct Forced {
    StopCause cause;
    Instant again_at;
  };

  ProcessAttempt(lane::Assignment assignment, std::shared_ptr<OpenRun> run, process::Trees& trees,
          process::Trees::Place place);
  Status launch(std::uint64_t key, Poll& poll, const std::function<Status()>& before_fork);
  process::SpawnSpec spec() const;
  void press(Instant now);
  void look_at_freeze(Freezing freezing, Instant now);
  void move_on(Instant now);
  /// The end of its time; none while that stands still.
  std::optional<Instant> times_out() const;
  void force(StopCause cause, Instant now);
  void clear(const Clearing& clearing, Instant now, std::span<char> buffer);
  void read_rest(std::span<char> buffer);
  bool exit_is_there() const;
  bool take(output::Stream stream, std::string_view bytes);
  void judge_values(AttemptReport& report, std::optional<ValueMap> returned);
  Ending judge_exit(const Ending& process) const;
  posix::Fd& pipe(output::Stream s) { return s == output::Stream::out ? plumbing_.out : plumbing_.err; }

  lane::Assignment assignment_;
  std::shared_ptr<OpenRun> run_;
  process::Trees& trees_;
  process::Trees::Place place_;
  Plumbing plumbing_;
  std::optional<TargetCall> target_;
  process::Child child_;
  output::Masks masks_;
  output::Capture capture_;
  output::ValuesFile values_;
  bool memory_is_bounded_ = false;  // by its cgroup
  Instant started_;
  Progress progress_ = kProgressUnknown;
  bool progress_waits_ = false;
  Instant progress_due_;
  std::optional<Instant> look_at_;  // for its end, where no event tells it
  std::variant<Running, Draining, Clearing, Over> life_;
  std::variant<Unasked, Asked, Forced> stopping_;
  std::variant<Moving, Freezing, Still> motion_;
  Duration stood_still_{};  // in all, before
  std::optional<lane::up::Frozen> frozen_news_;
};

}  // namespace rota::worker
