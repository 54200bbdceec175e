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
#include "scheduler/core/pools.h"
#include "scheduler/core/record.h"
#include "scheduler/core/run.h"
#include "scheduler/core/schedule.h"

namespace rota::core {

/// The runs of a concurrency group that are alive.
struct Group {
  std::set<RunId> inside;   // those that have begun, or may: at most as many as the limit of each of them said
  std::set<RunId> outside;  // those that wait for a place, or for something else
};

class State {
 public:
  /// Takes any record in any order that a journal can hold; one that no longer fits (an attempt already ended, a run
  /// forgotten) changes nothing.
  void apply(const Fact& fact);

  const std::map<RunId, Run>& runs() const { return runs_; }
  const Run* find(RunId run) const;
  const Run* find(TaskId task, TaskSlot& slot) const;  // null: no such task
  const Fleet& fleet() const { return fleet_; }
  const Schedules& schedules() const { return schedules_; }
  const Deadlines& deadlines() const { return deadlines_; }
  /// Tasks that hold a worker of the common crew, in the mode, or wait for one; what waits counts only where it may be
  /// granted.
  std::uint32_t demand(Mode mode) const;
  /// The same of a crew of a run.
  std::uint32_t demand(const CrewWork& crew, Mode mode) const;
  /// The runs' own crews, (run, index into its crews), of which anything is queued or alive.
  using RunCrew = std::pair<RunId, std::uint32_t>;
  const std::set<RunCrew>& wanted_crews() const { return wanted_crews_; }
  std::uint32_t epoch() const { return epoch_; }
  Now epoch_began() const { return epoch_began_; }
  std::uint64_t stale_reports() const { return stale_; }
  /// Queues of the common crew with something in them, but those that wait for a pool, by their turns.
  const std::set<Turn>& waiting(std::size_t line) const { return waiting_[line]; }
  /// The same of the runs' own crews.
  const std::set<Turn>& waiting_at_crews(std::size_t line) const { return waiting_at_crews_[line]; }
  const Pools& pools() const { return pools_; }

  // Not of any record: the world as it is, and the worklists of settle.
  Fleet& fleet() { return fleet_; }
  std::optional<Deadline> take_deadline(Instant now) { return deadlines_.take(now); }
  void count_stale() { ++stale_; }
  /// The newest instant that anything was told at: views are as of then.
  void see(Instant now) { seen_ = now; }
  Instant seen() const { return seen_; }
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
  /// By name; of which no run is alive, none.
  const std::map<std::string, Group, std::less<>>& groups() const { return groups_; }
  const Group* group_of(const Run& run) const;
  /// Runs that something happened to since the last call, in order, each once.
  std::vector<RunId> take_touched();
  bool is_touched() const { return !touched_.empty(); }
  std::vector<Run::Doomed> take_doomed(RunId run);
  std::vector<JobIndex> take_unneeded(RunId run);
  std::vector<JobIndex> take_asking(RunId run);
  std::vector<JobIndex> take_shut(RunId run);
  void forget(RunId run);
  /// Packs the pages whose tasks have all ended since the last call. No reference to a task outlives it.
  void close_pages();
  /// There is more to place than one turn should do.
  void place_again(bool again) { place_again_ = again; }
  bool is_to_place_again() const { return place_again_; }
  void bound_pools(std::uint64_t cpus_milli, std::uint64_t memory) { pools_.bound(cpus_milli, memory); }
  /// The queue waits for a pool from now on, and not for a slot.
  void park(RunId run, std::uint32_t queue, const Pools::Lack& lack);
  /// Those whose pools may have room by now wait for slots again; false: there are none.
  bool unpark(Instant now);
  /// It gives up its places at pools, as it waits for something else than they.
  void step_back(RunId run, std::uint32_t queue);

 private:
  void on(const record::Submitted& r);
  void on(const record::Granted& r);
  void on(const record::Started& r);
  void on(const record::BecameReady& r);
  void on(const record::Progressed& r);
  void on(const record::PoolPaced& r);
  void on(const record::StopAsked& r);
  void on(const record::AttemptEnded& r);
  void on(const record::BackoffOver& r);
  void on(const record::TaskEnded& r);
  void on(const record::RunStopping& r);
  void on(const record::HoldChanged& r);
  void on(const record::RunEnded& r);
  void on(const record::EpochBegan& r);
  void on(const record::GateOpened& r);
  void on(const record::TasksEnded& r);
  void on(const record::TasksPacked& r);
  void on(const record::ConditionMet& r);
  void on(const record::RunJudged& r);
  void on(const record::Registered& r);
  void on(const record::Unregistered& r);
  void on(const record::ScheduleEnabled& r);
  void on(const record::Occurred& r);
  void on(const record::CancelNoted& r);
  void on(const record::Updated& r);
  void on(const record::PauseChanged& r);
  void on(const record::Frozen& r);

  Run* find_run(RunId run);
  Run* find_task(TaskId task, TaskSlot& slot);
  /// The hold of exactly this attempt, or null.
  Hold* find_hold(Run& run, TaskSlot slot, std::uint32_t number);

  /// The door that every change of a task goes through. `front`: into the queue before those that wait.
  void move(Run& run, TaskSlot slot, TaskCase next, bool front = false);
  void leave(Run& run, JobIndex job, TaskSlot slot);
  void leave_fresh(Run& run, JobIndex job, TaskSlot slot);
  void enter(Run& run, JobIndex job, TaskSlot slot, bool front);
  void enter_finished(Run& run, JobIndex job, TaskSlot slot, const Finished& f);
  /// The counts that `tasks` more of a job ended like this, from position `first` on.
  void count_ended(Run& run, JobIndex job, TaskIndex first, std::uint32_t tasks, const Finished& f);
  void end_job(Run& run, JobIndex job);
  void tell_each(Run& run, JobIndex job, TaskIndex first, std::uint32_t tasks, const Finished& f);
  void count(Run& run, JobIndex job, TaskState state, std::int64_t tasks);
  void count_queued(Run& run, std::uint32_t crew, JobIndex job, std::int64_t tasks);
  void count_alive(Run& run, std::uint32_t crew, JobIndex job, std::int64_t attempts);
  /// After `change` more of it are queued or alive.
  void want(Run& run, std::uint32_t crew, std::int64_t change);

  // flow.cpp: fresh tasks, and the lines of jobs.
  void flow(Run& run, JobIndex job, bool flows, Instant at);
  void each_met(Run& run, JobIndex job, TaskIndex task);
  /// After a fresh task has ceased to be: the first ready one, and the line of the run.
  void advance(Run& run, JobIndex job);
  /// In the line of the run when something of it waits that may be granted; else out of it.
  void relist(Run& run, JobIndex job, bool front = false);
  void list(Run& run, std::uint32_t queue, JobIndex job, bool listed, bool front);
  void wait(Run& run, std::uint32_t queue);
  void wait_no_more(Run& run, std::uint32_t queue);
  /// It stands at no pool any more.
  void leave_pools(Run& run, std::uint32_t queue);
  /// Fresh tasks of whole untouched pages within [first, end) end at once; the first slot behind them.
  TaskSlot end_untouched(Run& run, JobIndex job, TaskSlot first, TaskSlot end, const Finished& f);

  void release(Run& run, Instant at);
  void release_hooks(Run& run, Instant at);
  /// Queues it, or lets it be pending while it is held.
  void requeue(Run& run, TaskSlot slot, Instant at, bool front);
  void start_flow(Run& run, JobIndex job, Instant at);
  void stop_flow(Run& run, JobIndex job, Instant at);
  void take_packed(Run& run, TaskSlot slot, const TaskPage& packed);
  void hold_run(Run& run, bool hold, Instant at);
  /// `change` alters what deadline_of(run) says.
  template <class F>
  void retime(Run& run, F&& change) {
    if (const auto due = deadline_of(run)) deadlines_.remove(*due, {run.id, kNone});
    change();
    if (const auto due = deadline_of(run)) deadlines_.add(*due, {run.id, kNone});
  }
  void restop(Run& run, const RunStop& stop);
  // updates.cpp: what a user changes.
  void look_whether_it_flows(Run& run, JobIndex job, Instant at);
  // What waits of it comes to its new turn.
  void prioritise(Run& run, std::int32_t priority);
  void prioritise(Run& run, JobIndex job, std::int32_t priority);
  /// The first run that waits for a place in this one's group is looked at.
  void touch_next_of_group(const Run& run);
  void leave_group(const Run& run);
  void touch(RunId run);

  std::map<RunId, Run> runs_;
  Schedules schedules_;
  Fleet fleet_;
  Deadlines deadlines_;
  Pools pools_;
  std::array<std::set<Turn>, kLines> waiting_;
  std::array<std::set<Turn>, kLines> waiting_at_crews_;
  std::set<RunCrew> wanted_crews_;
  std::array<std::uint32_t, kModes> queued_{}, alive_{};  // of the common crew
  std::set<std::pair<RunId, RunId>> followers_;  // (one that is alive, one whose gate waits for its end)
  std::map<std::string, Group, std::less<>> groups_;
  ReasonKind admission_ = ReasonKind::none;
  bool shutting_down_ = false;
  std::vector<RunId> touched_;
  std::vector<JobIndex> released_;  // scratch of apply
  std::vector<std::pair<RunId, std::uint32_t>> ended_pages_;
  bool place_again_ = false;
  std::uint32_t epoch_ = 0;
  Now epoch_began_;
  std::uint64_t stale_ = 0;
  Instant seen_;
};

/// The live attempts of a run, in the order of its tasks; of one job alone where `job` is given.
std::vector<TaskSlot> alive_in(const State& state, const Run& run, std::optional<JobIndex> job = std::nullopt);

/// Everything the State holds, walked; empty: sound. (check.cpp)
std::string check(const State& state);
/// Of that, what runs share: pools, schedules. (check_shared.cpp)
std::string check_shared(const State& state);

}  // namespace rota::core
