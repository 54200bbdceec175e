// How many workers of which kind there may be, and how wide each is. Plain values.
#pragma once

#include <cstdint>

#include "jobs/model/plan.h"
#include "scheduler/control/settings.h"
#include "shared/limits.h"

namespace rota::daemon {

struct FleetShape {
  std::uint32_t pool_workers = 1;
  std::uint32_t threads_each = 1;
  std::uint32_t async_each = static_cast<std::uint32_t>(limits::kAsyncSlots);
  std::uint32_t process_slots = 1;
  std::uint32_t launchers = 1;
  std::uint32_t command_slots = static_cast<std::uint32_t>(limits::kCommandSlotsPerCore);
  // What tasks that declare `resources` may add up to.
  std::uint64_t cpus_milli = UINT64_MAX;  // thousandths of a core
  std::uint64_t memory = UINT64_MAX;      // bytes
};

/// What the file asks for where it does, the machine's measure elsewhere.
FleetShape shape_for(const jobs::Plan& plan, std::uint32_t cores);
/// The same for the service: what it was told, the machine's measure elsewhere.
FleetShape shape_for(const control::ServiceSettings& settings, std::uint32_t cores);

}  // namespace rota::daemon
