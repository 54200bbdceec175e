// Looked up in the state, each time anew.
#include "scheduler/core/names.h"

#include "scheduler/core/graph.h"

namespace rota::core {
namespace {

bool ended_badly(const Node& node) { return node.open == 0 && node.unforgiven > 0; }

}  // namespace

Result<Value> Names::value(const jobs::LateName& name) const {
  using Of = jobs::LateName::Of;
  const jobs::Job& job = run_.plan.jobs[job_];
  switch (name.of) {
    case Of::matrix:
      for (auto& [key, value] : jobs::matrix_values(job.shape, task_))
        if (key == name.key) return value;
      return Value();
    case Of::array_index: return Value(jobs::number_of(job.shape, task_));
    case Of::array_count: return Value(std::int64_t{run_.nodes[job_].count});
    case Of::run_id: return Value(std::int64_t{run_.id});
    case Of::run_name: return Value(run_.plan.name.text());
    case Of::job_id: return Value(job.id.text());
    case Of::run_outcome:
      if (run_.verdict) return Value(std::string(to_text(run_.verdict->outcome)));
      break;
    default: break;
  }
  return fail(Code::invalid, "this name has no value here");
}

bool Names::needs_succeeded() const {
  for (const jobs::Need& need : run_.plan.jobs[job_].needs)
    if (run_.nodes[need.job].open == 0 && ended_badly(run_.nodes[need.job])) return false;
  return true;
}

bool Names::need_failed() const { return !needs_succeeded(); }

}  // namespace rota::core
