// What a user changes of a run that is alive: its priority and that of its jobs, how many tasks may be alive, and
// whether it stands still.
#include <algorithm>

#include "scheduler/core/state.h"
#include "shared/limits.h"

namespace rota::core {
namespace {

/// The same settings but for their priority: those that there are, or new ones.
std::uint32_t with_priority(std::vector<jobs::Settings>& all, std::uint32_t of, std::int32_t priority) {
  jobs::Settings wanted = all[of];
  wanted.priority = priority;
  const auto same = std::find(all.begin(), all.end(), wanted);
  const auto at = static_cast<std::uint32_t>(same - all.begin());
  if (same == all.end()) all.push_back(std::move(wanted));
  return at;
}

/// The claim of this index with another priority: one that there is, or a new one without shares.
std::uint32_t with_priority(std::vector<Claim>& all, std::uint32_t of, std::int32_t priority) {
  Claim wanted = all[of];
  wanted.priority = priority;
  wanted.shares.clear();
  const auto same = std::find_if(all.begin(), all.end(), [&](const Claim& c) {
    return c.priority == wanted.priority && c.uses == wanted.uses && c.cpus_milli == wanted.cpus_milli &&
           c.memory == wanted.memory;
  });
  const auto at = static_cast<std::uint32_t>(same - all.begin());
  if (same == all.end()) all.push_back(std::move(wanted));
  return at;
}

std::uint32_t queue_for(std::vector<Queue>& all, std::uint32_t crew, std::uint32_t line, std::uint32_t claim) {
  const auto same = std::find_if(all.begin(), all.end(), [&](const Queue& q) {
    return q.crew == crew && q.line == line && q.claim == claim;
  });
  const auto at = static_cast<std::uint32_t>(same - all.begin());
  if (same == all.end()) all.push_back({crew, line, claim, {}});
  return at;
}

PauseMark mark_of(Run& run, const record::PauseChanged& r) {
  auto& names = run.pausers;
  auto at = std::find(names.begin(), names.end(), r.by);
  if (at == names.end() && names.size() < limits::kPausers) at = names.insert(at, r.by);
  else if (at == names.end() && names.size() == limits::kPausers) at = names.insert(at, "somebody else");
  const auto last = static_cast<std::ptrdiff_t>(names.size()) - 1;
  return {r.at, static_cast<std::uint16_t>(std::min(at - names.begin(), last))};
}

/// Its wish for a live attempt; null: it has none that could stand still, or is to end.
Hold* hold_to_pause(const Run& run, Task& task) {
  const bool may = can_pause(run.job_of(task)) && !std::holds_alternative<Stopping>(task.now);
  return may ? hold_of(task.now) : nullptr;
}

}  // namespace

/// Whether anything of it is paused has nothing to do with what ends: that goes its way.
void State::on(const record::PauseChanged& r) {
  Run* run = find_run(r.run);
  if (!run || run->end || (r.tasks && r.tasks->job >= run->nodes.size())) return;
  const auto mark = r.pause ? std::optional(mark_of(*run, r)) : std::nullopt;
  if (!r.tasks) run->pause = mark;
  for (JobIndex j = 0; j < run->nodes.size(); ++j) {
    if (run->plan.jobs[j].hook || (r.tasks && (!r.job || r.tasks->job != j))) continue;
    if (r.tasks || !r.pause) run->nodes[j].pause = mark;
    look_whether_it_flows(*run, j, r.at);
  }
  for (const TaskSlot s : alive_in(*this, *run, r.tasks ? std::optional(r.tasks->job) : std::nullopt)) {
    const TaskIndex task = s - run->nodes[run->job_at(s)].first;
    if (r.tasks && (task < r.tasks->first || task - r.tasks->first >= r.tasks->count)) continue;
    Hold* hold = hold_to_pause(*run, run->tasks.open_page(page_of(s))->at(s));
    if (!hold) continue;
    fleet_.pausing(*hold, r.pause);
    hold->pause = r.pause;
    if (mark) hold->paused_by = mark->by;
  }
  touch(run->id);
}

void State::look_whether_it_flows(Run& run, JobIndex job, Instant at) {
  const Node& node = run.nodes[job];
  if (may_start(run, job)) {
    if (node.fate == Fate::released) start_flow(run, job, at);
  } else if (node.flows || node.queued() > 0 || node.suspected() > 0) {
    stop_flow(run, job, at);
  }
}

void State::on(const record::Frozen& r) {
  TaskSlot slot = kNone;
  Run* run = find_task(r.attempt.task, slot);
  if (!run || !find_hold(*run, slot, r.attempt.number)) return;
  const TaskCase& now = run->task(slot).now;
  if (const auto* s = std::get_if<Running>(&now); s && r.frozen)
    return move(*run, slot, Paused{s->hold, s->started, s->pid, r.at});
  if (const auto* s = std::get_if<Paused>(&now); s && !r.frozen) {
    Hold hold = s->hold;
    hold.stood += std::max(Duration::zero(), r.at - s->since);
    move(*run, slot, Running{hold, s->started, s->pid});
  }
}

void State::on(const record::Updated& r) {
  Run* run = find_run(r.run);
  if (!run || run->end || (r.job && *r.job >= run->nodes.size())) return;
  const auto bound = r.max_parallel.value_or(0);
  const auto parallel = bound > 0 ? std::optional(bound) : std::nullopt;
  if (r.job) {
    if (r.priority) prioritise(*run, *r.job, *r.priority);
    if (r.max_parallel) run->plan.jobs[*r.job].max_parallel = parallel;
    if (r.max_parallel) run->nodes[*r.job].lowered = parallel.has_value();
    return relist(*run, *r.job);
  }
  if (r.priority) prioritise(*run, *r.priority);
  if (r.max_parallel) run->plan.max_parallel = parallel;
}

/// All turns of the run change at once.
void State::prioritise(Run& run, std::int32_t priority) {
  for (std::uint32_t q = 0; q < run.queues.size(); ++q) {
    if (run.queues[q].jobs.empty()) continue;
    wait_no_more(run, q);
    leave_pools(run, q);
  }
  run.terms.priority = priority;
  for (std::uint32_t q = 0; q < run.queues.size(); ++q)
    if (!run.queues[q].jobs.empty()) wait(run, q);
}

/// The job moves to the queues of its new priority, with what waits of it.
void State::prioritise(Run& run, JobIndex job, std::int32_t priority) {
  Node& node = run.nodes[job];
  jobs::Job& plan = run.plan.jobs[job];
  if (std::exchange(node.listed, false)) list(run, node.queue, job, false, false);
  if (node.suspects && std::exchange(node.suspects->listed, false))
    list(run, node.quarantine_queue, job, false, false);
  plan.settings = with_priority(run.plan.settings, plan.settings, priority);
  node.claim = with_priority(run.claims, node.claim, priority);
  if (run.claims[node.claim].shares.empty()) pools_.resolve(run.claims[node.claim]);
  const auto move_to = [&](std::uint32_t& queue, std::uint32_t tasks) {
    run.queues[queue].tasks -= tasks;
    queue = queue_for(run.queues, run.queues[queue].crew, run.queues[queue].line, node.claim);
    run.queues[queue].tasks += tasks;
  };
  move_to(node.queue, node.queued());
  if (node.quarantine != kNone) move_to(node.quarantine_queue, node.suspected());
}

}  // namespace rota::core
