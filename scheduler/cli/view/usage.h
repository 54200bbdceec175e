// What attempts have used, in words.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "jobs/model/plan.h"
#include "scheduler/cli/view/table.h"
#include "scheduler/core/view.h"

namespace rota::cli {

/// ", cpu 1.75s (0.25s system), memory 3 MiB": each with its comma; empty where nothing is known.
std::string usage_text(const Usage& usage);
/// "cpu 7m12s in 41s (10.5 at once), memory up to 3 MiB"; empty before anything has ended.
std::string totals_text(const core::Totals& totals);

/// For each job of a plan the one that makes the same calls one after the other (max_parallel: 1); none: there is none.
std::vector<std::optional<JobIndex>> serial_twins(const jobs::Plan& plan);

/// Of a run that has ended, what came of running many tasks at once: for each job of several that has computed, how
/// long it took, what it used of the processors, and the speed-up over serial: how many times longer its twin took, or,
/// without one, how many times its own time the processors worked for it. Empty where there is no such job.
std::string speed_table(const core::RunView& view, std::span<const std::optional<JobIndex>> twins, const Look& look);

}  // namespace rota::cli
