// The late names of one task of a run.
#pragma once

#include "jobs/model/formula.h"
#include "scheduler/core/state.h"

namespace rota::core {

class Names final : public jobs::LateNames {
 public:
  Names(const State& state, const Run& run, JobIndex job, TaskIndex task)
      : state_(state), run_(run), job_(job), task_(task) {}
  Result<Value> value(const jobs::LateName& name) const override;
  bool needs_succeeded() const override;
  bool need_failed() const override;

 private:
  const State& state_;
  const Run& run_;
  JobIndex job_;
  TaskIndex task_;
};

}  // namespace rota::core
