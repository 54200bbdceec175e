// The tasks of a run, in pages of 256. A page costs nothing before something happens to one of its tasks (*untouched*:
// they are what their nodes say), has objects while some are at work (*open*), and is packed into a byte string when
// all of its tasks have ended (*closed*, for good). So a million tasks cost what is at work, and a few bytes each.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scheduler/core/task.h"

namespace rota::core {

inline constexpr std::uint32_t kPageTasks = 256;
inline constexpr std::uint32_t page_of(TaskSlot slot) { return slot / kPageTasks; }

/// The tasks of a page, and their attempts that ended.
struct TaskPage {
  std::vector<Task> tasks;
  std::vector<PastAttempt> past;
  std::uint32_t open = 0;  // tasks that have not ended
  const Task& at(TaskSlot slot) const { return tasks[slot % kPageTasks]; }
  Task& at(TaskSlot slot) { return tasks[slot % kPageTasks]; }
  /// Calls f for every ended attempt of the task, newest first.
  template <class F>
  void each_past(const Task& task, F&& f) const {
    for (std::uint32_t p = task.past; p != kNone; p = past[p].previous) f(past[p]);
  }
};

class TaskTable {
 public:
  void resize(TaskSlot count);
  TaskSlot size() const { return size_; }
  std::uint32_t pages() const { return static_cast<std::uint32_t>(pages_.size()); }
  TaskSlot first_of(std::uint32_t page) const { return page * kPageTasks; }
  TaskSlot end_of(std::uint32_t page) const { return std::min(size_, (page + 1) * kPageTasks); }

  bool is_untouched(std::uint32_t page) const { return !pages_[page].open && pages_[page].packed.empty(); }
  bool is_closed(std::uint32_t page) const { return !pages_[page].packed.empty(); }
  /// Nothing has happened to the task.
  bool is_fresh(TaskSlot slot) const {
    const Page& page = pages_[page_of(slot)];
    return page.open ? page.open->at(slot).fresh : page.packed.empty();
  }
  const TaskPage* open_page(std::uint32_t page) const { return pages_[page].open.get(); }
  TaskPage* open_page(std::uint32_t page) { return pages_[page].open.get(); }
  /// Makes objects of an untouched page: all of them fresh.
  TaskPage& open(std::uint32_t page);

  std::string_view packed(std::uint32_t page) const { return pages_[page].packed; }
  /// Of a closed page: all its tasks succeeded, or were skipped.
  bool all_well(std::uint32_t page) const { return pages_[page].all_well; }
  void close(std::uint32_t page, std::string packed, bool all_well);

  /// The closed page that was looked at last, unpacked; null: another one.
  const TaskPage* looked_at(std::uint32_t page) const { return page == looked_page_ ? looked_.get() : nullptr; }
  const TaskPage& look_at(std::uint32_t page, TaskPage unpacked) const;
  /// Room for a task that is nowhere: good until eight others were asked for.
  Task& passing() const { return passing_[passing_next_++ % passing_.size()]; }

 private:
  struct Page {
    std::unique_ptr<TaskPage> open;
    std::string packed;
    bool all_well = false;
  };
  std::vector<Page> pages_;
  TaskSlot size_ = 0;
  mutable std::unique_ptr<TaskPage> looked_;
  mutable std::uint32_t looked_page_ = kNone;
  mutable std::array<Task, 8> passing_;
  mutable std::size_t passing_next_ = 0;
};

}  // namespace rota::core
