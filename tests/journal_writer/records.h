// Records, plans and views for tests of the store.
#pragma once

#include <string>
#include <vector>

#include "scheduler/core/record.h"
#include "scheduler/core/view.h"
#include "scheduler/store/journal.h"

namespace rota::test {

/// A plan of `jobs` process jobs named j0, j1, ...; each with one need on the job before when `chained`.
jobs::Plan a_plan(std::size_t jobs, bool chained = false);

core::Record submitted(RunId run, jobs::Plan plan);
/// So many seconds after the others, under an idempotency key.
core::Record submitted(RunId run, jobs::Plan plan, const std::string& key, int second);
/// When a run of that second was submitted.
WallTime wall_of(int second);
core::Record granted(AttemptId attempt);
core::Record started(AttemptId attempt, int pid);
core::Record attempt_ended(AttemptId attempt, Outcome outcome, const std::string& message = {});
core::Record run_ended(RunId run, Outcome outcome);

/// A run that ended, with one task and one attempt for each job.
core::RunView ended_view(RunId run, std::size_t jobs);

/// Runs as a foreground run's coordinator folds them: without what was submitted.
std::vector<store::FoldedRun> folded(std::vector<core::RunView> views);

/// What the records say, as bytes: two lists are equal when this is.
std::string bytes_of(const std::vector<core::Record>& records);

/// A turn of the crash tests, of run 3: some records that name it.
std::vector<core::Record> numbered_turn(std::uint32_t number);

}  // namespace rota::test
