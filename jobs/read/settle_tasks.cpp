// What only a whole job shows of its tasks, and only a whole file of their number.
#include <fmt/format.h>

#include <algorithm>

#include "jobs/read/job_reader.h"
#include "jobs/read/shape_reader.h"
#include "shared/limits.h"

namespace rota::jobs {
namespace {

constexpr std::size_t kShown = 3;  // jobs of the sum

}  // namespace

void settle_tasks(Reading& in, const Draft& defaults, Draft& draft) {
  const bool array = draft.array != defaults.array, matrix = draft.matrix != defaults.matrix;
  auto& job = draft.job;
  if (array && matrix) in.report(draft.matrix, "'matrix' beside 'array': a job has one of them at most");
  if (job.daemon) {
    if (array || matrix)
      in.report(array ? draft.array : draft.matrix,
                fmt::format("'{}' is not for a daemon: it is one task", array ? "array" : "matrix"));
    if (draft.outputs != defaults.outputs)
      in.report(draft.outputs, "'outputs' are not for a daemon: nobody can wait for its end");
    job.shape = {};
    job.outputs.clear();
  }
}

void check_secrets(Reading& in, const Draft& draft) {
  if (!draft.settings || draft.secrets == kNoNode) return;
  const auto& env = draft.settings->env;
  for (const auto e : in.tree.entries(draft.secrets)) {
    const auto name = in.tree.text(e.key);
    if (std::any_of(env.begin(), env.end(), [&](const auto& entry) { return entry.first == name; }))
      in.report(e.key, fmt::format("'{}' is in 'env' and in 'secrets': drop one of them", name));
  }
}

void check_task_sum(Reading& in, const Plan& plan, const std::vector<NodeAt>& keys) {
  std::uint64_t sum = 0;
  std::optional<std::size_t> beyond;
  for (std::size_t i = 0; i < keys.size() && i < plan.jobs.size(); ++i) {
    sum += plan.jobs[i].task_count();
    if (!beyond && sum > limits::kTasksPerRun) beyond = i;
  }
  if (!beyond) return;
  std::vector<const Job*> largest;
  for (std::size_t i = 0; i < keys.size(); ++i) largest.push_back(&plan.jobs[i]);
  const auto shown = std::min(kShown, largest.size());
  std::partial_sort(largest.begin(), largest.begin() + static_cast<std::ptrdiff_t>(shown), largest.end(),
                    [](const Job* a, const Job* b) { return a->task_count() > b->task_count(); });
  std::string parts;
  for (std::size_t i = 0; i < shown; ++i)
    parts += fmt::format("{}{} {}", i ? " + " : "", largest[i]->id.text(), grouped(largest[i]->task_count()));
  if (largest.size() > shown) parts += fmt::format(" + {} more jobs", largest.size() - shown);
  in.report(keys[*beyond], fmt::format("the jobs have {} tasks in all ({}); a run has at most {} (tasks_per_run)",
                                       grouped(sum), parts, grouped(limits::kTasksPerRun)),
            "make it several runs");
}

}  // namespace rota::jobs
