// A FIFO of queued tasks threaded through the tasks themselves: push, pop and removal from the middle are O(1) and
// allocate nothing. A run has three lines per mode: its work, its daemons, which wait for no slot, and its commands
// under thread and async, which wait for a command slot besides.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "scheduler/core/task.h"

namespace rota::core {

inline constexpr std::size_t kModes = 3;
inline constexpr std::size_t kLines = 3 * kModes;
inline constexpr std::size_t line_index(Mode mode, bool daemon) {
  return static_cast<std::size_t>(mode) + (daemon ? kModes : 0);
}
/// Of what takes a command slot; none does in process mode.
inline constexpr std::size_t command_line_index(Mode mode) { return static_cast<std::size_t>(mode) + 2 * kModes; }
inline constexpr std::size_t mode_index(Mode mode) { return static_cast<std::size_t>(mode); }

/// Every member takes the tasks of the run the line belongs to. A linked task must be Queued.
class Line {
 public:
  void push_back(std::vector<Task>& tasks, TaskSlot slot);
  /// For what goes back to the queue free of charge: it has waited before.
  void push_front(std::vector<Task>& tasks, TaskSlot slot);
  void remove(std::vector<Task>& tasks, TaskSlot slot);

  TaskSlot front() const { return head_; }  // kNone when empty
  std::uint32_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  TaskSlot head_ = kNone;
  TaskSlot tail_ = kNone;
  std::uint32_t size_ = 0;
};

}  // namespace rota::core
