// The machine at hand.
#include "shared/machine.h"

#include <unistd.h>

#include <thread>

namespace rota {

Machine this_machine() {
  Machine machine;
  if (const auto cores = std::thread::hardware_concurrency()) machine.cpus_milli = std::uint64_t{cores} * 1000;
  const long pages = ::sysconf(_SC_PHYS_PAGES), bytes = ::sysconf(_SC_PAGESIZE);
  if (pages > 0 && bytes > 0)
    machine.memory = static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(bytes);
  return machine;
}

}  // namespace rota
