// The names of a condition, looked up in a run.
#include "scheduler/core/conditions.h"

#include "jobs/model/formula.h"
#include "scheduler/core/names.h"

namespace rota::core {
namespace {

Error in_condition(const jobs::Formula& condition, Error e) {
  if (e.where.empty() && condition.line)
    e.where = std::to_string(condition.line) + ":" + std::to_string(condition.column);
  e.what = "its `if`" + (e.where.empty() ? "" : " (" + e.where + ")") + ": " + e.what;
  e.where.clear();
  return e;
}

}  // namespace

Result<bool> condition_holds(const State& state, const Run& run, JobIndex job, TaskIndex task) {
  const Names names(state, run, job, task);
  const auto& condition = *run.plan.jobs[job].condition;
  auto value = jobs::evaluate(condition, names);
  if (!value) return in_condition(condition, value.error());
  if (const bool* holds = value->as<bool>()) return *holds;
  return in_condition(condition, fail(Code::invalid, "gives " + to_text(*value) + ", which is neither true nor false"));
}

}  // namespace rota::core
