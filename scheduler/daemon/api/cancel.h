// `rota cancel`: the wishes that it posts, and the answer when nothing of what was named is alive any more.
#pragma once

#include <memory>
#include <vector>

#include "scheduler/core/event.h"
#include "scheduler/daemon/api/pending.h"
#include "scheduler/daemon/api/targets.h"

namespace rota::daemon {

/// The events that cancel these targets, as the question says.
std::vector<core::Event> cancel_events(const std::vector<Target>& targets, const control::ask::Cancel& what);

/// Answered with what became of each task of the targets that has not ended yet.
Result<std::unique_ptr<Pending>> make_cancel(const core::Scheduler& scheduler, Views& views,
                                             const std::vector<Target>& targets);

}  // namespace rota::daemon
