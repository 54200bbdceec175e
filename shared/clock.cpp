// The machine's clocks.
#include "shared/clock.h"

#include <ctime>

namespace rota {
namespace {
std::int64_t read_ns(clockid_t id) {
  timespec ts{};
  clock_gettime(id, &ts);
  return std::int64_t{ts.tv_sec} * 1'000'000'000 + ts.tv_nsec;
}
}  // namespace

Instant monotonic_now() { return {read_ns(CLOCK_MONOTONIC)}; }
Now SystemClock::now() { return {monotonic_now(), {read_ns(CLOCK_REALTIME)}}; }

}  // namespace rota
