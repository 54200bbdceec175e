// The moving average of attempt durations.
#include "scheduler/core/pace.h"

#include <algorithm>
#include <limits>

namespace rota::core {
namespace {

constexpr std::int64_t kShortestNs = 1'000;  // a clock's grain: keeps the depth finite
constexpr std::int64_t kWeight = 8;          // one sample moves the average by an eighth of the difference

/// Work to have waiting at each slot, and attempts of which length run without any ahead. A turn takes as long as the
/// disk, or longer while workers are started; a process costs about as much to start as a quick one takes.
struct Ahead {
  std::int64_t target_ns, too_long_ns;
};
constexpr Ahead ahead_of(Mode mode) {
  return mode == Mode::process ? Ahead{3'000'000, 24'000'000} : Ahead{8'000'000, 16'000'000};
}

}  // namespace

void Pace::ended_after(Duration d) {
  const std::int64_t sample = std::max<std::int64_t>(d.count(), kShortestNs);
  average_ns_ = seen_ == 0 ? sample : average_ns_ + (sample - average_ns_) / kWeight;
  if (seen_ < std::numeric_limits<std::uint32_t>::max() - 1) ++seen_;
}

std::uint32_t Pace::ahead_per_slot(Mode mode) const {
  if (mode == Mode::async) return 0;
  if (seen_ == 0) return 1;
  const auto [target, too_long] = ahead_of(mode);
  if (average_ns_ > too_long) return 0;
  const std::int64_t depth = std::max<std::int64_t>(1, target / std::max<std::int64_t>(1, average_ns_));
  return static_cast<std::uint32_t>(std::min<std::int64_t>(depth, std::int64_t{seen_} + 1));
}

}  // namespace rota::core
