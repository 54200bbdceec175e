// What a user said when he cancelled a run or tasks of it. A value; part of a record, and of views.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "scheduler/core/terms.h"
#include "shared/clock.h"
#include "shared/ids.h"

namespace rota::core {

struct CancelNote {
  Instant at;
  std::string reason;
  std::vector<TaskSpan> tasks;  // empty: the whole run
  bool operator==(const CancelNote&) const = default;

  bool covers(JobIndex job, TaskIndex task) const {
    return tasks.empty() || std::any_of(tasks.begin(), tasks.end(), [&](const TaskSpan& s) {
             return s.job == job && task >= s.first && task - s.first < s.count;
           });
  }
};

template <class A>
void fields(A& a, CancelNote& x) {
  a(x.at, x.reason, x.tasks);
}

}  // namespace rota::core
