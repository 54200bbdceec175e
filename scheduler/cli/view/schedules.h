// Registered schedules, for people. Pure, given the zones of the machine.
#pragma once

#include <string>

#include "scheduler/cli/view/table.h"
#include "scheduler/control/protocol.h"

namespace rota::cli {

std::string schedules_text(const control::answer::Schedules& schedules, Now now, const Look& look);

/// "nightly registered: 2 schedules, 3 jobs; it comes next Sun 2026-03-29 03:00:00".
std::string registered_text(const control::answer::Registered& registered, const std::string& rota);

}  // namespace rota::cli
