// Time as values. Monotonic instants carry deadlines and durations; wall time is for calendars and display only.
// The core never reads a clock: the daemon samples `Now` once a turn and hands it in.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

namespace rota {

using Duration = std::chrono::nanoseconds;

/// CLOCK_MONOTONIC since boot: comparable between the processes of one machine and one boot.
struct Instant {
  std::int64_t ns = 0;
  auto operator<=>(const Instant&) const = default;
  friend Instant operator+(Instant t, Duration d) { return {t.ns + d.count()}; }
  friend Instant operator-(Instant t, Duration d) { return {t.ns - d.count()}; }
  friend Duration operator-(Instant a, Instant b) { return Duration{a.ns - b.ns}; }
};

/// Nanoseconds since 1970-01-01T00:00:00Z.
struct WallTime {
  std::int64_t ns = 0;
  auto operator<=>(const WallTime&) const = default;
};

/// One sampling of both clocks. Within a turn time stands still.
struct Now {
  Instant mono;
  WallTime wall;
  auto operator<=>(const Now&) const = default;
};

template <class Archive>
void fields(Archive& a, Instant& x) { a(x.ns); }
template <class Archive>
void fields(Archive& a, WallTime& x) { a(x.ns); }
template <class Archive>
void fields(Archive& a, Now& x) { a(x.mono, x.wall); }

/// Where time comes from. Real in programs, fake in tests. Not thread-safe unless the implementation says so.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Now now() = 0;
};

/// The machine's clocks; thread-safe.
class SystemClock final : public Clock {
 public:
  Now now() override;
};

Instant monotonic_now();

}  // namespace rota
