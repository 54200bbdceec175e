// Under which terms a run was submitted, besides its plan: when it may begin, what it does not do again, and what its
// attempts get from the one who submitted it. Part of the record of its submission, so that a later life of the
// coordinator knows it too. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shared/clock.h"
#include "shared/ids.h"
#include "shared/outcome.h"
#include "shared/value.h"

namespace rota::core {

/// Tasks of one job that lie side by side, or of which each is named by a span of one.
struct TaskSpan {
  JobIndex job = 0;
  TaskIndex first = 0;
  std::uint32_t count = 1;
  bool operator==(const TaskSpan&) const = default;
};

/// What a task left for others in the run that this one repeats.
struct TaskOutputs {
  JobIndex job = 0;
  TaskIndex task = 0;
  ValueMap values;
};

/// How far an entry of a file's `schedule` has come.
struct ScheduleMark {
  WallTime since;   // `every` counts from here
  WallTime last;    // every occurrence up to here has been decided upon
  RunId became = 0;  // the newest run of it
  WallTime became_at;  // the occurrence that became it
  Reason passed;    // why the newest occurrence was passed over; none: it was not
  bool operator==(const ScheduleMark&) const = default;
};

struct Terms {
  bool hold = false;            // waits until it is released
  WallTime begin;               // not before; 0: at once
  std::vector<RunId> after;     // not before these have ended, however they end; one that is not known has ended
  RunId retry_of = 0;           // the run that this one repeats; 0: none
  std::vector<JobIndex> done;   // jobs that are not run again, ascending: skipped, reason done
  std::vector<TaskSpan> done_tasks;  // of other jobs, the tasks that are not run again; ascending, apart
  std::vector<TaskOutputs> outputs;  // of what is done and others need, by job and task
  std::string key;              // idempotency key of the submission; empty: none
  std::string run_key;          // first part of ROTA_KEY: unique among all runs of all machines
  std::string schedule;         // the registered file that it is a run of; empty: none
  WallTime occurrence;          // of that, the time it is for; 0: it was triggered by hand
  std::vector<std::string> env; // base environment of its attempts, "K=V", the plan's `env` over it
  std::int32_t priority = 0;    // of the whole run, -100..100; the higher goes first
};

template <class A>
void fields(A& a, TaskSpan& x) {
  a(x.job, x.first, x.count);
}
template <class A>
void fields(A& a, ScheduleMark& x) {
  a(x.since, x.last, x.became, x.became_at, x.passed);
}
template <class A>
void fields(A& a, TaskOutputs& x) {
  a(x.job, x.task, x.values);
}
template <class A>
void fields(A& a, Terms& x) {
  a(x.hold, x.begin, x.after, x.retry_of, x.done, x.done_tasks, x.outputs, x.key, x.run_key, x.schedule,
    x.occurrence, x.env, x.priority);
}

}  // namespace rota::core
