// `rota pause` and `rota resume`: the wishes that they post, and the answer when what is meant stands still or goes on.
#pragma once

#include <memory>
#include <vector>

#include "scheduler/core/event.h"
#include "scheduler/daemon/api/pending.h"
#include "scheduler/daemon/api/targets.h"

namespace rota::daemon {

struct Pausing {
  std::vector<core::Event> wishes;
  std::unique_ptr<Pending> question;  // null: nothing is waited for but the turn that takes the wishes
  control::answer::Paused at_once;    // then
};

/// Code::refused where nothing of what is named can be paused (or is), with the reason. What is not so after `within`
/// is named in a refusal, and stays asked for.
Result<Pausing> make_pause(Desk& desk, const control::ask::Pause& what, Duration within);

}  // namespace rota::daemon
