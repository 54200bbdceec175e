// Moving a task from one state to the next, with every index that follows from it; look-ups and worklists.
#include "scheduler/core/state.h"

#include <algorithm>
#include <utility>

#include "scheduler/core/graph.h"

namespace rota::core {
TaskState state_of(const Task& t) {
  static constexpr TaskState kByCase[] = {TaskState::pending, TaskState::queued,   TaskState::starting,
                                          TaskState::running, TaskState::backoff,  TaskState::stopping,
                                          TaskState::finished};
  static_assert(std::size(kByCase) == std::variant_size_v<TaskCase>);
  return kByCase[t.now.index()];
}

const Run* State::find(RunId run) const {
  const auto it = runs_.find(run);
  return it == runs_.end() ? nullptr : &it->second;
}

const Run* State::find(TaskId task, TaskSlot& slot) const {
  const Run* run = find(task.run);
  slot = run ? run->slot_of(task) : kNone;
  return slot == kNone ? nullptr : run;
}

Run* State::find_run(RunId run) { return const_cast<Run*>(std::as_const(*this).find(run)); }
Run* State::find_task(TaskId task, TaskSlot& slot) { return const_cast<Run*>(std::as_const(*this).find(task, slot)); }

Hold* State::find_hold(Run& run, TaskSlot slot, std::uint32_t number) {
  Hold* hold = hold_of(run.tasks[slot].now);
  return hold && hold->number == number ? hold : nullptr;
}

void State::move(Run& run, TaskSlot slot, TaskCase next, bool front) {
  leave(run, slot);
  run.tasks[slot].now = std::move(next);
  enter(run, slot, front);
}

void State::leave(Run& run, TaskSlot slot) {
  const Task& task = run.tasks[slot];
  const TaskState state = state_of(task);
  const std::size_t line = line_of(run.job_of(task));
  const jobs::Job& job = run.job_of(task);
  --run.counts.by_state[static_cast<std::size_t>(state)];
  if (const auto due = deadline_of(run, task)) deadlines_.remove(*due, {run.id, slot});
  if (state == TaskState::queued) {
    --queued_[mode_index(job.mode)];
    run.lines[line].remove(run.tasks, slot);
    if (run.lines[line].empty()) waiting_[line].erase(run.id);
  } else if (const Hold* hold = hold_of(task.now)) {
    --alive_[mode_index(job.mode)];
    const TaskRef moved = fleet_.remove(line, *hold);
    if (moved.run != 0) hold_of(find_run(moved.run)->tasks[moved.slot].now)->place = hold->place;
    if (!job.daemon) --run.held[mode_index(job.mode)];
  }
}

void State::enter(Run& run, TaskSlot slot, bool front) {
  Task& task = run.tasks[slot];
  const TaskState state = state_of(task);
  const std::size_t line = line_of(run.job_of(task));
  const jobs::Job& job = run.job_of(task);
  ++run.counts.by_state[static_cast<std::size_t>(state)];
  if (const auto due = deadline_of(run, task)) deadlines_.add(*due, {run.id, slot});
  if (state == TaskState::queued) {
    ++queued_[mode_index(job.mode)];
    if (run.lines[line].empty()) waiting_[line].insert(run.id);
    front ? run.lines[line].push_front(run.tasks, slot) : run.lines[line].push_back(run.tasks, slot);
    if (run.stop) touch(run.id);
  } else if (Hold* hold = hold_of(task.now)) {
    ++alive_[mode_index(job.mode)];
    hold->seat = fleet_.seat_of(hold->worker, hold->seat);
    fleet_.add({run.id, slot}, line, *hold);
    if (!job.daemon) ++run.held[mode_index(job.mode)];
  } else if (const auto* f = std::get_if<Finished>(&task.now)) {
    enter_finished(run, task, *f);
  } else if (run.stop) {
    touch(run.id);
  }
  if (job.daemon && state != TaskState::finished && !is_needed(run, task.job)) {
    run.unneeded.push_back(task.job);
    touch(run.id);
  }
}

void State::enter_finished(Run& run, const Task& task, const Finished& f) {
  ++run.counts.by_outcome[static_cast<std::size_t>(f.outcome)];
  Node& node = run.nodes[task.job];
  if (f.outcome == Outcome::skipped) ++node.skipped;
  if (f.reason.kind == ReasonKind::cancel_user) ++run.cancelled;
  if (f.reason.kind == ReasonKind::run_timeout) ++run.timed_out;
  if (is_bad(f.outcome)) {
    ++node.bad;
    if (fails_by_itself(run, task, f)) ++run.failed;
    if (!is_forgiven(run.settings_of(task), f.outcome, f.reason) && ++node.unforgiven == 1) ++run.unforgiven;
  }
  if (--node.open > 0) return;
  graph_ended(run, task.job, released_);
  touch(run.id);
}

void State::release(Run& run, Instant at) {
  for (std::size_t i = 0; i < released_.size(); ++i) {
    if (may_start(run, released_[i])) queue_pending(run, released_[i], at);
  }
  released_.clear();
}

void State::queue_pending(Run& run, JobIndex job, Instant at) {
  const TaskSlot first = run.nodes[job].first;
  for (TaskSlot s = first; s < first + run.task_count(job); ++s)
    if (std::holds_alternative<Pending>(run.tasks[s].now)) move(run, s, Queued{at});
}

void State::requeue(Run& run, TaskSlot slot, Instant at, bool front) {
  if (may_start(run, run.tasks[slot].job)) move(run, slot, Queued{at}, front);
  else move(run, slot, Pending{at});
}

std::uint32_t State::demand(Mode mode) const {
  const std::size_t m = mode_index(mode);
  return alive_[m] + (closed() == ReasonKind::none ? queued_[m] : 0);
}

void State::look_again(RunId id, std::optional<Instant> at) {
  if (Run* run = find_run(id)) retime(*run, [&] { run->gate.look = at; });
}

std::optional<RunId> State::wait_for_another(RunId id) {
  Run& run = *find_run(id);
  for (std::uint32_t& over = run.gate.after_over; over < run.terms.after.size(); ++over) {
    const Run* another = find(run.terms.after[over]);
    if (!another || another->end) continue;
    followers_.insert({another->id, id});
    return another->id;
  }
  return std::nullopt;
}

void State::touch(RunId run) {
  if (touched_.empty() || touched_.back() != run) touched_.push_back(run);
}

std::vector<RunId> State::take_touched() {
  std::vector<RunId> taken = std::exchange(touched_, {});
  std::sort(taken.begin(), taken.end());
  taken.erase(std::unique(taken.begin(), taken.end()), taken.end());
  return taken;
}

std::vector<JobIndex> State::take_doomed(RunId run) {
  Run* r = find_run(run);
  return r ? std::exchange(r->doomed, {}) : std::vector<JobIndex>{};
}

std::vector<JobIndex> State::take_unneeded(RunId run) {
  Run* r = find_run(run);
  return r ? std::exchange(r->unneeded, {}) : std::vector<JobIndex>{};
}

void State::forget(RunId run) {
  const Run* r = find(run);
  if (r && r->end) runs_.erase(run);
}

}  // namespace rota::core
