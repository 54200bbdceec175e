// Plans by chance: small graphs with every kind of need, daemons, retries, policies, limits and timeouts.
#pragma once

#include "jobs/model/plan.h"
#include "tests/sim/dice.h"

namespace rota::sim {

/// Time in the simulation comes in ticks, coarse on purpose: ends, timeouts and cancels are to meet.
inline constexpr Duration kTick = std::chrono::milliseconds(10);
inline constexpr std::uint64_t kCpusMilli = 2000, kMemory = 100;  // of every machine

jobs::Plan random_plan(Dice& dice);

}  // namespace rota::sim
