// The durable state as records: what a replay needs, no more.
#pragma once

#include <vector>

#include "scheduler/core/record.h"
#include "scheduler/core/state.h"

namespace rota::core {

std::vector<Record> snapshot_of(const State& state);

}  // namespace rota::core
