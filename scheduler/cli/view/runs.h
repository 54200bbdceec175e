// Lists of runs and of their jobs as tables: `ps`, `ps --jobs`, `history`. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "scheduler/cli/view/table.h"
#include "scheduler/core/view.h"

namespace rota::cli {

/// CLI.md's columns: RUN NAME MODE ST TASKS(ok/fail/all) PRIO TIME WHERE REASON, those that have something to say.
std::string runs_table(std::span<const core::RunSummary> runs, Instant now, const Look& look);
/// The same, a line a job; `only` (a job's id) may be empty.
std::string jobs_table(std::span<const core::RunView> runs, std::string_view only, Instant now, const Look& look);
/// A line a task, at most `most`; many that stand alike are one line: 12/render[17-99].
std::string tasks_table(std::span<const core::RunView> runs, std::string_view only, std::size_t most, Instant now,
                        const Look& look);
/// Finished runs: RUN NAME ST TASKS STARTED TIME REASON.
std::string history_table(std::span<const core::RunSummary> runs, const Look& look);

/// The jobs of one run as `show` lists them, at most `most`, those that need attention first when not all fit.
std::string job_lines(const core::RunView& run, std::size_t most, Instant now, const Look& look);

/// "00:41": from submission to the end, or to now.
std::string run_time(const core::RunSummary& run, Instant now);

/// Where a job stands: of its tasks that have not ended, or else of all, the state that says most; in words and as the
/// code of the column ST.
struct JobStanding {
  std::string word, code;
  Style style = Style::plain;
  const core::TaskView* task = nullptr;  // the task that it is of; null in a job without tasks
  bool has_failed = false;               // some task of it
};
JobStanding standing(const core::JobView& job);
Style style_of(Outcome outcome);

/// Why the condition of a task could not be computed; empty: it could.
std::string condition_message(const core::JobView& job, const core::TaskView& task);

/// Whether two tasks that have no attempts stand alike, so that one line may speak for both.
bool stand_alike(const core::TaskView& a, const core::TaskView& b);

/// Of the latest attempt that has begun; empty when none has.
std::string task_time(const core::TaskView& task, Instant now);

}  // namespace rota::cli
