// Whether, why and how hard one attempt was asked to stop: set by one thread, waited for by another. Thread-safe.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>

#include "shared/clock.h"
#include "shared/outcome.h"

namespace rota::worker {

/// What the last request said.
struct StopRequest {
  StopCause cause = StopCause::none;  // of the first request
  Duration grace{};
  bool now = false;  // skip the grace
};

class StopState {
 public:
  /// May come again, to skip the grace: the first cause stays.
  void request(StopRequest r);
  StopCause cause() const { return cause_.load(std::memory_order_acquire); }
  bool requested() const { return cause() != StopCause::none; }
  StopRequest latest() const;
  /// False as soon as a stop is requested.
  bool wait_for(Duration d);
  /// `call` runs at every request, on the requesting thread, under the lock; at once if there was one. Empty: no more.
  void on_request(std::function<void()> call);

 private:
  std::atomic<StopCause> cause_{StopCause::none};
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  StopRequest latest_;
  std::function<void()> call_;
};

}  // namespace rota::worker
