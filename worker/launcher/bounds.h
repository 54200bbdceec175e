// `resources` of a job as bounds of its process, and the words for an end that they may have brought about.
#pragma once

#include "shared/lane/message.h"
#include "shared/process/spawn.h"

namespace rota::worker {

/// `memory_is_bounded`: its cgroup keeps the whole tree within `memory`. Otherwise each process has that much address
/// space.
process::Bounds bounds_of(const lane::ProcessLimits& limits, bool memory_is_bounded);

/// The signal that ended it, or that its shell says has ended its command; 0: none.
int signal_of(const Ending& ending);

/// Says in the report of a process that went on when the kernel killed so many others of its attempt.
void tell_oom_kills(const lane::ProcessLimits& limits, std::uint64_t kills, AttemptReport& report);

/// Says in the report of a process that ended badly which limits it had, unless the report has a message already.
void name_limit(const lane::ProcessLimits& limits, bool memory_is_bounded, AttemptReport& report);

}  // namespace rota::worker
