// The measure of each crew.
#include "scheduler/daemon/crew_call.h"

#include <algorithm>

#include "jobs/catalogue/plugin_name.h"
#include "scheduler/daemon/worker_path.h"
#include "shared/limits.h"

namespace rota::daemon {
namespace {

constexpr std::uint32_t kAhead = 256;  // grants per worker beyond its threads: one lane's worth, see shared/lane

CrewCall python_call(const jobs::Plan& plan, const FleetShape& shape) {
  const std::uint32_t workers = std::max(1u, plan.workers.python);
  const std::uint32_t threads = shape.pool_workers * shape.threads_each;  // all of them in the one interpreter
  return {workers, std::max(1u, (threads + workers - 1) / workers), shape.async_each, 0, kAhead, 0, {}, {}};
}

CrewCall warm_call(const jobs::Plan& plan, JobIndex job, const FleetShape& shape) {
  const std::uint32_t tasks = job < plan.jobs.size() ? plan.jobs[job].max_tasks : 0;
  return {std::max(1u, shape.process_slots), 1, 0, 1, kAhead, tasks, {}, {}};
}

/// Whose code the crew runs is Python's.
bool speaks_python(core::CrewId crew, const jobs::Plan& plan) {
  if (crew.number == core::crew_number::kPython || crew.number == core::crew_number::kQuarantinePython) return true;
  if (!core::is_warm(crew) || core::warm_job(crew) >= plan.jobs.size()) return false;
  const auto* target = std::get_if<jobs::TargetCall>(&plan.jobs[core::warm_job(crew)].action);
  return target && target->runtime == jobs::Runtime::python;
}

bool has_coroutines(const jobs::Plan& plan) {
  return std::any_of(plan.jobs.begin(), plan.jobs.end(), [](const jobs::Job& job) {
    const auto* target = std::get_if<jobs::TargetCall>(&job.action);
    return target && target->runtime == jobs::Runtime::python && job.mode == Mode::async;
  });
}

CrewCall measured(core::CrewId crew, const jobs::Plan* plan, const FleetShape& shape) {
  const CrewCall common{shape.pool_workers, shape.threads_each, shape.async_each, 0, kAhead, 0, {}, {}};
  if (crew.is_common() || !plan) return common;
  // One thread, one coroutine or what a warm process would have run: one attempt, and it goes.
  if (core::is_quarantine(crew))
    return {static_cast<std::uint32_t>(limits::kQuarantineWorkers), 1, 1, 1, 0, 1, {}, {}};
  if (core::is_warm(crew)) return warm_call(*plan, core::warm_job(crew), shape);
  if (crew.number == core::crew_number::kPython) return python_call(*plan, shape);
  return common;
}

}  // namespace

std::vector<std::string> libraries_of(const jobs::Plan& plan) {
  std::vector<std::string> out;
  for (const auto& job : plan.jobs) {
    const auto* target = std::get_if<jobs::TargetCall>(&job.action);
    if (!target || target->runtime == jobs::Runtime::python || out.size() == limits::kLoadedAhead) continue;
    const auto name = jobs::plugin_name(target->target);
    if (name && std::find(out.begin(), out.end(), name->path) == out.end()) out.push_back(name->path);
  }
  return out;
}

CrewCall crew_call(core::CrewId crew, const jobs::Plan* plan, const FleetShape& shape) {
  auto call = measured(crew, plan, shape);
  if (crew.is_common() || !plan || !speaks_python(crew, *plan)) return call;
  call.argv = python_of(*plan);
  call.argv.push_back("pool");
  if (crew.number == core::crew_number::kPython && has_coroutines(*plan)) call.argv.push_back("--asyncio");
  return call;
}

}  // namespace rota::daemon
