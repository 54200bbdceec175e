// Backoff without a random source.
#include "scheduler/core/retry.h"

#include <algorithm>
#include <cmath>

namespace rota::core {
namespace {

std::uint64_t mixed(std::uint64_t x) {  // splitmix64: every input bit reaches every output bit
  x += 0x9E3779B97F4A7C15ull;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return x ^ (x >> 31);
}

/// In [-1, 1), the same for the same attempt for ever.
double spread(AttemptId a) {
  const std::uint64_t h = mixed(mixed(mixed(mixed(a.task.run) ^ a.task.job) ^ a.task.task) ^ a.number);
  return static_cast<double>(h >> 11) * 0x1p-52 - 1.0;
}

}  // namespace

std::uint8_t retry_bit(Outcome outcome, Reason reason) {
  namespace on = jobs::retry_on;
  switch (outcome) {
    case Outcome::failed:
      if (reason.kind == ReasonKind::spawn || reason.kind == ReasonKind::output) return on::kSpawn;
      // What a job file or a source of secrets got wrong will be wrong again; a worker is prepared once in its life.
      if (reason.kind == ReasonKind::initializer) return 0;
      if (reason.kind == ReasonKind::secret || reason.kind == ReasonKind::expression) return 0;
      return reason.kind == ReasonKind::bad_call ? 0 : on::kExit;
    case Outcome::crashed:
    case Outcome::oom: return on::kSignal;
    case Outcome::timed_out: return reason.kind == ReasonKind::timeout ? on::kTimeout : 0;
    case Outcome::lost: return on::kLost;
    default: return 0;
  }
}

Duration retry_delay(const jobs::Retry& r, std::uint32_t charged, AttemptId attempt) {
  if (r.delay <= Duration{}) return {};
  const auto most = static_cast<double>(r.max_delay.count());
  const double grown = static_cast<double>(r.delay.count()) * std::pow(r.backoff, static_cast<double>(charged) - 1.0);
  // A growth beyond any number is the cap, too: the comparison is false for what is not finite.
  const double capped = grown < most ? grown : most;
  const double jittered = capped * (1.0 + std::clamp(r.jitter, 0.0, 1.0) * spread(attempt));
  return Duration{static_cast<std::int64_t>(std::max(jittered, 0.0))};
}

Duration steady_after(const jobs::Retry& pace) {
  constexpr Duration kMost = std::chrono::minutes(10);
  return pace.max_delay >= kMost / 10 ? kMost : pace.max_delay * 10;
}

}  // namespace rota::core
