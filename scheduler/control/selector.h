// What a user points at: `42`, `42/build`, `42/build.17`, `42/build.5-99`, `42[5-99]`, `last`, `all`, and comma lists
// of these. Parsing needs nothing but the text; matching needs the run.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "scheduler/core/view.h"
#include "shared/ids.h"
#include "shared/result.h"

namespace rota::control {

/// Tasks from first to last, both included.
struct TaskRange {
  TaskIndex first = 0;
  TaskIndex last = 0;
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

/// The tasks of a run that a selector means, in the file's order. Tasks without a job's name mean the run's only job.
/// Code::not_found when the job or a task is not there, with the nearest name; Code::invalid when a name is needed.
Result<std::vector<TaskId>> select_tasks(const core::RunView& view, const Selector& selector);

}  // namespace rota::control
