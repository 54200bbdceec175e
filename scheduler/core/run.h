// One run as the core holds it: the plan, a node per job of the graph, the tasks, the attempts that ended, and what
// follows from them (counts, lines). A struct of values with its lookups; State alone changes it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "jobs/model/plan.h"
#include "scheduler/core/line.h"
#include "scheduler/core/pace.h"
#include "scheduler/core/task.h"
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
  released,         // all met: its tasks may be queued
  upstream_failed,  // one can no longer be met
  skipped           // a `failed` need did not fail
};

/// A job in the graph. Counters over its tasks, so that nothing walks them.
struct Node {
  TaskSlot first = 0;
  std::uint32_t open = 0;        // tasks that have not ended
  std::uint32_t bad = 0;         // tasks that ended badly
  std::uint32_t unforgiven = 0;  // of these, the ones that fail the run
  std::uint32_t skipped = 0;
  std::uint32_t needs_open = 0;
  std::uint32_t consumers = 0;       // jobs that need this one
  std::uint32_t consumers_open = 0;  // of these, the ones that have not ended
  std::uint32_t edges_begin = 0, edges_end = 0;
  Fate fate = Fate::waiting;
  bool was_started = false;  // for good: a need on it stays met
  bool was_ready = false;
  bool held = false;  // by a user
};

/// Whether the run lets anything start. While it is closed no job of it is released.
struct Gate {
  bool held = false;              // by a user
  bool cleared = false;           // `begin` and `after` were met once, which is for good
  std::optional<Instant> opened;  // the last time; none: closed
  // Of no record: what the present life has seen.
  std::optional<Instant> look;   // when to look at `begin` again; none: it is not what the gate waits for
  std::uint32_t after_over = 0;  // so many of terms.after, from the first, have ended
};

struct RunStop {
  StopCause cause = StopCause::none;
  bool now = false;
  Instant at;
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
  std::vector<Task> tasks;
  std::vector<PastAttempt> past;
  std::vector<JobIndex> daemons;

  Gate gate;
  std::optional<RunStop> stop;
  std::optional<RunEnd> end;

  // What follows from the tasks. Kept by State::move.
  Counts counts;
  std::array<Line, kLines> lines;
  std::array<std::uint32_t, kModes> held{};  // live attempts that take a slot
  std::uint32_t work_open = 0;               // jobs that are no daemons and have not ended
  std::uint32_t unforgiven = 0;              // jobs that fail the run
  std::uint32_t failed = 0;                  // tasks that fail it by themselves: not for want of others, not cancelled
  std::uint32_t cancelled = 0;               // tasks ended by a user's cancel, of the run or by themselves
  std::uint32_t timed_out = 0;               // tasks ended by the run's timeout
  std::array<Pace, kModes> pace;
  std::uint8_t modes = 0;

  // Work for settle: jobs whose fate or uselessness has been found out and not yet recorded.
  std::vector<JobIndex> doomed;
  std::vector<JobIndex> unneeded;

  const jobs::Job& job_of(const Task& t) const { return plan.jobs[t.job]; }
  const jobs::Settings& settings_of(const Task& t) const { return plan.settings_of(job_of(t)); }
  TaskId id_of(TaskSlot slot) const {
    const Task& t = tasks[slot];
    return {id, t.job, slot - nodes[t.job].first};
  }
  /// kNone for an id that the run does not have.
  TaskSlot slot_of(TaskId t) const;
  std::uint32_t last_number(const Task& t) const { return t.past == kNone ? 0 : past[t.past].end.attempt.number; }
  /// Tasks of a job: [first, first + count).
  std::uint32_t task_count(JobIndex job) const;
};

/// Whether the worker of the job starts a process for it: that takes a command slot. Daemons take no slot of any kind.
bool takes_command_slot(const jobs::Job& job);
/// The line that the tasks of the job wait in, and that their workers list them under.
std::size_t line_of(const jobs::Job& job);

/// As the terms say, before anything has happened.
Gate make_gate(const Terms& terms, Now at);

/// A run without anything queued: nodes, edges and pending tasks of a plan.
Run make_run(RunId id, Now at, jobs::Plan plan, Terms terms);

/// Whether a task of the job may be queued once its needs are met.
inline bool may_start(const Run& run, JobIndex job) { return run.gate.opened && !run.nodes[job].held; }

/// What would let the task run again (a timeout, a shutdown) does not stand in the way of a user's cancel.
bool overrides_stop(StopCause cause, StopCause before);

/// Whether a durable record says that an attempt of this job began: the journal must know it wherever at-most-once
/// depends on it, or a need on `started` or `ready`.
bool start_is_durable(const Run& run, const Task& task);

/// A daemon is needed while a job that needs it is open, or, when none does, while any other work is.
bool is_needed(const Run& run, JobIndex daemon);

/// Ended badly: neither succeeded nor skipped.
bool is_bad(Outcome o);
/// A bad end that fails the run and is neither a user's cancel nor the consequence of another job's end.
bool fails_by_itself(const Run& run, const Task& task, const Finished& f);
/// A bad end that `continue_on_error` covers: the job's own failure, not a cancel, nor that of a need.
bool is_forgiven(const jobs::Settings& s, Outcome o, Reason r);

}  // namespace rota::core
