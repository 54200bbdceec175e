// The numbers that users know attempts by: tries without holes. An attempt that was taken back before it started is no
// try. Pure.
#pragma once

#include <cstddef>
#include <cstdint>

#include "scheduler/core/view.h"

namespace rota::cli {

/// Of the attempt at this place in `attempts`; one that was revoked bears the number that it would have had.
std::uint32_t try_number(const core::TaskView& task, std::size_t attempt_index);
/// The attempt that is this try; null when there was none yet.
const core::AttemptView* attempt_of_try(const core::TaskView& task, std::uint64_t number);
/// How many tries there were.
std::uint32_t tries_of(const core::TaskView& task);

}  // namespace rota::cli
