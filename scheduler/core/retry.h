// When a failed attempt is tried again, and after how long. Pure; the jitter is a hash, so a replay sees the same.
#pragma once

#include <cstdint>

#include "jobs/model/plan.h"
#include "shared/ids.h"
#include "shared/outcome.h"

namespace rota::core {

/// The bit of Retry::on that covers this end; 0: never retried (a cancel, or a call that is wrong for good).
std::uint8_t retry_bit(Outcome outcome, Reason reason);

/// The wait after the `charged`-th charged attempt (from 1): delay * backoff^(charged-1), at most max_delay, then
/// jitter.
Duration retry_delay(const jobs::Retry& retry, std::uint32_t charged, AttemptId attempt);

/// A daemon that was up for so long is steady: its next end is the first of a row. Ten times the longest wait, at most
/// ten minutes.
Duration steady_after(const jobs::Retry& pace);

}  // namespace rota::core
