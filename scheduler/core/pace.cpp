// The moving average of attempt durations.
#include "scheduler/core/pace.h"

#include <algorithm>
#include <limits>

namespace rota::core {
namespace {

constexpr std::int64_t kShortestNs = 1'000;  // a clock's grain: keeps the depth finite
constexpr std::int64_t kWeight = 8;          // one sample moves the average by an eighth of the difference
constexpr std::int64_t kLongFactor = 8;      // attempts this many times longer than the target run without run-ahead

/// Work to have waiting at each slot. A process costs about as much to start as a turn takes; a thread task nothing.
constexpr std::int64_t target_ns(Mode mode) { return mode == Mode::process ? 3'000'000 : 2'000'000; }

}  // namespace

void Pace::ended_after(Duration d) {
  const std::int64_t sample = std::max<std::int64_t>(d.count(), kShortestNs);
  average_ns_ = seen_ == 0 ? sample : average_ns_ + (sample - average_ns_) / kWeight;
  if (seen_ < std::numeric_limits<std::uint32_t>::max() - 1) ++seen_;
}

std::uint32_t Pace::ahead_per_slot(Mode mode) const {
  if (mode == Mode::async) return 0;
  if (seen_ == 0) return 1;
  const std::int64_t target = target_ns(mode);
  if (average_ns_ > kLongFactor * target) return 0;
  const std::int64_t depth = std::max<std::int64_t>(1, target / std::max<std::int64_t>(1, average_ns_));
  return static_cast<std::uint32_t>(std::min<std::int64_t>(depth, std::int64_t{seen_} + 1));
}

}  // namespace rota::core
