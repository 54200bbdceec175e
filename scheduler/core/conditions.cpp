// The names of a condition, looked up in a run.
#include "scheduler/core/conditions.h"

#include "jobs/model/formula.h"
#include "scheduler/core/names.h"

namespace rota::core {

Result<bool> condition_holds(const State& state, const Run& run, JobIndex job, TaskIndex task) {
  const Names names(state, run, job, task);
  auto value = jobs::evaluate(*run.plan.jobs[job].condition, names);
  if (!value) return value.error();
  if (const bool* holds = value->as<bool>()) return *holds;
  return fail(Code::invalid, "`if` gives " + to_text(*value) + ", which is neither true nor false");
}

}  // namespace rota::core
