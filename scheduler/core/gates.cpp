// Gates are looked at when their run is touched: submitted, released, due, or when a run that they wait for has ended.
#include "scheduler/core/gates.h"

#include <algorithm>

#include "scheduler/core/attempts.h"
#include "scheduler/core/group.h"
#include "scheduler/core/stops.h"

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

/// Nothing of it has begun, and nothing will.
void end_all(Ledger& l, const Run& run, Outcome outcome, Reason reason) {
  for (JobIndex j = 0; j < run.nodes.size(); ++j)
    if (!run.plan.jobs[j].hook && run.nodes[j].open > 0) end_waiting(l, run.id, j, outcome, reason);
}

/// The group of a run that waits for nothing else. False: it has no place.
bool takes_place(Ledger& l, const Run& run) {
  using jobs::Concurrency;
  const auto before = before_in_group(l.state(), run);
  if (!before) return true;
  const Reason full{ReasonKind::group_full, static_cast<std::int32_t>(*before)};
  switch (run.plan.concurrency.when_full) {
    case Concurrency::WhenFull::queue: break;
    case Concurrency::WhenFull::skip: end_all(l, run, Outcome::skipped, full); break;
    // Not skipped: that would pass for a success.
    case Concurrency::WhenFull::fail: end_all(l, run, Outcome::cancelled, full); break;
    case Concurrency::WhenFull::replace:
      for (const RunId other : to_replace(l.state(), run))
        stop_run(l, other, StopCause::replaced, false, {}, run.id);
  }
  return false;
}

}  // namespace

void look_at_gate(Ledger& l, RunId id) {
  const Run& run = *l.state().find(id);
  if (run.end || run.stop || run.gate.opened || run.gate.held) return;
  if (!run.gate.cleared && (!begin_has_come(l, run) || l.world().wait_for_another(id))) return;
  if (!run.gate.cleared && is_grouped(run) && (run.verdict || !takes_place(l, run))) return;
  l.write(record::GateOpened{id, l.instant()});
}

void change_hold(Ledger& l, const event::Hold& wish) {
  const Run* run = l.state().find(wish.run);
  if (!run || changes_nothing(*run, wish)) return;
  l.write(record::HoldChanged{wish.run, wish.job, wish.hold, l.instant()});
  if (!wish.hold) return;
  for (const Seat& seat : l.state().fleet().seats()) retract_held_back(l, seat);
}

void update(Ledger& l, const event::Update& wish) {
  const Run* run = l.state().find(wish.run);
  if (!run || run->end || (wish.job && *wish.job >= run->nodes.size())) return;
  const auto& job = run->plan.jobs[wish.job.value_or(0)];
  const auto before = wish.job ? job.max_parallel : run->plan.max_parallel;
  const std::int32_t known = wish.job ? run->plan.settings_of(job).priority : run->terms.priority;
  record::Updated news{wish.run, wish.job, wish.priority, wish.max_parallel, l.instant()};
  if (news.priority == known) news.priority.reset();
  if (news.max_parallel == before.value_or(0)) news.max_parallel.reset();
  if (!news.priority && !news.max_parallel) return;
  const bool lower = news.max_parallel.value_or(0) > 0 && (!before || *news.max_parallel < *before);
  l.write(std::move(news));
  if (!lower) return;
  // What was granted ahead of a slot would start, whatever the bound is by now.
  for (const TaskSlot s : alive_in(l.state(), *run, wish.job))
    if (is_unstarted(run->task(s))) retract_attempt(l, {run->id, s});
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
