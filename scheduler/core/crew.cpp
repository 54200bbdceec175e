// Which crew serves which job.
#include "scheduler/core/crew.h"

#include <variant>

namespace rota::core {
namespace {

jobs::Runtime runtime_of(const jobs::Job& job) {
  const auto* call = std::get_if<jobs::TargetCall>(&job.action);
  return call ? call->runtime : jobs::Runtime::builtin;
}

}  // namespace

CrewId crew_of_job(RunId run, const jobs::Plan& plan, JobIndex index) {
  const jobs::Job& job = plan.jobs[index];
  if (!job.runs_in_pool()) return {};
  if (job.is_warm()) return {run, crew_number::kWarm + index};
  switch (runtime_of(job)) {
    case jobs::Runtime::builtin: return {};
    case jobs::Runtime::plugin: return {run, crew_number::kPlugin};
    case jobs::Runtime::python: return {run, crew_number::kPython};
  }
  return {};
}

CrewId quarantine_of_job(RunId run, const jobs::Plan& plan, JobIndex index) {
  const bool python = runtime_of(plan.jobs[index]) == jobs::Runtime::python;
  return {run, python ? crew_number::kQuarantinePython : crew_number::kQuarantineNative};
}

bool can_be_suspect(const jobs::Job& job) {
  return job.runs_in_pool() && !job.is_warm() && !job.daemon && std::holds_alternative<jobs::TargetCall>(job.action);
}

std::string to_text(CrewId c) {
  if (c.is_common()) return "common";
  const std::string run = std::to_string(c.run) + "/";
  switch (c.number) {
    case crew_number::kPlugin: return run + "plugin";
    case crew_number::kPython: return run + "python";
    case crew_number::kQuarantineNative:
    case crew_number::kQuarantinePython: return run + "quarantine";
    default: return run + "warm:" + std::to_string(warm_job(c));
  }
}

}  // namespace rota::core
