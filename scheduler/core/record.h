// Durable facts. An event becomes records; State::apply(record) is the only code that changes state; the journal stores
// records, and replaying them gives the same state.
//
// Thread and async attempts write no start record: their Granted and Started are *ephemeral* (applied, not stored), so
// that after a crash such a task is queued again. The daemon stores a Started late when the attempt turns out long, so
// that a reader of the journal sees it run; replay takes it in any state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "jobs/model/plan.h"
#include "scheduler/core/cancel_note.h"
#include "scheduler/core/terms.h"
#include "shared/boxed.h"
#include "shared/clock.h"
#include "shared/ids.h"
#include "shared/outcome.h"
#include "shared/progress.h"

namespace rota::core::record {

struct Submitted {
  RunId run = 0;
  Now at;
  Boxed<jobs::Plan> plan;
  Boxed<Terms> terms;
};

/// An attempt was given to a worker. Process mode: durable before the worker is told.
struct Granted {
  AttemptId attempt;
  WorkerId worker;
  Instant at;
};

struct Started {
  AttemptId attempt;
  WorkerId worker;
  std::int32_t pid = 0;
  Instant at;
};

/// A daemon, or any job with `ready:`, can serve its consumers.
struct BecameReady {
  AttemptId attempt;
  Instant at;
};
/// Never durable: who asks again is told again.
struct Progressed {
  AttemptId attempt;
  Progress progress = 0;
};

/// The attempt was asked to end; the first cause stands, except that a user's cancel overrides a timeout or a shutdown,
/// after which the task would run again. `now`: without its grace. `due`: it is killed then, where its job allows more;
/// 0: as the job says. (A cancel of a task by itself is durable in every
/// mode; a copy of the grant and the start goes before it, so that a replay knows which attempt it speaks of.)
struct StopAsked {
  AttemptId attempt;
  StopCause cause = StopCause::none;
  Instant at;
  bool now = false;
  Instant due;
};

/// What the task does after an attempt.
enum class Next : std::uint8_t {
  finished,  // the task ends with the attempt's outcome
  backoff,   // tries again at `due`; a retry is charged
  requeue,   // tries again at once; nothing is charged (revoked, interrupted)
  last_ = requeue
};

struct AttemptEnded {
  AttemptId attempt;
  WorkerId worker;
  Outcome outcome = Outcome::succeeded;
  Reason reason;
  Next next = Next::finished;
  Instant due;  // of backoff
  AttemptReport report;
};

/// A backoff is over; the task is queued. (Ephemeral: `due` is in the state.)
struct BackoffOver {
  TaskId task;
};

/// A task that ends without an attempt of its own: skipped, upstream_failed, cancelled, or failed for want of a worker.
struct TaskEnded {
  TaskId task;
  Outcome outcome = Outcome::skipped;
  Reason reason;
  Instant at;
};

/// Tasks of one job that lie side by side end so, each without an attempt of its own.
struct TasksEnded {
  RunId run = 0;
  TaskSpan tasks;
  Outcome outcome = Outcome::skipped;
  Reason reason;
  Instant at;
  std::string message;  // why the condition of the job could not be computed
};

/// In snapshots only: a page of tasks that have all ended, packed (page_code.h). `first` is the number of its first
/// task among those of the run.
struct TasksPacked {
  RunId run = 0;
  std::uint32_t first = 0;
  std::string tasks;
};

/// The condition of a job was looked at and is true: it is released.
struct ConditionMet {
  RunId run = 0;
  JobIndex job = 0;
  Instant at;
};

/// Of a run with hooks: its jobs have ended, so it will end like this, and the hooks of that end begin.
struct RunJudged {
  RunId run = 0;
  Outcome outcome = Outcome::succeeded;
  Reason reason;
  Now at;
};

/// The run is to end: every attempt is being stopped, nothing new starts. With StopCause::none (failure_policy: stop)
/// nothing new starts, but what runs may finish. `due`: as of StopAsked, for all of them. `by`: of a run that is
/// replaced, the one that takes its place.
struct RunStopping {
  RunId run = 0;
  StopCause cause = StopCause::none;
  bool now = false;
  Instant at;
  Instant due;
  RunId by = 0;
};

/// A user who cancels says why. What is stopped by it, other records tell.
struct CancelNoted {
  RunId run = 0;
  CancelNote note;
};

/// The run, or one job of it, is held or released.
struct HoldChanged {
  RunId run = 0;
  std::optional<JobIndex> job;  // none: the whole run
  bool hold = true;
  Instant at;
};

/// A user wants a run, or tasks of one job, to stand still or to go on. What of it runs as a process is to be frozen;
/// that it is, `Frozen` says. Where it is of the whole run or a whole job, nothing more of that starts.
struct PauseChanged {
  RunId run = 0;
  std::optional<TaskSpan> tasks;  // none: the whole run
  bool job = false;               // they are meant as all of their job
  bool pause = true;
  Instant at;
  std::string by;  // the user's name
};

/// An attempt stands still, as its worker says, or goes on.
struct Frozen {
  AttemptId attempt;
  bool frozen = true;
  Instant at;
};

/// A live run, or one job of it, goes on under other terms.
struct Updated {
  RunId run = 0;
  std::optional<JobIndex> job;                // none: the whole run
  std::optional<std::int32_t> priority;       // none: as it was
  std::optional<std::uint32_t> max_parallel;  // 0: no bound; none: as it was
  Instant at;
};

/// Nothing keeps the run from starting any more: its jobs are released, and its own timeout counts from here. That
/// `begin` and `after` were met, and that it has a place in its group, is for good; a hold closes the gate again.
struct GateOpened {
  RunId run = 0;
  Instant at;
};

struct RunEnded {
  RunId run = 0;
  Outcome outcome = Outcome::succeeded;
  Reason reason;
  Now at;
};

/// After a restart: attempts of an older epoch are over. (Service; simulator.)
struct EpochBegan {
  std::uint32_t epoch = 0;
  Now at;
};

/// A job file with schedules was registered under its name, in the place of what was registered so before.
struct Registered {
  Boxed<jobs::Plan> plan;
  Boxed<Terms> terms;
  Now at;
  bool enabled = true;
  std::vector<ScheduleMark> marks;  // one for each of plan.schedules
};

struct Unregistered {
  std::string name;
  Now at;
};

/// What comes while it is not enabled is passed over.
struct ScheduleEnabled {
  std::string name;
  bool enabled = true;
  Now at;
};

/// An occurrence was decided upon, and with it all of its entry before it. In one turn with the record of its run.
struct Occurred {
  std::string name;
  std::uint32_t entry = 0;
  WallTime occurrence;
  RunId became = 0;  // 0: it was passed over
  Reason passed;     // why
  Now at;
};

/// In snapshots only: how far the starts in a pool have used up its rate. (Starts in a pool with a rate are durable.)
struct PoolPaced {
  jobs::Pool pool;
  Instant paced;
};

template <class A>
void fields(A& a, PoolPaced& x) { a(x.pool, x.paced); }
template <class A>
void fields(A& a, Submitted& x) { a(x.run, x.at, x.plan, x.terms); }
template <class A>
void fields(A& a, Granted& x) { a(x.attempt, x.worker, x.at); }
template <class A>
void fields(A& a, Started& x) { a(x.attempt, x.worker, x.pid, x.at); }
template <class A>
void fields(A& a, Progressed& x) { a(x.attempt, x.progress); }
template <class A>
void fields(A& a, BecameReady& x) { a(x.attempt, x.at); }
template <class A>
void fields(A& a, StopAsked& x) { a(x.attempt, x.cause, x.at, x.now, x.due); }
template <class A>
void fields(A& a, AttemptEnded& x) { a(x.attempt, x.worker, x.outcome, x.reason, x.next, x.due, x.report); }
template <class A>
void fields(A& a, BackoffOver& x) { a(x.task); }
template <class A>
void fields(A& a, TaskEnded& x) { a(x.task, x.outcome, x.reason, x.at); }
template <class A>
void fields(A& a, TasksEnded& x) { a(x.run, x.tasks, x.outcome, x.reason, x.at, x.message); }
template <class A>
void fields(A& a, TasksPacked& x) { a(x.run, x.first, x.tasks); }
template <class A>
void fields(A& a, ConditionMet& x) { a(x.run, x.job, x.at); }
template <class A>
void fields(A& a, RunJudged& x) { a(x.run, x.outcome, x.reason, x.at); }
template <class A>
void fields(A& a, RunStopping& x) { a(x.run, x.cause, x.now, x.at, x.due, x.by); }
template <class A>
void fields(A& a, CancelNoted& x) { a(x.run, x.note); }
template <class A>
void fields(A& a, HoldChanged& x) { a(x.run, x.job, x.hold, x.at); }
template <class A>
void fields(A& a, PauseChanged& x) { a(x.run, x.tasks, x.job, x.pause, x.at, x.by); }
template <class A>
void fields(A& a, Frozen& x) { a(x.attempt, x.frozen, x.at); }
template <class A>
void fields(A& a, Updated& x) { a(x.run, x.job, x.priority, x.max_parallel, x.at); }
template <class A>
void fields(A& a, GateOpened& x) { a(x.run, x.at); }
template <class A>
void fields(A& a, RunEnded& x) { a(x.run, x.outcome, x.reason, x.at); }
template <class A>
void fields(A& a, EpochBegan& x) { a(x.epoch, x.at); }
template <class A>
void fields(A& a, Registered& x) { a(x.plan, x.terms, x.at, x.enabled, x.marks); }
template <class A>
void fields(A& a, Unregistered& x) { a(x.name, x.at); }
template <class A>
void fields(A& a, ScheduleEnabled& x) { a(x.name, x.enabled, x.at); }
template <class A>
void fields(A& a, Occurred& x) { a(x.name, x.entry, x.occurrence, x.became, x.passed, x.at); }

}  // namespace rota::core::record

namespace rota::core {

using Fact = std::variant<record::Submitted, record::Granted, record::Started, record::BecameReady, record::StopAsked,
                          record::AttemptEnded, record::BackoffOver, record::TaskEnded, record::RunStopping,
                          record::HoldChanged, record::RunEnded, record::EpochBegan, record::GateOpened,
                          record::TasksEnded, record::TasksPacked, record::ConditionMet, record::RunJudged,
                          record::CancelNoted, record::Registered, record::Unregistered, record::ScheduleEnabled,
                          record::Occurred, record::Progressed, record::PoolPaced, record::Updated,
                          record::PauseChanged, record::Frozen>;

struct Record {
  Fact fact;
  bool durable = true;  // false: applied now, not stored
};

}  // namespace rota::core
