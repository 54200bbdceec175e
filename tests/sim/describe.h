// Events and effects as short lines, for the tail of a story that went wrong, and as a hash for telling stories apart.
#pragma once

#include <cstdint>
#include <string>

#include "scheduler/core/effect.h"
#include "scheduler/core/event.h"

namespace rota::sim {

std::string describe(const core::Event& event);
std::string describe(const core::Record& record);
std::string describe(const core::Action& action);

/// Of everything that a turn decided.
std::uint64_t hash_of(const core::Effects& effects, std::uint64_t before);

}  // namespace rota::sim
