// All that the scheduler knows, and the only code that changes it: apply(record). Deciding happens elsewhere, on a
// const State. Every index (counts, lines, deadlines, what workers hold, demand) is kept by one function, `move`.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "scheduler/core/deadlines.h"
#include "scheduler/core/fleet.h"
#include "scheduler/core/record.h"
#include "scheduler/core/run.h"

namespace rota::core {

class State {
 public:
  /// Takes any record in any order that a journal can hold; one that no longer fits (an attempt already ended, a run
  /// forgotten) changes nothing.
  void apply(const Fact& fact);

  const std::map<RunId, Run>& runs() const { return runs_; }
  const Run* find(RunId run) const;
  const Run* find(TaskId task, TaskSlot& slot) const;  // null: no such task
  const Fleet& fleet() const { return fleet_; }
  const Deadlines& deadlines() const { return deadlines_; }
  /// Tasks that hold a worker of the mode or wait for one; what waits counts only where it may be granted.
  std::uint32_t demand(Mode mode) const;
  std::uint32_t epoch() const { return epoch_; }
  Now epoch_began() const { return epoch_began_; }
  std::uint64_t stale_reports() const { return stale_; }
  /// Runs with something in this line, in the order of submission.
  const std::set<RunId>& waiting(std::size_t line) const { return waiting_[line]; }

  // Not of any record: the world as it is, and the worklists of settle.
  Fleet& fleet() { return fleet_; }
  std::optional<Deadline> take_deadline(Instant now) { return deadlines_.take(now); }
  void count_stale() { ++stale_; }
  /// Why nothing may be granted; none: it may.
  ReasonKind closed() const {
    return shutting_down_ && admission_ == ReasonKind::none ? ReasonKind::drained : admission_;
  }
  void admit(ReasonKind closed) { admission_ = closed; }
  void shut_down() { shutting_down_ = true; }
  /// The gate waits for `begin`: look again then; none: it does not.
  void look_again(RunId run, std::optional<Instant> at);
  /// The first of terms.after that is alive, whose end will touch this run; none: all have ended.
  std::optional<RunId> wait_for_another(RunId run);
  bool waits_for(RunId run, RunId another) const { return followers_.contains({another, run}); }
  /// Runs that something happened to since the last call, in order, each once.
  std::vector<RunId> take_touched();
  bool is_touched() const { return !touched_.empty(); }
  std::vector<JobIndex> take_doomed(RunId run);
  std::vector<JobIndex> take_unneeded(RunId run);
  void forget(RunId run);

 private:
  void on(const record::Submitted& r);
  void on(const record::Granted& r);
  void on(const record::Started& r);
  void on(const record::BecameReady& r);
  void on(const record::StopAsked& r);
  void on(const record::AttemptEnded& r);
  void on(const record::BackoffOver& r);
  void on(const record::TaskEnded& r);
  void on(const record::RunStopping& r);
  void on(const record::HoldChanged& r);
  void on(const record::RunEnded& r);
  void on(const record::EpochBegan& r);
  void on(const record::GateOpened& r);

  Run* find_run(RunId run);
  Run* find_task(TaskId task, TaskSlot& slot);
  /// The hold of exactly this attempt, or null.
  Hold* find_hold(Run& run, TaskSlot slot, std::uint32_t number);

  /// The door that every change of a task goes through. `front`: into the queue before those that wait.
  void move(Run& run, TaskSlot slot, TaskCase next, bool front = false);
  void leave(Run& run, TaskSlot slot);
  void enter(Run& run, TaskSlot slot, bool front);
  void enter_finished(Run& run, const Task& task, const Finished& f);
  void release(Run& run, Instant at);
  /// Queues it, or lets it be pending while it is held.
  void requeue(Run& run, TaskSlot slot, Instant at, bool front);
  void queue_pending(Run& run, JobIndex job, Instant at);
  void unqueue(Run& run, JobIndex job, Instant at);
  void hold_run(Run& run, bool hold, Instant at);
  /// `change` alters what deadline_of(run) says.
  template <class F>
  void retime(Run& run, F&& change) {
    if (const auto due = deadline_of(run)) deadlines_.remove(*due, {run.id, kNone});
    change();
    if (const auto due = deadline_of(run)) deadlines_.add(*due, {run.id, kNone});
  }
  void restop(Run& run, const RunStop& stop);
  void touch(RunId run);

  std::map<RunId, Run> runs_;
  Fleet fleet_;
  Deadlines deadlines_;
  std::array<std::set<RunId>, kLines> waiting_;
  std::array<std::uint32_t, kModes> queued_{}, alive_{};
  std::set<std::pair<RunId, RunId>> followers_;  // (one that is alive, one whose gate waits for its end)
  ReasonKind admission_ = ReasonKind::none;
  bool shutting_down_ = false;
  std::vector<RunId> touched_;
  std::vector<JobIndex> released_;  // scratch of apply
  std::uint32_t epoch_ = 0;
  Now epoch_began_;
  std::uint64_t stale_ = 0;
};

/// Everything the State holds, walked; empty: sound. (check.cpp)
std::string check(const State& state);

}  // namespace rota::core
