// `rota wait`: answered when it is true.
#pragma once

#include <memory>

#include "scheduler/daemon/api/pending.h"
#include "scheduler/daemon/api/targets.h"

namespace rota::daemon {

/// What each target has come to so far is read from the desk.
Result<std::unique_ptr<Pending>> make_wait(Desk& desk, const control::ask::Wait& what);

}  // namespace rota::daemon
