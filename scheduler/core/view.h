// A run as its readers see it: plain values, a projection of live state or of folded history. The command line, the
// history and (over the socket) every client speak of these.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "jobs/model/plan.h"
#include "scheduler/core/cancel_note.h"
#include "scheduler/core/terms.h"
#include "shared/clock.h"
#include "shared/ids.h"
#include "shared/outcome.h"
#include "shared/progress.h"

namespace rota::core {

enum class TaskState : std::uint8_t {
  pending, queued, starting, running, paused, backoff, stopping, finished,
  last_ = finished
};
inline constexpr std::size_t kTaskStates = 8;
std::string_view to_text(TaskState s);
std::string_view short_code(TaskState s);  // PD QU SG R PS RT SP; a finished one shows its Outcome's code

struct AttemptView {
  std::uint32_t number = 0;
  WorkerId worker;
  std::int32_t pid = 0;
  Instant granted, started, ended;  // 0: not yet
  std::optional<Outcome> outcome;   // none: alive
  Reason reason;
  bool ready = false;
  std::optional<Progress> progress;  // alive: as it says itself
  AttemptReport report;             // meaningful when it has an outcome
};

struct TaskView {
  TaskIndex index = 0;
  TaskState state = TaskState::pending;
  std::optional<Outcome> outcome;  // when finished
  Reason reason;                   // of the outcome, or of what it waits for (the outermost)
  std::string lack;                // "gpu: 1 wanted, 0 of 2 free", where that is a pool; alive, and never stored
  Instant since;                   // in this state
  Instant due;                     // of a backoff
  std::optional<std::string> paused_by;  // its user wants its attempt to stand still, or it does
  std::vector<AttemptView> attempts;  // oldest first
};

/// The number that users know an attempt by: tries without holes. One that was revoked never became a try, and bears
/// the number of the try it would have been. `attempt_index` is its place in `attempts`.
std::uint32_t try_number(const TaskView& task, std::size_t attempt_index);

struct Counts {
  std::array<std::uint32_t, kTaskStates> by_state{};
  std::array<std::uint32_t, 11> by_outcome{};  // indexed by Outcome
  std::uint32_t total = 0;
  std::uint32_t ended() const { return by_state[static_cast<std::size_t>(TaskState::finished)]; }
  std::uint32_t of(TaskState s) const { return by_state[static_cast<std::size_t>(s)]; }
  std::uint32_t of(Outcome o) const { return by_outcome[static_cast<std::size_t>(o)]; }
};

/// What all attempts of a job or run have used that have ended and been started.
struct Totals {
  std::uint64_t attempts = 0;
  std::uint64_t measured = 0;     // of these, those whose CPU time is known
  std::int64_t cpu_us = 0;        // of those
  std::int64_t max_rss_kib = -1;  // of the largest one; -1: of none it is known
  Instant first, last;            // the first start, and the last end
  void add(const AttemptReport& r) {
    if (r.started.ns == 0) return;
    ++attempts;
    if (r.usage.cpu_us >= 0) {
      ++measured;
      cpu_us += r.usage.cpu_us;
    }
    if (r.usage.max_rss_kib > max_rss_kib) max_rss_kib = r.usage.max_rss_kib;
    if (first.ns == 0 || r.started < first) first = r.started;
    if (last < r.ended) last = r.ended;
  }
  bool operator==(const Totals&) const = default;
};

/// Whether an attempt of the job can be made to stand still: its process can, where it has one to itself, also one that
/// is warm.
inline bool can_pause(const jobs::Job& job) { return job.mode == Mode::process; }
/// Who paused it, and since when.
struct PauseNote {
  Instant since;
  std::string by;
};

/// Which tasks a view is to hold. Empty: all, as long as the run has at most kLargeViewTasks; of a larger one the first
/// kViewFirst of each job, and those that have started and not succeeded, up to kViewUnsucceeded of the run.
using Wanted = std::vector<TaskSpan>;
inline constexpr std::uint32_t kLargeViewTasks = 10'000;
inline constexpr std::uint32_t kViewFirst = 256;
inline constexpr std::uint32_t kViewUnsucceeded = 4096;

struct JobView {
  JobIndex index = 0;
  std::string id;
  std::string name;  // display name
  Mode mode = Mode::process;
  bool daemon = false;
  bool held = false;      // by a user
  std::optional<PauseNote> paused;
  bool forgiven = false;  // continue_on_error: a failure does not fail the run
  std::string action;     // one line: the command, the first line of `run`, or the target
  std::vector<JobIndex> needs;
  std::uint32_t stands_for = 0;  // jobs directly before it that run in its place: it is a `uses`
  std::optional<jobs::Hook> hook;
  jobs::Shape shape;      // jobs::number_of and matrix_values tell of each task what people call it
  Counts counts;          // of all its tasks, also of those that are not in `tasks`
  Totals totals;          // likewise
  std::string message;    // why its condition could not be computed; empty: it could
  std::vector<TaskView> tasks;  // those that were asked for, by index, each once (Wanted)
  std::uint32_t task_count() const { return counts.total; }
  bool whole() const { return tasks.size() == counts.total; }
  /// Null when it was not asked for.
  const TaskView* find(TaskIndex task) const;
};

/// A line of `ps`: all there is without the jobs.
struct RunSummary {
  RunId run = 0;
  std::string name;
  std::string source_path;
  Now submitted;
  Instant ended;                   // 0: alive
  std::optional<Outcome> outcome;  // succeeded, failed, timed_out, cancelled, lost; none: alive
  Reason reason;                   // alive: why nothing of it runs, where that is not its own affair (drained, ...)
  std::string lack;                // as of TaskView
  bool stopping = false;
  bool held = false;               // by a user
  std::optional<PauseNote> paused;  // the whole run, by a user
  WallTime begin;                  // not before; 0: at once
  RunId retry_of = 0;              // 0: of none
  std::string schedule;            // the registered file that it is a run of; empty: none
  WallTime occurrence;             // of that, the time it is for; 0: it was triggered by hand
  std::vector<CancelNote> cancels;  // what users who cancelled said, oldest first
  std::int32_t priority = 0;       // of the whole run
  std::optional<std::uint32_t> max_parallel;
  std::string group;               // of which so many may be alive at once; empty: none
  Counts counts;
  Totals totals;
  std::optional<Progress> progress;  // alive, and of one task: of that
  std::uint8_t modes = 0;          // bit 1 << Mode of every mode in use
  /// Wall time of an instant of this run.
  WallTime wall(Instant t) const { return {submitted.wall.ns + (t.ns - submitted.mono.ns)}; }
};

struct RunView {
  RunSummary summary;
  std::vector<JobView> jobs;
};

/// What the user said by whom the run was cancelled, or this task of it; empty: nobody did, or nothing was said.
std::string_view cancel_reason(const RunSummary& run);
std::string_view cancel_reason(const RunSummary& run, JobIndex job, const TaskView& task);

/// Tasks of a run that have all ended, packed (page_code.h).
struct PackedPage {
  std::uint32_t first = 0;  // the number of its first task among those of the run
  std::uint32_t count = 0;
  std::string_view tasks;
  bool all_well = false;    // succeeded, or skipped, each
};

template <class A>
void fields(A& a, AttemptView& x) {
  a(x.number, x.worker, x.pid, x.granted, x.started, x.ended, x.outcome, x.reason, x.ready, x.progress, x.report);
}
template <class A>
void fields(A& a, PauseNote& x) { a(x.since, x.by); }
template <class A>
void fields(A& a, TaskView& x) {
  a(x.index, x.state, x.outcome, x.reason, x.since, x.due, x.paused_by, x.attempts);
}
template <class A>
void fields(A& a, Counts& x) {
  for (auto& n : x.by_state) a(n);
  for (auto& n : x.by_outcome) a(n);
  a(x.total);
}
template <class A>
void fields(A& a, Totals& x) { a(x.attempts, x.measured, x.cpu_us, x.max_rss_kib, x.first, x.last); }
template <class A>
void fields(A& a, JobView& x) {
  a(x.index, x.id, x.name, x.mode, x.daemon, x.held, x.paused, x.forgiven, x.action, x.needs, x.stands_for, x.hook,
    x.shape, x.counts, x.totals, x.message, x.tasks);
}
template <class A>
void fields(A& a, RunSummary& x) {
  a(x.run, x.name, x.source_path, x.submitted, x.ended, x.outcome, x.reason, x.stopping, x.held, x.paused, x.begin,
    x.retry_of, x.schedule, x.occurrence, x.cancels, x.priority, x.max_parallel, x.group, x.counts, x.totals,
    x.progress, x.modes);
}
template <class A>
void fields(A& a, RunView& x) { a(x.summary, x.jobs); }

}  // namespace rota::core
