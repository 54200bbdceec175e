// Reasons from live state.
#include "scheduler/core/waiting.h"

#include <algorithm>

#include "scheduler/core/graph.h"
#include "scheduler/core/group.h"
#include "scheduler/core/placement.h"

namespace rota::core {
namespace {

constexpr std::uint32_t kLookedAt = 256;   // tasks of a job, for what its whole run waits for
constexpr std::uint32_t kFarBack = 10'000;  // further back in its line a task's place is told as the line's length

void add_gate(std::vector<Reason>& out, const State& state, const Run& run, Now now) {
  if (run.gate.held) out.push_back({ReasonKind::hold, 0});
  if (run.gate.opened || run.gate.cleared) return;
  // Between a step of the wall clock and the next look at it, the gate is still closed for its begin.
  const bool to_be_looked_at = run.gate.look && !run.gate.held;
  if (now.wall < run.terms.begin || to_be_looked_at) out.push_back({ReasonKind::begin, 0});
  for (const RunId id : run.terms.after) {
    const Run* another = state.find(id);
    if (another && !another->end) out.push_back({ReasonKind::after, static_cast<std::int32_t>(id)});
  }
  if (const auto before = before_in_group(state, run))
    out.push_back({ReasonKind::concurrency, static_cast<std::int32_t>(*before)});
}

/// A hook waits for the jobs, and on_exit for the other hooks.
void add_jobs_before_hook(std::vector<Reason>& out, const Run& run, JobIndex hook) {
  for (JobIndex j = 0; j < run.nodes.size(); ++j) {
    const auto& other = run.plan.jobs[j].hook;
    const bool before = !other || (*run.plan.jobs[hook].hook == jobs::Hook::on_exit && *other != jobs::Hook::on_exit);
    if (before && run.nodes[j].open > 0) return out.push_back({ReasonKind::dep, static_cast<std::int32_t>(j)});
  }
}

void add_needs(std::vector<Reason>& out, const Run& run, JobIndex job, TaskSlot slot) {
  const Node& node = run.nodes[job];
  const bool each_met = node.each && node.each->is_ready(slot - node.first);
  for (const jobs::Need& need : run.plan.jobs[job].needs) {
    if (need.kind == jobs::NeedKind::each && each_met) continue;
    if (need_state(run.nodes[need.job], need.kind) == NeedState::open)
      out.push_back({ReasonKind::dep, static_cast<std::int32_t>(need.job)});
  }
  if (run.plan.jobs[job].hook) add_jobs_before_hook(out, run, job);
}

/// Tasks of its own job that come before it.
std::uint64_t before_in_job(const Run& run, JobIndex job, TaskSlot slot) {
  const Node& node = run.nodes[job];
  if (run.tasks.is_fresh(slot)) {
    const TaskIndex task = slot - node.first;
    return node.own.size() + std::min(node.ready, task - std::min(task, node.cursor));
  }
  std::uint32_t own = 0;
  const auto& queued = std::get<Queued>(run.task(slot).now);
  TaskSlot s = queued.links.before;
  for (; s != kNone && own < kFarBack; ++own) s = std::get<Queued>(run.task(s).now).links.before;
  return s == kNone ? own : queued.suspect ? node.suspected() : node.own.size();
}

/// At the common crew what comes to its turn before it, and what is before it in its own queue.
std::uint64_t queued_before(const State& state, const Run& run, TaskSlot slot, std::size_t line) {
  const JobIndex job = run.job_at(slot);
  const Node& node = run.nodes[job];
  if (std::get<Queued>(run.task(slot).now).suspect) return before_in_job(run, job, slot);
  const Queue& queue = run.queues[node.queue];
  const Turn turn = turn_of(run, node.queue);
  std::uint64_t n = 0;
  std::uint32_t steps = 0;
  for (const Turn& before : state.waiting(line)) {
    if (queue.crew != 0 || before >= turn || ++steps == kFarBack) break;
    n += state.find(before.run)->queues[before.queue].tasks;
  }
  JobIndex before = node.links.before;
  for (steps = 0; node.listed && before != kNone; ++steps) {
    if (steps == kFarBack) return n + queue.tasks;
    n += run.nodes[before].queued();
    before = run.nodes[before].links.before;
  }
  return n + before_in_job(run, job, slot);
}

/// Whether process slots are left, where launchers are not alone in using them.
bool mode_has_room(const State& state, Mode mode) {
  return mode != Mode::process || !state.fleet().has_warm() || state.fleet().has_process_slot();
}

/// Where nothing is admitted no worker is started: that there is none takes no slot away.
bool lacks_slot(const State& state, CrewId crew, Mode mode) {
  bool none = true;
  for (const std::uint32_t i : state.fleet().of(crew)) {
    const Seat& seat = state.fleet().seat(i);
    if (!seat.takes(mode)) continue;
    if (seat.load(mode) < seat.slots(mode)) return false;
    none = false;
  }
  return !none || state.closed() == ReasonKind::none;
}

bool is_full(const Run& run, JobIndex job) {
  const auto& most = run.plan.jobs[job].max_parallel;
  return most && run.nodes[job].alive >= *most;
}
bool is_full(const State& state, const Run& run, const jobs::Job& job) {
  return !job.daemon && room_of(state, run, job.mode) == Room::none;
}

/// Of every pool that would keep it.
void add_lacks(std::vector<Reason>& out, const State& state, const Run& run, TaskSlot slot, Instant now) {
  const Node& node = run.nodes[run.job_at(slot)];
  const Claim& claim = run.claims[node.claim];
  const Turn turn = turn_of(run, queue_of(node, std::get<Queued>(run.task(slot).now).suspect));
  for (std::uint32_t s = 0; s < claim.shares.size(); ++s)
    if (const auto lack = state.pools().lacks(claim, s, turn, now))
      out.push_back({lack->kind, static_cast<std::int32_t>(lack->share)});
}

void add_limits(std::vector<Reason>& out, const State& state, const Run& run, TaskSlot slot, Now now) {
  const jobs::Job& job = run.job_of(run.task(slot));
  if (is_full(run, run.job_at(slot))) out.push_back({ReasonKind::job_parallel, 0});
  if (is_full(state, run, job)) out.push_back({ReasonKind::max_parallel, 0});
  add_lacks(out, state, run, slot, now.mono);
  const std::size_t line = line_of(job);
  if (lacks_command_slot(state, job)) {
    const std::uint64_t before = queued_before(state, run, slot, line);
    out.push_back({ReasonKind::command_slots, static_cast<std::int32_t>(before)});
  }
  const bool has_slot = mode_has_room(state, job.mode) && !lacks_slot(state, crew_of(run, slot), job.mode);
  if (has_slot) return;
  if (const Reason shortage = shortage_reason(state, run, slot); shortage.kind != ReasonKind::none)
    out.push_back(shortage);
  const std::uint64_t before = job.daemon ? 0 : queued_before(state, run, slot, line);
  out.push_back({ReasonKind::slots, static_cast<std::int32_t>(before)});
}

}  // namespace

Reason parallel_reason(const State& state, const Run& run, JobIndex job) {
  if (is_full(run, job)) return {ReasonKind::job_parallel, 0};
  return {is_full(state, run, run.plan.jobs[job]) ? ReasonKind::max_parallel : ReasonKind::none, 0};
}

Reason pool_reason(const State& state, const Run& run, TaskSlot slot, Instant now) {
  const Node& node = run.nodes[run.job_at(slot)];
  const std::uint32_t queue = queue_of(node, std::get<Queued>(run.task(slot).now).suspect);
  const auto lack = state.pools().lacks(run.claims[node.claim], turn_of(run, queue), now);
  return lack ? Reason{lack->kind, static_cast<std::int32_t>(lack->share)} : Reason{};
}

Reason shortage_reason(const State& state, const Run& run, TaskSlot slot) {
  if (!state.fleet().has_shortage()) return {};
  const Task& task = run.task(slot);
  std::int32_t error = 0;
  if (const auto* granted = std::get_if<Starting>(&task.now)) {
    error = state.fleet().seat(granted->hold.seat).shortage;
  } else if (std::holds_alternative<Queued>(task.now)) {
    const jobs::Job& job = run.job_of(task);
    const bool has_slot = mode_has_room(state, job.mode) && !lacks_slot(state, crew_of(run, slot), job.mode);
    if (!has_slot) error = state.fleet().shortage(crew_of(run, slot), job.mode, job.runs_in_pool());
  }
  return error == 0 ? Reason{} : Reason{ReasonKind::processes, error};
}

Reason shortage_reason(const State& state, const Run& run) {
  if (!state.fleet().has_shortage() || run.counts.of(TaskState::running) + run.counts.of(TaskState::stopping) > 0)
    return {};
  for (JobIndex j = 0; j < run.nodes.size(); ++j) {
    const Node& node = run.nodes[j];
    if (node.open == 0) continue;
    for (TaskSlot s = node.first; s < node.first + std::min(node.count, kLookedAt); ++s)
      if (const Reason reason = shortage_reason(state, run, s); reason.kind != ReasonKind::none) return reason;
  }
  return {};
}

Reason gate_reason(const State& state, const Run& run) {
  if (run.gate.held) return {ReasonKind::hold, 0};
  if (run.gate.opened || run.gate.cleared) return {};
  if (run.gate.look) return {ReasonKind::begin, 0};
  for (std::size_t i = run.gate.after_over; i < run.terms.after.size(); ++i) {
    const Run* another = state.find(run.terms.after[i]);
    if (another && !another->end) return {ReasonKind::after, static_cast<std::int32_t>(another->id)};
  }
  const auto before = before_in_group(state, run);
  return before ? Reason{ReasonKind::concurrency, static_cast<std::int32_t>(*before)} : Reason{};
}

Reason pause_reason(const Run& run, JobIndex job) {
  const bool paused = !run.plan.jobs[job].hook && (run.pause || run.nodes[job].pause);
  return {paused ? ReasonKind::paused : ReasonKind::none, 0};
}

bool is_unheard(const State& state, const Task& task) {
  const Hold* hold = hold_of(task.now);
  return hold && state.fleet().seat(hold->seat).owed > 0;
}

bool lacks_command_slot(const State& state, const jobs::Job& job) {
  return takes_command_slot(job) && !state.fleet().has_command_slot();
}

std::vector<Reason> waiting_of(const State& state, const Run& run, TaskSlot slot, Now now) {
  const Task& task = run.task(slot);
  std::vector<Reason> out;
  if (is_unheard(state, task)) out.push_back({ReasonKind::recovering, 0});
  if (std::holds_alternative<Starting>(task.now))
    if (const Reason shortage = shortage_reason(state, run, slot); shortage.kind != ReasonKind::none)
      out.push_back(shortage);
  if (std::holds_alternative<Paused>(task.now)) out.push_back({ReasonKind::paused, 0});
  if (is_finished(task) || hold_of(task.now)) return out;
  add_gate(out, state, run, now);
  const Reason paused = pause_reason(run, task.job);
  if (run.pause && paused.kind != ReasonKind::none) out.push_back(paused);
  if (run.nodes[task.job].held) out.push_back({ReasonKind::hold, 0});
  if (!run.pause && paused.kind != ReasonKind::none) out.push_back(paused);
  if (std::holds_alternative<Pending>(task.now)) add_needs(out, run, task.job, slot);
  if (std::holds_alternative<Backoff>(task.now)) out.push_back(run.newest_past(slot)->end.reason);
  if (state.closed() != ReasonKind::none) out.push_back({state.closed(), 0});
  if (std::holds_alternative<Queued>(task.now)) add_limits(out, state, run, slot, now);
  return out;
}

}  // namespace rota::core
