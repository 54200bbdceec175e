// Times as people type them. Pure, but for the zone of the process.
#pragma once

#include <string_view>

#include "shared/clock.h"
#include "shared/result.h"

namespace rota::cli {

/// "2026-03-01 08:00" (local time; with T, "Z" or an offset as in RFC 3339 too), "08:00" or "08:00:30" (the next such
/// local time), "now", "now+90m". Code::invalid says what was expected.
Result<WallTime> parse_when(std::string_view text, WallTime now);

}  // namespace rota::cli
