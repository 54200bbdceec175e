// How decisions speak: they read a const State, write facts (applied at once, recorded in order) and ask for actions.
// One per call of the scheduler; nothing else changes a run.
#pragma once

#include <utility>

#include "scheduler/core/effect.h"
#include "scheduler/core/state.h"

namespace rota::core {

class Ledger {
 public:
  Ledger(State& state, Effects& out, Now now) : state_(state), out_(out), now_(now) {}

  const State& state() const { return state_; }
  Now now() const { return now_; }
  Instant instant() const { return now_.mono; }

  template <class F>
  void write(F fact, bool durable = true) {
    Record& r = out_.records.emplace_back(Record{Fact(std::move(fact)), durable});
    state_.apply(r.fact);
  }
  template <class A>
  void act(A action) { out_.actions.emplace_back(std::move(action)); }

  /// For what is of no record: workers coming and going, worklists. Never for runs.
  State& world() { return state_; }

 private:
  State& state_;
  Effects& out_;
  Now now_;
};

}  // namespace rota::core
