// Wishes in the order they fall due.
#include "worker/python/interrupter.h"

#include <algorithm>
#include <thread>

namespace rota::python {

void Interrupter::add(std::uint64_t call, What what, Instant due) {
  const std::lock_guard lock(mutex_);
  wishes_.push_back({call, what, due});
  if (!begun_) std::thread([this] { serve(); }).detach();
  begun_ = true;
  news_.notify_one();
}

void Interrupter::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto next = std::min_element(wishes_.begin(), wishes_.end(),
                                       [](const Wish& a, const Wish& b) { return a.due < b.due; });
    if (next == wishes_.end()) {
      news_.wait(lock);
    } else if (next->due <= monotonic_now()) {
      const auto wish = *next;
      wishes_.erase(next);
      lock.unlock();
      act_(wish.call, wish.what);
      lock.lock();
    } else {
      news_.wait_until(lock, std::chrono::steady_clock::time_point(Duration(next->due.ns)));
    }
  }
}

}  // namespace rota::python
