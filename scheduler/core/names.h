// What the late names of expressions stand for in one task of one run, looked up in the state.
#pragma once

#include <optional>

#include "jobs/model/formula.h"
#include "scheduler/core/state.h"

namespace rota::core {

/// Looks at the present; holds nothing. `try_number`: what users call the attempt that is to start.
class Names : public jobs::LateNames {
 public:
  Names(const State& state, const Run& run, JobIndex job, TaskIndex task, std::uint32_t try_number = 1)
      : state_(state), run_(run), job_(job), task_(task), try_number_(try_number) {}

  Result<Value> value(const jobs::LateName& name) const override;
  bool needs_succeeded() const override;
  bool need_failed() const override;

 private:
  Result<Value> matrix(const std::string& key) const;
  Result<Value> output(JobIndex need, const std::string& key) const;
  const jobs::Job& job() const { return run_.plan.jobs[job_]; }

  const State& state_;
  const Run& run_;
  JobIndex job_;
  TaskIndex task_;
  std::uint32_t try_number_;
};

}  // namespace rota::core
