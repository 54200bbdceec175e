// Pages come and go.
#include "scheduler/core/task_table.h"

#include <utility>

namespace rota::core {

void TaskTable::resize(TaskSlot count) {
  size_ = count;
  pages_.resize((std::uint64_t{count} + kPageTasks - 1) / kPageTasks);
}

TaskPage& TaskTable::open(std::uint32_t page) {
  auto& open = pages_[page].open;
  if (open) return *open;
  open = std::make_unique<TaskPage>();
  open->tasks.resize(end_of(page) - first_of(page));
  open->past.reserve(open->tasks.size());
  open->open = static_cast<std::uint32_t>(open->tasks.size());
  return *open;
}

void TaskTable::close(std::uint32_t page, std::string packed, bool all_well) {
  packed.shrink_to_fit();
  pages_[page] = {nullptr, std::move(packed), all_well};
  if (looked_page_ == page) looked_page_ = kNone;
}

const TaskPage& TaskTable::look_at(std::uint32_t page, TaskPage unpacked) const {
  looked_ = std::make_unique<TaskPage>(std::move(unpacked));
  looked_page_ = page;
  return *looked_;
}

}  // namespace rota::core
