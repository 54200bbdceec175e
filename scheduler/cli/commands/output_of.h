// Which attempts' output a command wants, and reading it wherever it lies.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "scheduler/control/selector.h"
#include "scheduler/core/view.h"
#include "scheduler/store/history.h"
#include "scheduler/store/output.h"

namespace rota::cli {

/// The attempts by task; a chunk of another attempt is passed over.
struct Wanted {
  std::unordered_map<TaskId, std::uint32_t> attempts;
  bool later_too = false;              // following: also attempts that come after
  std::vector<core::TaskSpan> others;  // tasks of a large run that its view does not hold: all their attempts

  bool has(const output::Chunk& chunk) const {
    const auto at = attempts.find(chunk.task);
    if (at == attempts.end()) return control::contains(others, chunk.task.job, chunk.task.task);
    return chunk.attempt == at->second || (later_too && chunk.attempt > at->second);
  }
};

/// A task of a view by its id; the view holds it.
const core::TaskView& task_of(const core::RunView& view, const TaskId& id);
/// The latest attempt that may have written: 0 when there was none yet.
std::uint32_t latest_attempt(const core::TaskView& task);

/// Every chunk that is there of the wanted attempts: by range for a single one that has ended, else by time over the
/// whole run. The sink says false to stop.
Status read_wanted(const store::Sight& sight, const Wanted& wanted, const store::OutputSink& sink);

/// The last lines of these tasks' latest attempts, by time; of several tasks each after its job's name. Nothing when
/// there is more than `bytes_most` to read for it.
std::vector<std::string> last_lines(const store::Sight& sight, const std::vector<TaskId>& tasks, std::size_t lines,
                                    std::uint64_t bytes_most);

}  // namespace rota::cli
