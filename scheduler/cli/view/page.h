// One run or one job on one screen: `show`. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scheduler/cli/view/table.h"
#include "scheduler/core/view.h"

namespace rota::cli {

/// What a page shows besides the view.
struct PageExtras {
  std::vector<std::string> last_lines;  // of the output, as they came
  std::string rota = "rota";            // how to call this program again
  std::vector<std::string> notes;       // what a reader must know of it besides: recovering, no service
  std::uint32_t alike = 1;              // tasks from this one on for which the page of a task speaks
};

/// Jobs that `show` lists; of larger runs the ones that need attention.
inline constexpr std::size_t kJobsShown = 40;

std::string run_page(const core::RunView& run, const PageExtras& extras, Now now, const Look& look);
/// One task of a job (a plain job has one), all its attempts.
std::string task_page(const core::RunView& run, const core::JobView& job, const core::TaskView& task,
                      const PageExtras& extras, Now now, const Look& look);

/// An array or matrix as a whole: counts, rate, the first failures, what runs.
inline constexpr std::size_t kTasksShown = 10;
std::string job_page(const core::RunView& run, const core::JobView& job, const PageExtras& extras, Now now,
                     const Look& look);

/// "12/build", or "12/build.17" in an array or matrix.
std::string task_label(RunId run, const core::JobView& job, const core::TaskView& task);

}  // namespace rota::cli
