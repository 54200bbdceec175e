// The observer from outside: sees what workers truly did and what became durable, and holds the two together. It knows
// nothing of the core's insides.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "scheduler/core/crew.h"
#include "scheduler/core/record.h"
#include "shared/ids.h"

namespace rota::sim {

class Witness {
 public:
  void broke(const std::string& what) {
    if (broken_.empty()) broken_ = what;
  }
  /// A worker of the crew, which takes `tasks` attempts in its life (0: any number), was given this as its n-th.
  void granted(WorkerId worker, core::CrewId crew, std::uint32_t tasks, AttemptId attempt, std::uint32_t n);
  /// A worker was told to start it: it may do so late, whatever bound there is by then.
  void sent(AttemptId attempt) { sent_.insert(attempt); }
  /// More processes than this may not run at once, warm ones together with others.
  void bound_processes(std::uint32_t most) { most_processes_ = most; }
  /// A worker runs user code from now on; and no more.
  void began(WorkerId worker, AttemptId attempt);
  void gone(AttemptId attempt);
  /// More commands than this may not run at once under thread and async.
  void bound_commands(std::uint32_t most) { most_commands_ = most; }
  /// It ended by itself with success, whether or not anybody hears of it.
  void succeeded(WorkerId worker, AttemptId attempt) { succeeded_.insert({attempt, worker}); }
  void became_ready(AttemptId attempt) { ready_.insert(attempt); }
  void stands_still(AttemptId attempt) {
    still_.insert(attempt);
    stood_still_.insert(attempt);
  }
  void moves(AttemptId attempt) { still_.erase(attempt); }

  /// A record was committed.
  void committed(const core::Record& record);

  const std::map<RunId, jobs::Plan>& plans() const { return plans_; }
  bool run_ended(RunId run) const { return run_ends_.contains(run); }
  /// The first broken promise; empty: none.
  const std::string& broken() const { return broken_; }

 private:
  struct End {
    Outcome outcome = Outcome::succeeded;
    ReasonKind reason = ReasonKind::none;
  };
  void on_end(TaskId task, Outcome outcome, Reason reason);
  void on_update(const core::record::Updated& r);
  void on_attempt_end(const core::record::AttemptEnded& r);
  void check_again(const core::record::AttemptEnded& r);
  void check_needs(AttemptId attempt);
  void check_parallel(AttemptId attempt);
  void check_group(AttemptId attempt);
  void check_commands();
  void check_processes();
  void check_pools();
  /// An attempt that uses up a rate was granted.
  void on_granted(const core::record::Granted& r);
  bool holds(TaskId task, const jobs::Need& need) const;
  bool is_good(TaskId task, const End& end) const;
  /// How many tasks of the job; how many of them f says true of.
  template <class F>
  std::pair<std::uint32_t, std::uint32_t> count(RunId run, JobIndex job, F&& f) const {
    const std::uint32_t all = plans_.at(run).jobs[job].task_count();
    std::uint32_t n = 0;
    for (TaskIndex i = 0; i < all; ++i) n += f(TaskId{run, job, i}) ? 1 : 0;
    return {all, n};
  }

  std::uint32_t most_commands_ = UINT32_MAX, most_processes_ = UINT32_MAX;
  std::set<TaskId> accused_;  // durable
  std::map<RunId, jobs::Plan> plans_;
  std::map<std::pair<AttemptId, WorkerId>, int> starts_;
  std::map<AttemptId, int> process_starts_;
  std::set<std::pair<AttemptId, WorkerId>> succeeded_;
  std::set<AttemptId> running_, ready_, ended_;
  std::set<AttemptId> still_, stood_still_;  // now; ever
  std::set<AttemptId> granted_;                            // in pools with a rate
  std::map<std::string, std::vector<Instant>> grants_in_;  // by pool
  std::set<AttemptId> sent_, sent_before_;  // to a worker; before the bound on its run or job was changed
  std::map<TaskId, End> ends_;            // durable
  std::set<TaskId> started_, was_ready_;  // durable
  std::set<TaskId> began_in_attempt_;     // an ended attempt that had begun
  std::set<RunId> run_ends_;
  std::string broken_;
};

/// "42/3#2": run, job, attempt.
std::string to_text(AttemptId a);

}  // namespace rota::sim
