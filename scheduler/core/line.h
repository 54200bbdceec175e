// A FIFO threaded through the things that wait: push, pop and removal are O(1) and allocate nothing. A job has a line
// of its queued tasks; a run has lines of jobs of three sorts per mode: its work, its daemons, which wait for no slot,
// and its commands under thread and async, which wait for a command slot besides.
#pragma once

#include <cstddef>
#include <cstdint>

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
inline constexpr Mode mode_of_line(std::size_t line) { return static_cast<Mode>(line % kModes); }
inline constexpr bool is_daemon_line(std::size_t line) { return line / kModes == 1; }
/// Within a run: mode by mode, daemons first; work and commands of a mode beside each other.
inline constexpr std::uint32_t rank_of(std::size_t line) {
  return static_cast<std::uint32_t>(2 * (line % kModes) + (is_daemon_line(line) ? 0 : 1));
}

/// `links(x)` gives the Links& of what bears the number x.
class Line {
 public:
  template <class L>
  void push_back(std::uint32_t x, L&& links) {
    links(x) = {tail_, kNone};
    (tail_ == kNone ? head_ : links(tail_).after) = x;
    tail_ = x;
    ++size_;
  }
  /// For what goes back to the queue free of charge: it has waited before.
  template <class L>
  void push_front(std::uint32_t x, L&& links) {
    links(x) = {kNone, head_};
    (head_ == kNone ? tail_ : links(head_).before) = x;
    head_ = x;
    ++size_;
  }
  template <class L>
  void remove(std::uint32_t x, L&& links) {
    const Links l = links(x);
    (l.before == kNone ? head_ : links(l.before).after) = l.after;
    (l.after == kNone ? tail_ : links(l.after).before) = l.before;
    --size_;
  }

  std::uint32_t front() const { return head_; }  // kNone when empty
  std::uint32_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  std::uint32_t head_ = kNone;
  std::uint32_t tail_ = kNone;
  std::uint32_t size_ = 0;
};

}  // namespace rota::core
