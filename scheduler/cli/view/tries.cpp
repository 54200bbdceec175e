// Counting tries.
#include "scheduler/cli/view/tries.h"

namespace rota::cli {

std::uint32_t try_number(const core::TaskView& task, std::size_t attempt_index) {
  std::uint32_t number = 1;
  for (std::size_t i = 0; i < attempt_index && i < task.attempts.size(); ++i)
    number += task.attempts[i].outcome != Outcome::revoked;
  return number;
}

const core::AttemptView* attempt_of_try(const core::TaskView& task, std::uint64_t number) {
  for (std::size_t i = 0; i < task.attempts.size(); ++i)
    if (task.attempts[i].outcome != Outcome::revoked && try_number(task, i) == number) return &task.attempts[i];
  return nullptr;
}

std::uint32_t tries_of(const core::TaskView& task) { return try_number(task, task.attempts.size()) - 1; }

}  // namespace rota::cli
