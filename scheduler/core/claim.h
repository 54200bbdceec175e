// What a task takes besides its slot, and in which order those that wait come to their turn. Plain values.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "jobs/model/plan.h"
#include "shared/clock.h"
#include "shared/ids.h"

namespace rota::core {

/// One point of priority goes before this much waiting. As both grow evenly the order of two that wait never changes,
/// and nothing starves: whoever waits long enough goes before all that comes later.
inline constexpr Duration kPriorityWorth = std::chrono::hours(1);

/// So much of one pool; cpus (thousandths of a core) and memory (bytes) are pools, too.
struct PoolShare {
  std::uint32_t pool = 0;  // index into Pools
  std::uint64_t amount = 0;
  bool operator==(const PoolShare&) const = default;
};

/// Jobs with equal claims wait in one line.
struct Claim {
  std::int32_t priority = 0;
  std::vector<jobs::PoolUse> uses;
  std::uint32_t cpus_milli = 0;
  std::uint64_t memory = 0;
  std::vector<PoolShare> shares;  // what these are, each pool once
};

/// Who goes first. `key` never changes while it waits; `rank` keeps modes, and daemons, of one run apart.
struct Turn {
  std::int64_t key = 0;
  RunId run = 0;
  std::uint32_t rank = 0;
  std::uint32_t queue = 0;  // index into Run::queues
  auto operator<=>(const Turn&) const = default;
  bool is_beside(const Turn& t) const { return key == t.key && run == t.run && rank == t.rank; }
};

}  // namespace rota::core
