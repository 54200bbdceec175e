// The first line of a region: what its writer must say of it, and the comparison that refuses another build's worker.
#pragma once

#include <cstdint>

#include "shared/ids.h"
#include "shared/lane/layout.h"
#include "shared/result.h"

namespace rota::lane {

/// What the writer of such a region of this worker says.
Identity identity_of(RegionKind kind, WorkerId worker, std::int32_t writer_pid);
/// Code::corrupt with the first field that differs; the pid is not compared.
Status compare(const Identity& have, const Identity& want);

}  // namespace rota::lane
