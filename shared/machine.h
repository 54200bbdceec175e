// What a machine has that work can ask for. Plain values; any thread.
#pragma once

#include <cstdint>

namespace rota {

struct Machine {
  std::uint64_t cpus_milli = UINT64_MAX;  // thousandths of a core
  std::uint64_t memory = UINT64_MAX;      // bytes
};

/// Unbounded where the system does not tell.
Machine this_machine();

}  // namespace rota
