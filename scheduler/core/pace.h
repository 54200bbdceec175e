// How long attempts of one run and mode take of late, and from that how many may be granted ahead of a free slot.
#pragma once

#include <cstdint>

#include "shared/clock.h"
#include "shared/outcome.h"

namespace rota::core {

class Pace {
 public:
  void ended_after(Duration d);

  /// Attempts worth granting beyond each slot: enough work to bridge one turn of the coordinator, none where attempts
  /// are long, and never more than have been seen to be short.
  std::uint32_t ahead_per_slot(Mode mode) const;

  Duration average() const { return Duration{average_ns_}; }

 private:
  std::int64_t average_ns_ = 0;
  std::uint32_t seen_ = 0;
};

}  // namespace rota::core
