// Where a run stands, in one word, for lists, filters and JSON.
#pragma once

#include <string_view>

#include "scheduler/core/view.h"

namespace rota::control {

/// The outcome when it ended; else "stopping", "running", or "pending" when none of its tasks may start yet.
std::string_view run_state(const core::RunSummary& run);
/// The same as CLI.md's code of the column ST: CD, F, LO, SP, R, PD ...
std::string_view run_state_code(const core::RunSummary& run);

}  // namespace rota::control
