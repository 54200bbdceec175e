// Stop requests between threads.
#include "worker/targets/stop_state.h"

#include <chrono>

namespace rota::worker {

void StopState::request(StopRequest r) {
  const std::lock_guard lock(mutex_);
  if (latest_.cause != StopCause::none) r.cause = latest_.cause;
  r.now = r.now || latest_.now;
  latest_ = r;
  cause_.store(r.cause, std::memory_order_release);
  changed_.notify_all();
  if (call_) call_();
}

StopRequest StopState::latest() const {
  const std::lock_guard lock(mutex_);
  return latest_;
}

bool StopState::wait_for(Duration d) {
  const auto until = std::chrono::steady_clock::now() + d;
  std::unique_lock lock(mutex_);
  return !changed_.wait_until(lock, until, [this] { return latest_.cause != StopCause::none; });
}

void StopState::on_request(std::function<void()> call) {
  const std::lock_guard lock(mutex_);
  call_ = std::move(call);
  if (call_ && latest_.cause != StopCause::none) call_();
}

}  // namespace rota::worker
