// From the numbers that users know attempts by (core::try_number) back to attempts. One that was taken back before it
// started is no try. Pure.
#pragma once

#include <cstdint>

#include "scheduler/core/view.h"

namespace rota::cli {

/// The attempt that is this try; null when there was none yet.
const core::AttemptView* attempt_of_try(const core::TaskView& task, std::uint64_t number);
/// How many tries there were.
std::uint32_t tries_of(const core::TaskView& task);

}  // namespace rota::cli
