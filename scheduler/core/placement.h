// Giving queued tasks to workers, and taking grants back for a worker that has nothing to do.
#pragma once

#include "scheduler/core/ledger.h"

namespace rota::core {

/// Once a turn, after the runs are settled.
void place(Ledger& ledger);

/// What a run may still be given in a mode.
enum class Room : std::uint8_t {
  none,   // max_parallel is used up
  slots,  // as many as there are free slots
  ahead   // beyond the slots, too
};
Room room_of(const State& state, const Run& run, Mode mode);

}  // namespace rota::core
