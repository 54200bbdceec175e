// A run as its readers see it, made from live state.
#pragma once

#include "scheduler/core/state.h"
#include "scheduler/core/view.h"

namespace rota::core {

RunSummary summary_of(const State& state, const Run& run);
RunView view_of(const State& state, const Run& run, const Wanted& wanted);

}  // namespace rota::core
