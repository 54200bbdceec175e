// The links of queued tasks.
#include "scheduler/core/line.h"

#include <variant>

namespace rota::core {
namespace {

Queued& queued(std::vector<Task>& tasks, TaskSlot slot) { return std::get<Queued>(tasks[slot].now); }

}  // namespace

void Line::push_back(std::vector<Task>& tasks, TaskSlot slot) {
  Queued& q = queued(tasks, slot);
  q.before = tail_;
  q.after = kNone;
  (tail_ == kNone ? head_ : queued(tasks, tail_).after) = slot;
  tail_ = slot;
  ++size_;
}

void Line::push_front(std::vector<Task>& tasks, TaskSlot slot) {
  Queued& q = queued(tasks, slot);
  q.before = kNone;
  q.after = head_;
  (head_ == kNone ? tail_ : queued(tasks, head_).before) = slot;
  head_ = slot;
  ++size_;
}

void Line::remove(std::vector<Task>& tasks, TaskSlot slot) {
  const Queued q = queued(tasks, slot);
  (q.before == kNone ? head_ : queued(tasks, q.before).after) = q.after;
  (q.after == kNone ? tail_ : queued(tasks, q.after).before) = q.before;
  --size_;
}

}  // namespace rota::core
