// What a user points at: `42`, `42/build`, `42/build.17`, `42/build.5-99`, `42/build[1,5-9]`, `42[5-99]`, `last`,
// `all`, and comma lists of these. Parsing needs nothing but the text; matching needs the run.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "scheduler/core/view.h"
#include "shared/ids.h"
#include "shared/result.h"

namespace rota::control {

/// Tasks by the numbers that users know them by, from first to last, both included: an array "100..199" has the tasks
/// 100 to 199. (What a number stands for is known to the job's shape alone: select_tasks.)
struct TaskRange {
  std::int64_t first = 0;
  std::int64_t last = 0;
  auto operator<=>(const TaskRange&) const = default;
};

struct Selector {
  enum class Which : unsigned char { number, last, all };
  Which which = Which::number;
  RunId run = 0;                 // of Which::number
  std::string job;               // empty: not named
  std::vector<TaskRange> tasks;  // empty: all
  bool operator==(const Selector&) const = default;
};

/// A comma list of at most limits::kSelectors, in its order. Code::invalid with the place in `what`: "selector '42/': a
/// job's name is missing after
/// '/' (column 4)".
Result<std::vector<Selector>> parse_selectors(std::string_view text);

/// As it would be typed.
std::string to_text(const Selector& selector);
/// The end of it: "[17-99]"; empty where no tasks are named.
std::string tasks_text(const Selector& selector);

/// The tasks of a run that a selector means, in the file's order, none twice: whole stretches of them, however many
/// they are. Tasks without a job's name mean the run's only job, and a job that stands for those of another file means
/// these as well. A range may reach beyond the job's last task.
/// Code::not_found when the job or a task is not there, or the job has no numbered tasks; Code::invalid when a name is
/// needed. Of the view the jobs' shapes are looked at, not their tasks.
Result<std::vector<core::TaskSpan>> select_tasks(const core::RunView& view, const Selector& selector);

/// Of spans by select_tasks those whose end is the end of what was selected: of a job that stands for others its own.
std::vector<core::TaskSpan> that_tell(const std::vector<core::TaskSpan>& spans);

/// How many tasks the spans are.
std::uint64_t tasks_in(const std::vector<core::TaskSpan>& spans);
bool contains(const std::vector<core::TaskSpan>& spans, JobIndex job, TaskIndex task);

/// "42/build", or "42/build.17" in an array or matrix: what a selector takes back.
std::string task_text(RunId run, const core::JobView& job, TaskIndex task);
/// "42/build[17-99]".
std::string span_text(RunId run, const core::JobView& job, TaskIndex first, std::uint32_t count);

}  // namespace rota::control
