// What attempts have used, in words.
#pragma once

#include <string>

#include "scheduler/core/view.h"

namespace rota::cli {

/// ", cpu 1.75s (0.25s system), memory 3 MiB": each with its comma; empty where nothing is known.
std::string usage_text(const Usage& usage);
/// "cpu 7m12s in 41s (10.5 at once), memory up to 3 MiB"; empty before anything has ended.
std::string totals_text(const core::Totals& totals);

}  // namespace rota::cli
