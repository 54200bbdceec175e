// One fact of the journal in a line for people. Pure.
#pragma once

#include <string>
#include <string_view>

#include "scheduler/cli/view/table.h"
#include "scheduler/core/record.h"
#include "shared/clock.h"

namespace rota::cli {

/// What a fact is about: `job` and `shape` are of the task in it.
struct EventSubject {
  std::string job;    // its id; empty where it is not known, or where there is none
  jobs::Shape shape;  // of an array or matrix
};

/// "1207  2026-03-01 10:00:05  12/build started, pid 4711".
std::string event_line(std::uint64_t number, WallTime at, const core::Fact& fact, const EventSubject& subject,
                       const Look& look);

/// The task that a fact is about; run 0: none. A fact about a run alone has job `kNoJob`, one about a job or several
/// tasks of it has task `kNoTask`.
inline constexpr JobIndex kNoJob = ~JobIndex{0};
inline constexpr TaskIndex kNoTask = ~TaskIndex{0};
TaskId task_in(const core::Fact& fact);

}  // namespace rota::cli
