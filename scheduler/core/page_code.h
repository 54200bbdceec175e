// A page of tasks that have ended, as bytes and back. What a task is called (its job, its position) is not in the bytes:
// whoever unpacks knows where the page lies.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "scheduler/core/task_table.h"

namespace rota::core {

/// All tasks must have ended.
std::string pack_page(const TaskPage& page);
/// A page of so many tasks that all ended in the same way, without an attempt.
std::string pack_unstarted(std::uint32_t tasks, const Finished& end);

/// False: the bytes are not a page of `tasks` tasks. `job_of(i)` is the job of the i-th task.
bool unpack_page(std::string_view bytes, std::uint32_t tasks, const std::function<JobIndex(std::uint32_t)>& job_of,
                 TaskPage& out);

}  // namespace rota::core
