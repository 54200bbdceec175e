// Why something waits, condition by condition, with what would lift each. Pure.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "scheduler/cli/view/table.h"
#include "scheduler/control/answers_json.h"
#include "scheduler/core/view.h"
#include "shared/clock.h"

namespace rota::cli {

/// What `blocks_of` says things with.
struct WaitingWords {
  std::string rota = "rota";  // how to call this program again
  Now now;
  std::span<const core::Block> blocks = {};  // what reasons are about, as the core tells it
};

/// The reasons as the core gives them (Scheduler::waiting), in sentences; a backoff, and what moves, from the task.
std::vector<control::Explanation::Line> blocks_of(const core::RunView& run, const core::JobView& job,
                                                  const core::TaskView& task, std::span<const Reason> reasons,
                                                  const WaitingWords& words);

/// The reasons that a view alone can tell: for a run whose coordinator cannot be asked.
std::vector<Reason> reasons_in(const core::RunView& run, const core::JobView& job, const core::TaskView& task);

/// "12/train pending" and an indented line for each block.
std::string blocks_text(const control::Explanation& task, const Look& look);

}  // namespace rota::cli
