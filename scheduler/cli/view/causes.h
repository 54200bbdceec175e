// Why something ended as it did: the chain of causes through the needs, back to where it began. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "scheduler/cli/view/table.h"
#include "scheduler/control/answers_json.h"
#include "scheduler/core/view.h"

namespace rota::cli {

/// Causes of one task, first itself; each cause comes after what it caused, one step deeper. A cause of several things
/// is named once. At most kCausesMost.
inline constexpr std::size_t kCausesMost = 100;
std::vector<control::Explanation::Cause> causes_of(const core::RunView& run, const core::JobView& job,
                                                   const core::TaskView& task);

/// The tasks of a run that ended badly by themselves (or, where there is none, by a wish or for want of something), in
/// the order in which they ended: where every chain ends.
struct Culprit {
  const core::JobView* job = nullptr;
  const core::TaskView* task = nullptr;
};
std::vector<Culprit> culprits_of(const core::RunView& run);
/// How many tasks were not run, over any number of steps, because this job did not succeed.
std::size_t victims_of(const core::RunView& run, const core::JobView& job);

/// "12/report upstream_failed: ..." and, indented, "because 12/train failed: ...".
std::string causes_text(const std::vector<control::Explanation::Cause>& causes, const Look& look);

}  // namespace rota::cli
