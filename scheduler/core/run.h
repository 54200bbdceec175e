// One run as the core holds it: the plan, a node per job of the graph, the tasks that something has happened to, and
// what follows from them (counts, lines). A struct of values with its lookups; State alone changes it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "jobs/model/plan.h"
#include "scheduler/core/claim.h"
#include "scheduler/core/crew.h"
#include "scheduler/core/line.h"
#include "scheduler/core/pace.h"
#include "scheduler/core/task.h"
#include "scheduler/core/task_table.h"
#include "scheduler/core/view.h"

namespace rota::core {

/// Seen from a job: one that needs it.
struct Edge {
  JobIndex job = 0;
  jobs::NeedKind kind = jobs::NeedKind::success;
};

/// What the needs of a job have come to.
enum class Fate : std::uint8_t {
  waiting,
  asking,           // all met, its condition is to be looked at
  released,         // its tasks may be queued
  upstream_failed,  // a need can no longer be met
  skipped           // a `failed` need did not fail
};

/// Of a job with needs of kind `each`: which of its tasks have those met, a bit and at most a byte for each.
struct EachNeeds {
  std::vector<std::uint64_t> ready;  // met, and nothing has happened to the task since
  std::vector<std::uint8_t> open;    // needs of kind `each` that are not met; empty: the job has only one
  std::uint8_t needs = 0;
  bool is_ready(TaskIndex i) const { return (ready[i / 64] >> (i % 64) & 1) != 0; }
  /// The first ready one from here on; `count` when there is none.
  TaskIndex next(TaskIndex from, std::uint32_t count) const;
  /// Those in [from, end) are ready no more; how many they were.
  std::uint32_t take(TaskIndex from, TaskIndex end);
};

/// Of a job: its queued tasks that are to run alone, each in a quarantine worker.
struct Suspects {
  Line own;
  bool listed = false;  // in its queue of the quarantine
  Links links;
};

/// That a user paused a run or a job.
struct PauseMark {
  Instant at;
  std::uint16_t by = 0;  // index into Run::pausers
};

/// A job in the graph. Counters over its tasks, so that nothing walks them. Its *fresh* tasks, to which nothing has
/// happened, exist as numbers only: they are pending, or, once the job flows, those that are ready are queued.
struct Node {
  TaskSlot first = 0;
  std::uint32_t count = 1;
  std::uint32_t open = 0;        // tasks that have not ended
  std::uint32_t bad = 0;         // tasks that ended badly
  std::uint32_t unforgiven = 0;  // of these, the ones that fail the run
  std::uint32_t own_bad = 0;     // of the bad, those that failed by themselves
  std::uint32_t skipped = 0;
  std::uint32_t needs_open = 0;  // but those of kind `each`; a hook waits for the verdict besides
  std::uint32_t consumers = 0;       // jobs that need this one
  std::uint32_t consumers_open = 0;  // of these, the ones that have not ended
  std::uint32_t edges_begin = 0, edges_end = 0;
  Fate fate = Fate::waiting;
  bool was_started = false;  // for good: a need on it stays met
  bool was_ready = false;
  bool held = false;  // by a user
  std::optional<PauseMark> pause;  // nothing more of it starts
  bool lowered = false;  // its max_parallel, while it was alive: for a while more of it may be alive
  bool condition_met = false;  // for good: a snapshot tells it before the starts that its needs may be on
  /// Why no more of it may start; none: it may. Follows from own_bad.
  ReasonKind shut = ReasonKind::none;

  std::uint32_t fresh = 0;
  std::uint32_t ready = 0;    // of the fresh: all, unless it has needs of kind `each`
  TaskIndex cursor = 0;       // the first fresh one that is ready, when there is one
  bool flows = false;         // released, and nothing holds it back
  bool listed = false;        // in its queue: something waits, and max_parallel has room
  Instant since;              // it flows, or does not
  Line own;                   // its queued tasks that are not fresh: before the others
  std::uint32_t crew = 0;     // that serves it, index into Run::crews
  std::uint32_t quarantine = kNone;  // of its suspects, likewise; kNone: it can have none
  std::uint32_t claim = 0;           // of each of its tasks, index into Run::claims
  std::uint32_t queue = 0;           // where it waits, index into Run::queues
  std::uint32_t quarantine_queue = kNone;  // where its suspects wait
  std::uint32_t alive = 0;    // live attempts
  std::uint32_t retained = 0;  // pending tasks that are not fresh: a hold keeps them
  Links links;                // in its queue
  std::unique_ptr<EachNeeds> each;  // null: it has no such needs
  std::unique_ptr<Counts> counts;   // of a job with more than one task
  std::unique_ptr<Totals> totals;   // likewise
  std::string message;        // why its condition could not be computed

  std::unique_ptr<Suspects> suspects;  // null: it never had any

  /// Its queued tasks, but those that are suspect.
  std::uint32_t queued() const { return own.size() + (flows ? ready : 0); }
  std::uint32_t suspected() const { return suspects ? suspects->own.size() : 0; }
};

/// Jobs of a run that wait for the same: workers of one crew, in one mode, with one claim.
struct Queue {
  std::uint32_t crew = 0;
  std::uint32_t line = 0;  // which sort of line it is, see line.h
  std::uint32_t claim = 0;
  Line jobs;
  std::uint32_t tasks = 0;  // that are queued, also of jobs that max_parallel keeps out of the line
  // Of no record: what the present life has found.
  bool parked = false;  // at a pool that it found wanting
  bool stands = false;  // at a pool at least, parked or not
};

/// What a crew has to do for a run.
struct CrewWork {
  CrewId id;
  std::array<std::uint32_t, kLines> queued{};  // tasks, also of jobs that max_parallel keeps out of the lines
  std::array<std::uint32_t, kModes> held{};    // live attempts that take a slot
  std::array<std::uint32_t, kModes> alive{};   // live attempts
  std::uint32_t wanted = 0;                    // queued or alive
};

/// Whether the run lets anything start. While it is closed no job of it is released.
struct Gate {
  bool held = false;              // by a user
  bool cleared = false;           // `begin`, `after` and its group were met once, which is for good
  std::optional<Instant> opened;  // the last time; none: closed
  // Of no record: what the present life has seen.
  std::optional<Instant> look;   // when to look at `begin` again; none: it is not what the gate waits for
  std::uint32_t after_over = 0;  // so many of terms.after, from the first, have ended
};

struct RunStop {
  StopCause cause = StopCause::none;
  bool now = false;
  Instant at;
  Instant due;  // what is stopped is killed then, where its job's grace allows more; 0: as the job says
  RunId by = 0;  // the run that takes its place
};

struct RunEnd {
  Outcome outcome = Outcome::succeeded;
  Reason reason;
  Now at;
};

struct Run {
  RunId id = 0;
  Now submitted;
  jobs::Plan plan;
  Terms terms;
  std::vector<Node> nodes;
  std::vector<Edge> edges;
  TaskTable tasks;
  std::vector<JobIndex> daemons;
  std::vector<JobIndex> hooks;

  Gate gate;
  std::optional<PauseMark> pause;  // nothing more of its jobs starts; its own timeout goes on
  std::vector<std::string> pausers;  // who paused something of it, each once; limits::kPausers and "somebody else"
  std::optional<RunStop> stop;  // of its jobs; after the verdict, of its hooks
  std::vector<CancelNote> cancels;  // what users said, oldest first; at most limits::kCancelNotes
  std::optional<RunEnd> verdict;  // with hooks: its jobs have ended so, and the hooks are at work
  std::optional<RunEnd> end;

  // What follows from the tasks. Kept by State::move.
  Counts counts;
  Totals totals;
  std::vector<CrewWork> crews;               // [0] is the common crew; the run's own by their numbers
  std::vector<Claim> claims;
  std::vector<Queue> queues;
  std::array<std::uint32_t, kModes> listed{};  // jobs in queues, but daemons
  std::int64_t age = 0;                      // it waits since then: never before a run that was submitted earlier
  std::uint32_t work_open = 0;               // jobs that are no daemons or hooks and have not ended
  std::uint32_t hooks_open = 0;              // hooks that have not ended
  std::uint32_t early_hooks_open = 0;        // of these, those that on_exit waits for
  std::uint32_t hook_tasks_open = 0;
  std::uint32_t unforgiven = 0;              // jobs that fail the run
  std::uint32_t failed = 0;                  // tasks that fail it by themselves: not for want of others, not cancelled
  std::uint32_t cancelled = 0;               // tasks ended by a user's cancel, of the run or by themselves
  std::uint32_t timed_out = 0;               // tasks ended by the run's timeout
  std::array<Pace, kModes> pace;
  std::uint8_t modes = 0;

  // Work for settle: what has been found out and not yet recorded.
  struct Doomed {  // these can no longer run
    JobIndex job = 0;
    TaskIndex first = 0;
    std::uint32_t count = 0;
    bool skip = false;
  };
  std::vector<Doomed> doomed;
  std::vector<JobIndex> unneeded;
  std::vector<JobIndex> asking;  // conditions to look at
  std::vector<JobIndex> shut;    // jobs of which something waits and must not

  const jobs::Job& job_of(const Task& t) const { return plan.jobs[t.job]; }
  const jobs::Settings& settings_of(const Task& t) const { return plan.settings_of(job_of(t)); }
  /// A reference is good until the task changes, and, where nothing has happened to it or all of its page has ended,
  /// until a few others were looked at.
  const Task& task(TaskSlot slot) const;
  /// Whether the task has ended; does not unpack anything.
  bool has_ended(TaskSlot slot) const;
  JobIndex job_at(TaskSlot slot) const;
  TaskId id_of(TaskSlot slot) const {
    const JobIndex job = job_at(slot);
    return {id, job, slot - nodes[job].first};
  }
  /// kNone for an id that the run does not have.
  TaskSlot slot_of(TaskId t) const;
  /// Calls f for every ended attempt of the task, newest first.
  template <class F>
  void each_past(TaskSlot slot, F&& f) const {
    if (const TaskPage* page = unpacked(slot)) page->each_past(page->at(slot), f);
  }
  /// Its newest ended attempt; null: none.
  const PastAttempt* newest_past(TaskSlot slot) const;
  std::uint32_t last_number(TaskSlot slot) const { return task(slot).last; }
  /// Tasks of a job: [first, first + count).
  std::uint32_t task_count(JobIndex job) const { return nodes[job].count; }
  bool is_array(JobIndex job) const { return nodes[job].count > 1; }

 private:
  /// The page of the task, unless nothing has happened to it.
  const TaskPage* unpacked(TaskSlot slot) const;
};

/// Whether the worker of the job starts a process for it: that takes a command slot. Daemons take no slot of any kind.
bool takes_command_slot(const jobs::Job& job);
/// The line that the tasks of the job wait in, and that their workers list them under.
std::size_t line_of(const jobs::Job& job);

/// As the terms say, before anything has happened. One of a group waits at least until it is looked at.
Gate make_gate(const Terms& terms, bool grouped, Now at);
inline bool is_grouped(const Run& run) { return !run.plan.concurrency.group.empty(); }

/// Why what such a stop ends has ended.
Reason stop_reason(const Run& run, StopCause cause);
/// Its end is asked for, or decided: nothing new of its jobs starts for good.
inline bool is_ending(const Run& run) {
  return run.end || run.verdict || (run.stop && run.stop->cause != StopCause::none);
}

/// Only what can be made to stand still is paused, and by somebody.
inline bool is_sound_pause(const Run& run, const Task& t) {
  const Hold* hold = hold_of(t.now);
  const bool paused = hold && (hold->pause || std::holds_alternative<Paused>(t.now));
  return !paused || (can_pause(run.job_of(t)) && hold->paused_by < run.pausers.size());
}

/// A run without anything queued: nodes, edges and pending tasks of a plan.
Run make_run(RunId id, Now at, jobs::Plan plan, Terms terms);

/// Whether a task of the job may be queued once its needs are met. A hook waits for the verdict alone, which may come
/// while the gate is closed.
inline bool may_start(const Run& run, JobIndex job) {
  if (run.plan.jobs[job].hook) return run.verdict.has_value();
  const Node& node = run.nodes[job];
  return run.gate.opened && !node.held && !run.pause && !node.pause;
}

/// Whether its condition speaks of what sets its tasks apart, and so is looked at for each of them when its turn comes.
bool asks_each_task(const jobs::Job& job);

/// All but the hooks have ended.
inline bool jobs_are_over(const Run& run) { return run.counts.total - run.counts.ended() == run.hook_tasks_open; }

/// The queued task of the job whose turn is next, or of its suspects; there must be one.
TaskSlot front_of(const Run& run, JobIndex job, bool suspect = false);

/// Whether the task is to run alone: it was accused of the death of a worker, or was there too often when one died.
bool is_suspect(const Run& run, TaskSlot slot);
/// The queue of the job, or of its suspects, or of those that wait at this crew of the run.
inline std::uint32_t queue_of(const Node& node, bool suspect) { return suspect ? node.quarantine_queue : node.queue; }
inline std::uint32_t queue_at(const Node& node, std::uint32_t crew) { return queue_of(node, crew == node.quarantine); }
/// How early its tasks are to start: the priority of the job and that of the run, -200 to 200.
std::int32_t priority_of(const Run& run, const Claim& claim);
/// Where the queue stands among all that wait.
Turn turn_of(const Run& run, std::uint32_t queue);

/// What a crew has to do for the run; null: it needs none of that sort.
const CrewWork* find_crew(const Run& run, CrewId crew);
/// Which crew the task needs next (as far as its past goes: a live attempt has the crew that it was granted to).
CrewId crew_of(const Run& run, TaskSlot slot);

/// Of a hook after the verdict: it belongs to that end, and what comes before it has ended.
bool hook_is_due(const Run& run, JobIndex hook);

/// A task of the job that fails ends the job, or the last one that it may lose.
ReasonKind shut_by(const jobs::Job& job, const Node& node);

/// What would let the task run again (a timeout, a shutdown) does not stand in the way of a user's cancel.
bool overrides_stop(StopCause cause, StopCause before);

/// Whether a hard stop at `due` comes before the one at `known`; 0: there is none.
inline bool is_sooner(Instant due, Instant known) { return due.ns != 0 && (known.ns == 0 || due < known); }
/// When an attempt that is stopping is to be killed, where its job's grace allows more; 0: that is left to the job.
Instant hard_stop_of(const Run& run, const Stopping& stopping);

/// Whether a durable record says that an attempt of this job began: the journal must know it wherever at-most-once
/// depends on it, or a need on `started` or `ready`.
bool start_is_durable(const Run& run, JobIndex job);

/// A daemon is needed while a job that needs it is open, or, when none does, while any other work is.
bool is_needed(const Run& run, JobIndex daemon);

/// Of an end that somebody wished for, and that is no failure of the run: a cancel, or a newer run in its place.
inline bool is_wished(ReasonKind kind) { return kind == ReasonKind::cancel_user || kind == ReasonKind::replaced; }

/// Ended badly: neither succeeded nor skipped.
bool is_bad(Outcome o);
/// A bad end that fails the run and is neither a user's cancel nor the consequence of another job's end.
bool fails_by_itself(const Run& run, JobIndex job, const Finished& f);
/// A bad end of its own making: no need of it, no stop of its run or job, no user.
bool is_own_failure(const Finished& f);
/// A bad end that `continue_on_error` covers: the job's own failure, not a cancel, nor that of a need.
bool is_forgiven(const jobs::Settings& s, Outcome o, Reason r);

}  // namespace rota::core
