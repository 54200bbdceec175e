// Clocks of the kernel. A thread's rusage is as of its last tick; its CPU clock is exact.
#include "worker/pool/run_clock.h"

#include <sys/resource.h>
#include <time.h>

#include <algorithm>

namespace rota::worker {
namespace {

constexpr Duration kShort = std::chrono::microseconds(50);

std::int64_t thread_cpu_ns() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

}  // namespace

void RunClock::read(Instant now) {
  const auto cpu_ns = thread_cpu_ns();
  if (short_ns_ > 0) rate_ = std::min(1.0, static_cast<double>(cpu_ns - at_.cpu_ns) / static_cast<double>(short_ns_));
  at_.at = now;
  at_.cpu_ns = cpu_ns;
  short_ns_ = told_ns_ = 0;
  if (switches_ == Switches::leave) return;
  rusage used{};
  ::getrusage(RUSAGE_THREAD, &used);
  at_.system_us = std::int64_t{used.ru_stime.tv_sec} * 1'000'000 + used.ru_stime.tv_usec;
  at_.voluntary = used.ru_nvcsw;
  at_.involuntary = used.ru_nivcsw;
}

void RunClock::begin(Instant now) {
  if (now - at_.at >= kShort) read(now);
  began_ = now;
}

RunClock::Span RunClock::end(Instant now) {
  Span span;
  span.took_ns = std::max<std::int64_t>(0, (now - began_).count());
  if (Duration(span.took_ns) < kShort) {
    span.cpu_ns = static_cast<std::int64_t>(rate_ * static_cast<double>(span.took_ns));
    short_ns_ += span.took_ns;
    told_ns_ += span.cpu_ns;
    return span;
  }
  const Reading before = at_;
  const auto told_ns = told_ns_;
  short_ns_ = 0;  // this reading says nothing of what is short
  read(now);
  span.cpu_ns = std::max<std::int64_t>(0, at_.cpu_ns - before.cpu_ns - told_ns);
  if (switches_ == Switches::leave) return span;
  span.usage.cpu_system_us = std::clamp<std::int64_t>(at_.system_us - before.system_us, 0, span.cpu_ns / 1000);
  span.usage.voluntary_switches = std::max<std::int64_t>(0, at_.voluntary - before.voluntary);
  span.usage.involuntary_switches = std::max<std::int64_t>(0, at_.involuntary - before.involuntary);
  return span;
}

Usage RunClock::end_as_usage(Instant now) {
  Span span = end(now);
  over_ns_ += span.cpu_ns;
  span.usage.cpu_us = over_ns_ / 1000;
  over_ns_ %= 1000;
  return span.usage;
}

}  // namespace rota::worker
