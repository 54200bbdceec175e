// The measure of a fleet.
#include "scheduler/daemon/fleet_shape.h"

#include <algorithm>

#include "shared/machine.h"

namespace rota::daemon {
namespace {

/// 0 means: not asked for.
struct Asked {
  std::uint32_t pool, threads, process_slots, launchers;
  std::uint32_t most_processes;
};

FleetShape measure(const Asked& asked, std::uint32_t cores) {
  const auto or_else = [](std::uint32_t value, std::uint32_t own) { return value ? value : own; };
  FleetShape shape;
  shape.pool_workers = or_else(asked.pool, std::min(cores, 4u));
  shape.threads_each = or_else(asked.threads, std::max(1u, (cores + shape.pool_workers - 1) / shape.pool_workers));
  shape.process_slots = std::min(or_else(asked.process_slots, cores), asked.most_processes);
  shape.command_slots = static_cast<std::uint32_t>(std::min(cores * limits::kCommandSlotsPerCore,
                                                            limits::kCommandSlots));
  shape.cpus_milli = std::uint64_t{cores} * 1000;
  shape.memory = this_machine().memory;
  const auto most = static_cast<std::uint32_t>(limits::kLauncherAttempts);
  const auto least = (shape.process_slots + most - 1) / most;
  shape.launchers = std::clamp(or_else(asked.launchers, std::max(2u, least)), least, shape.process_slots);
  return shape;
}

}  // namespace

FleetShape shape_for(const jobs::Plan& plan, std::uint32_t cores) {
  // Launchers start the next attempt on their own: with no more slots than the run may use, no limit can be passed.
  const auto most = plan.max_parallel.value_or(static_cast<std::uint32_t>(limits::kProcessSlots));
  const auto& asked = plan.workers;
  return measure({asked.pool, asked.threads, asked.process_slots, asked.launchers, most}, cores);
}

FleetShape shape_for(const control::ServiceSettings& settings, std::uint32_t cores) {
  auto shape = measure({settings.pool.value, settings.threads.value, settings.process_slots.value,
                        settings.launchers.value, static_cast<std::uint32_t>(limits::kProcessSlots)},
                       cores);
  if (settings.command_slots.value) shape.command_slots = settings.command_slots.value;
  if (settings.async_slots.value) shape.async_each = settings.async_slots.value;
  return shape;
}

}  // namespace rota::daemon
