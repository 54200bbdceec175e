// The CPU time of what a thread runs, one thing after the other. To read the kernel's clock costs as much as a short
// task does, so it is read for what takes longer than 50 us; what is shorter is told its share of the time gone by,
// at the rate at which the last 50 us of such tasks used the processor.
#pragma once

#include <cstdint>

#include "shared/clock.h"
#include "shared/outcome.h"

namespace rota::worker {

class RunClock {
 public:
  enum class Switches : std::uint8_t { count, leave };
  /// Used by the thread that it is of. `switches`: those of the thread belong to what it runs.
  explicit RunClock(Switches switches) : switches_(switches) {}
  /// Something begins now.
  void begin(Instant now);
  /// It has ended. Its CPU time is always told; that of the system and the switches only where it took long.
  struct Span {
    std::int64_t took_ns = 0;
    std::int64_t cpu_ns = 0;
    Usage usage;  // but for its CPU time
  };
  Span end(Instant now);
  /// The same, with the CPU time in whole microseconds; what is over goes to the next one, so that no sum loses it.
  Usage end_as_usage(Instant now);
  /// The thread has waited for something to do: that is nobody's switch.
  void rested() { ++at_.voluntary; }

 private:
  struct Reading {
    Instant at;
    std::int64_t cpu_ns = 0, system_us = 0, voluntary = 0, involuntary = 0;
  };
  void read(Instant now);

  const Switches switches_;
  Reading at_;                // the last one
  std::int64_t short_ns_ = 0;  // since then: the time of what was short,
  std::int64_t told_ns_ = 0;   // and the CPU time that it was told
  double rate_ = 1;
  Instant began_;
  std::int64_t over_ns_ = 0;
};

}  // namespace rota::worker
