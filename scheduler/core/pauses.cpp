// Pauses and what undoes them.
#include "scheduler/core/pauses.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "scheduler/core/attempts.h"
#include "scheduler/core/gates.h"
#include "shared/limits.h"

namespace rota::core {
namespace {

/// The live attempts of what is meant that can stand still, and have not been asked to end. Of single tasks, those that
/// have begun: one that is asked back before would forget it.
std::vector<TaskSlot> pausable_in(const State& state, const Run& run, const event::Pause& wish) {
  const auto& tasks = wish.tasks;
  const bool begun_only = wish.pause && tasks && !wish.job;
  auto found = alive_in(state, run, tasks ? std::optional(tasks->job) : std::nullopt);
  std::erase_if(found, [&](TaskSlot s) {
    const Task& task = run.task(s);
    const TaskIndex index = s - run.nodes[task.job].first;
    const bool is_meant = !tasks || (index >= tasks->first && index - tasks->first < tasks->count);
    return !is_meant || !can_pause(run.job_of(task)) || std::holds_alternative<Stopping>(task.now) ||
           (begun_only && std::holds_alternative<Starting>(task.now));
  });
  return found;
}

/// Whether it says nothing new of what is to start.
bool is_marked_so(const Run& run, const event::Pause& wish) {
  if (wish.tasks && !wish.job) return true;
  if (wish.tasks) {
    const JobIndex job = wish.tasks->job;
    return run.plan.jobs[job].hook || run.nodes[job].pause.has_value() == wish.pause;
  }
  if (run.pause.has_value() != wish.pause) return false;
  return wish.pause || std::none_of(run.nodes.begin(), run.nodes.end(), [](const Node& n) { return n.pause; });
}

bool changes_nothing(const State& state, const Run& run, const event::Pause& wish) {
  if (run.end || (wish.pause && run.stop && run.stop->cause != StopCause::none)) return true;
  if (wish.tasks && wish.tasks->job >= run.nodes.size()) return true;
  if (!is_marked_so(run, wish)) return false;
  const auto found = pausable_in(state, run, wish);
  return std::all_of(found.begin(), found.end(),
                     [&](TaskSlot s) { return hold_of(run.task(s).now)->pause == wish.pause; });
}

/// A warm process stands still as a whole: what was to come after the one in it, it gives back first.
void freeze(Ledger& l, TaskRef t) {
  const Run& run = *l.state().find(t.run);
  const Task& task = run.task(t.slot);
  const Hold& hold = *hold_of(task.now);
  if (hold.pause && run.job_of(task).runs_in_pool())
    for (const TaskRef behind : all_held(l.state().fleet().seat(hold.seat)))
      if (is_unstarted(l.state().find(behind.run)->task(behind.slot))) retract_attempt(l, behind);
  l.act(action::FreezeAttempt{hold.worker, {run.id_of(t.slot), hold.number}, hold.pause});
}

}  // namespace

void change_pause(Ledger& l, const event::Pause& wish) {
  const Run* run = l.state().find(wish.run);
  if (!run || changes_nothing(l.state(), *run, wish)) return;
  l.write(record::PauseChanged{wish.run, wish.tasks, wish.job, wish.pause, l.instant(),
                               wish.by.substr(0, limits::kNameBytes)});
  for (const TaskSlot s : pausable_in(l.state(), *run, wish)) {
    if (std::holds_alternative<Starting>(run->task(s).now)) continue;  // it is told when it has begun
    freeze(l, {run->id, s});
  }
  if (!wish.pause) return;
  for (const Seat& seat : l.state().fleet().seats()) retract_held_back(l, seat);
}

void repeat_pause(Ledger& l, TaskRef t) {
  const Run& run = *l.state().find(t.run);
  const TaskCase& now = run.task(t.slot).now;
  const bool stands = std::holds_alternative<Paused>(now);
  if (!stands && !std::holds_alternative<Running>(now)) return;
  if (stands || hold_of(now)->pause) freeze(l, t);
}

}  // namespace rota::core
