// Late names out of the state. The storage of tasks is looked at in the first few functions only.
#include "scheduler/core/names.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "shared/limits.h"

namespace rota::core {
namespace {

using Of = jobs::LateName::Of;

/// Of a task that was done in the run that this one repeats.
const ValueMap* outputs_before(const Run& run, JobIndex job, TaskIndex task) {
  const auto& all = run.terms.outputs;
  const auto at = std::lower_bound(all.begin(), all.end(), std::pair(job, task),
                                   [](const TaskOutputs& x, const auto& of) { return std::pair(x.job, x.task) < of; });
  return at != all.end() && at->job == job && at->task == task ? &at->values : nullptr;
}

/// What the last attempt of a task has left, good until another task is looked at; null: it has not succeeded.
const ValueMap* outputs_of(const Run& run, JobIndex job, TaskIndex task) {
  const PastAttempt* past = run.newest_past(run.nodes[job].first + task);
  if (!past) return outputs_before(run, job, task);
  return past->end.outcome == Outcome::succeeded ? &past->end.report.outputs : nullptr;
}

bool need_is_bad(const Run& run, JobIndex job) { return run.nodes[job].bad > 0; }
bool need_is_forgiven(const Run& run, JobIndex job) { return run.nodes[job].unforgiven == 0; }

/// How bad an outcome is to a reader of needs.X.outcome: of many tasks the worst is told.
std::size_t badness(Outcome o) {
  static constexpr std::array order{Outcome::skipped,   Outcome::succeeded, Outcome::upstream_failed,
                                    Outcome::cancelled, Outcome::timed_out, Outcome::failed,
                                    Outcome::oom,       Outcome::crashed,   Outcome::lost};
  return static_cast<std::size_t>(std::find(order.begin(), order.end(), o) - order.begin());
}

/// Of a job that may go on (a need on `started`, a daemon): "running".
std::string outcome_of(const Run& run, JobIndex job) {
  const Node& node = run.nodes[job];
  if (node.open > 0) return "running";
  // It ended here as skipped, as the run that this one repeats has done it.
  if (std::binary_search(run.terms.done.begin(), run.terms.done.end(), job))
    return std::string(to_text(Outcome::succeeded));
  if (!node.counts) return std::string(to_text(std::get<Finished>(run.task(node.first).now).outcome));
  Outcome worst = Outcome::skipped;
  for (std::size_t i = 0; i < node.counts->by_outcome.size(); ++i) {
    const auto outcome = static_cast<Outcome>(i);
    if (node.counts->by_outcome[i] > 0 && badness(outcome) > badness(worst)) worst = outcome;
  }
  return std::string(to_text(worst));
}

/// As its hooks see it.
Outcome outcome_of(const Run& run) { return run.verdict ? run.verdict->outcome : Outcome::succeeded; }

const Value* find(const ValueMap& map, const std::string& key) {
  const auto at = std::find_if(map.begin(), map.end(), [&](const auto& entry) { return entry.first == key; });
  return at == map.end() ? nullptr : &at->second;
}

ValueList failed_jobs(const Run& run) {
  ValueList ids;
  for (JobIndex j = 0; j < run.plan.jobs.size(); ++j) {
    const Node& node = run.nodes[j];
    if (!run.plan.jobs[j].hook && node.unforgiven > 0 && node.own_bad > 0) ids.emplace_back(run.plan.jobs[j].id.text());
  }
  return ids;
}

}  // namespace

Result<Value> Names::value(const jobs::LateName& name) const {
  const auto* array = std::get_if<jobs::Array>(&job().shape);
  switch (name.of) {
    case Of::matrix: return matrix(name.key);
    case Of::array_index: return Value(jobs::number_of(job().shape, task_));
    case Of::array_count: return Value(static_cast<std::int64_t>(array ? array->count : 1));
    case Of::need_output: return output(name.job, name.key);
    case Of::need_outcome:
      if (name.job >= run_.plan.jobs.size()) break;
      return Value(outcome_of(run_, name.job));
    case Of::run_id: return Value(static_cast<std::int64_t>(run_.id));
    case Of::run_name: return Value(run_.plan.name.text());
    case Of::run_outcome: return Value(std::string(to_text(outcome_of(run_))));
    case Of::run_failed: return Value(failed_jobs(run_));
    case Of::job_id: return Value(job().id.text());
    case Of::job_attempt: return Value(static_cast<std::int64_t>(try_number_));
  }
  return fail(Code::internal, "a name that this run does not have");
}

Result<Value> Names::matrix(const std::string& key) const {
  const auto values = jobs::matrix_values(job().shape, task_);
  const auto* value = find(values, key);
  return value ? *value : Value();
}

/// Of a job of many tasks a list, but of one needed by `each` the value of the task with the same position.
Result<Value> Names::output(JobIndex need, const std::string& key) const {
  if (need >= run_.plan.jobs.size()) return fail(Code::internal, "a need that this run does not have");
  const auto of_task = [&](TaskIndex i) {
    const auto* outputs = outputs_of(run_, need, i);
    const auto* value = outputs ? find(*outputs, key) : nullptr;
    return value ? *value : Value();
  };
  const auto& needs = job().needs;
  const bool each = std::any_of(needs.begin(), needs.end(),
                                [&](const jobs::Need& n) { return n.job == need && n.kind == jobs::NeedKind::each; });
  const auto& other = run_.plan.jobs[need];
  const auto count = run_.task_count(need);
  if (each && task_ < count) return of_task(task_);
  if (std::holds_alternative<std::monostate>(other.shape)) return of_task(0);
  ValueList list;
  std::size_t bytes = 0;
  for (TaskIndex i = 0; i < count; ++i) {
    list.push_back(of_task(i));
    bytes += to_text(list.back()).size() + 1;
    if (bytes > limits::kExpressionBytes)
      return fail(Code::refused, "the outputs '" + key + "' of " + other.id.text() + " have more than " +
                                     std::to_string(limits::kExpressionBytes) + " bytes together (expression_bytes)");
  }
  return Value(std::move(list));
}

bool Names::needs_succeeded() const {
  return std::all_of(job().needs.begin(), job().needs.end(),
                     [&](const jobs::Need& n) { return !need_is_bad(run_, n.job) || need_is_forgiven(run_, n.job); });
}

bool Names::need_failed() const { return !needs_succeeded(); }

}  // namespace rota::core
