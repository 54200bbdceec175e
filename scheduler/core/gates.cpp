// Gates are looked at when their run is touched: submitted, released, due, or when a run that they wait for has ended.
#include "scheduler/core/gates.h"

#include "scheduler/core/attempts.h"

namespace rota::core {
namespace {

bool begin_has_come(Ledger& l, const Run& run) {
  const WallTime begin = run.terms.begin;
  if (begin.ns == 0) return true;
  const bool come = l.now().wall >= begin;
  l.world().look_again(run.id, come ? std::nullopt : std::optional(look_for(begin, l.now())));
  return come;
}

bool changes_nothing(const Run& run, const event::Hold& wish) {
  if (run.end || run.stop) return true;
  if (!wish.job) return run.gate.held == wish.hold;
  if (*wish.job >= run.nodes.size() || run.plan.jobs[*wish.job].hook) return true;  // hooks wait for the verdict alone
  return run.nodes[*wish.job].open == 0 || run.nodes[*wish.job].held == wish.hold;
}

}  // namespace

void look_at_gate(Ledger& l, RunId id) {
  const Run& run = *l.state().find(id);
  if (run.end || run.stop || run.gate.opened || run.gate.held) return;
  if (!run.gate.cleared && (!begin_has_come(l, run) || l.world().wait_for_another(id))) return;
  l.write(record::GateOpened{id, l.instant()});
}

void change_hold(Ledger& l, const event::Hold& wish) {
  const Run* run = l.state().find(wish.run);
  if (!run || changes_nothing(*run, wish)) return;
  l.write(record::HoldChanged{wish.run, wish.job, wish.hold, l.instant()});
  if (!wish.hold) return;
  for (const Seat& seat : l.state().fleet().seats()) retract_held_back(l, seat);
}

void retract_held_back(Ledger& l, const Seat& seat) {
  if (seat.life != Seat::Life::up) return;  // it will be asked when it says hello
  for (const auto& list : seat.held) {
    for (const TaskRef t : list) {
      const Run& run = *l.state().find(t.run);
      const Task& task = run.task(t.slot);
      const bool starts_nothing = run.stop && run.stop->cause == StopCause::none && !run.job_of(task).daemon;
      if (is_unstarted(task) && (starts_nothing || !may_start(run, task.job))) retract_attempt(l, t);
    }
  }
}

}  // namespace rota::core
