// What attempts have used, in words.
#pragma once

#include <string>

#include "scheduler/cli/view/table.h"
#include "scheduler/core/view.h"

namespace rota::cli {

/// ", cpu 1.75s (0.25s system), memory 3 MiB": each with its comma; empty where nothing is known.
std::string usage_text(const Usage& usage);
/// "cpu 7m12s in 41s (10.5 at once), memory up to 3 MiB"; empty before anything has ended.
std::string totals_text(const core::Totals& totals);

/// Of a run that has ended, what came of running many tasks at once: for each job of several that has computed, how
/// long it took, what it used of the processors, and how many times that is the time: 1.0x is one after the other.
/// Empty where there is no such job.
std::string speed_table(const core::RunView& view, const Look& look);

}  // namespace rota::cli
