// Counting tries.
#include "scheduler/cli/view/tries.h"

#include <algorithm>

namespace rota::cli {

const core::AttemptView* attempt_of_try(const core::TaskView& task, std::uint64_t number) {
  for (std::size_t i = 0; i < task.attempts.size(); ++i)
    if (task.attempts[i].outcome != Outcome::revoked && core::try_number(task, i) == number) return &task.attempts[i];
  return nullptr;
}

std::uint32_t tries_of(const core::TaskView& task) {
  return static_cast<std::uint32_t>(std::count_if(task.attempts.begin(), task.attempts.end(), [](const auto& attempt) {
    return attempt.outcome != Outcome::revoked;
  }));
}

}  // namespace rota::cli
