// Run numbers: one counter for foreground runs and the service's, durable, never given twice.
#pragma once

#include <string>

#include "shared/ids.h"
#include "shared/result.h"

namespace rota::store {

/// For a process that writes no journal of the service: asks that one too, should the counter be lost. The service
/// itself says what it knows, see take_run_number in instances.h.
Result<RunId> take_number_for_run(const std::string& state_root);

}  // namespace rota::store
