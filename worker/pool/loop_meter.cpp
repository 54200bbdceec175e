// Sums by ledger entry: an entry is its attempt's until the end was told.
#include "worker/pool/loop_meter.h"

#include <utility>

namespace rota::worker {

namespace {
thread_local LoopMeter* of_thread = nullptr;
}

void LoopMeter::measure_this_thread() { of_thread = this; }
LoopMeter* LoopMeter::of_this_thread() { return of_thread; }

void LoopMeter::enter(std::uint32_t entry) {
  if (depth_++ > 0) return;
  entry_ = entry;
  blame_.running(entry);
  clock_.begin(monotonic_now());
}

void LoopMeter::leave() {
  if (--depth_ > 0) return;
  const auto span = clock_.end(monotonic_now());
  blame_.idle();
  if (used_.size() <= entry_) used_.resize(entry_ + 1);
  used_[entry_].cpu_ns += span.cpu_ns;
  used_[entry_].loop_ns += span.took_ns;
}

Usage LoopMeter::take(std::uint32_t entry) {
  Usage usage;
  const Used used = entry < used_.size() ? std::exchange(used_[entry], {}) : Used{};
  usage.cpu_us = (used.cpu_ns + 500) / 1000;
  usage.loop_us = (used.loop_ns + 500) / 1000;
  return usage;
}

}  // namespace rota::worker
