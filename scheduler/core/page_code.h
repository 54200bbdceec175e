// A page of tasks that have ended, as bytes and back. What a task is called (its job, its position) is not in the
// bytes: whoever unpacks knows where the page lies.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "scheduler/core/task_table.h"
#include "scheduler/core/view.h"

namespace rota::core {

/// All tasks must have ended.
std::string pack_page(const TaskPage& page);
/// A page of so many tasks that all ended in the same way, without an attempt.
std::string pack_unstarted(std::uint32_t tasks, const Finished& end);

/// False: the bytes are not a page of `tasks` tasks. `job_of(i)` is the job of the i-th task.
bool unpack_page(std::string_view bytes, std::uint32_t tasks, const std::function<JobIndex(std::uint32_t)>& job_of,
                 TaskPage& out);

/// The tasks of a packed page as their readers see them. False: the bytes are not such a page.
using SeeTask = std::function<void(JobIndex job, TaskView task)>;
bool unpack_views(std::string_view bytes, TaskSlot first, std::uint32_t tasks,
                  const std::vector<TaskSlot>& first_of_job, const SeeTask& see);
/// One of them.
TaskView view_of_ended(const TaskPage& page, const Task& task, TaskIndex index);
AttemptView view_of(const PastAttempt& past);

}  // namespace rota::core
