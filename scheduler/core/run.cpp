// Building a run from its plan, and the questions that need only one run.
#include "scheduler/core/run.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <map>
#include <tuple>
#include <utility>
#include <variant>

#include "scheduler/core/deadlines.h"
#include "scheduler/core/judge.h"
#include "scheduler/core/page_code.h"

namespace rota::core {
namespace {

/// A need of kind `each` on a job with as many tasks; on another it would be one on its success.
bool is_each(const Run& run, JobIndex job, const jobs::Need& need) {
  return need.kind == jobs::NeedKind::each && run.nodes[job].count == run.nodes[need.job].count;
}

void make_each(Run& run, JobIndex job) {
  Node& node = run.nodes[job];
  std::uint8_t needs = 0;
  for (jobs::Need& need : run.plan.jobs[job].needs) {
    if (is_each(run, job, need)) ++needs;
    else if (need.kind == jobs::NeedKind::each) need.kind = jobs::NeedKind::success;
  }
  if (needs == 0) return;
  node.each = std::make_unique<EachNeeds>();
  node.each->needs = needs;
  node.each->ready.resize((std::size_t{node.count} + 63) / 64);
  if (needs > 1) node.each->open.assign(node.count, needs);
  node.needs_open -= needs;
  node.ready = 0;
  node.cursor = node.count;
}

void make_node(Run& run, JobIndex j, TaskSlot first) {
  const jobs::Job& job = run.plan.jobs[j];
  Node& node = run.nodes[j];
  node.first = first;
  node.open = node.fresh = node.ready = node.count;
  node.since = run.submitted.mono;
  node.needs_open = job.hook ? 1 : static_cast<std::uint32_t>(job.needs.size());
  if (node.count > 1) {
    node.counts = std::make_unique<Counts>();
    node.totals = std::make_unique<Totals>();
    node.counts->total = node.counts->by_state[static_cast<std::size_t>(TaskState::pending)] = node.count;
  }
  for (const jobs::Need& need : job.needs) ++run.nodes[need.job].consumers;
  run.modes |= static_cast<std::uint8_t>(1u << mode_index(job.mode));
  if (job.daemon) run.daemons.push_back(j);
  else if (job.hook) run.hooks.push_back(j);
  else ++run.work_open;
  if (!job.hook) return;
  ++run.hooks_open;
  run.early_hooks_open += *job.hook == jobs::Hook::on_exit ? 0 : 1;
  run.hook_tasks_open += node.count;
}

void make_nodes(Run& run) {
  const auto& jobs = run.plan.jobs;
  run.nodes.resize(jobs.size());
  for (JobIndex j = 0; j < jobs.size(); ++j) run.nodes[j].count = std::max(1u, jobs[j].task_count());
  TaskSlot first = 0;
  for (JobIndex j = 0; j < jobs.size(); ++j) {
    make_node(run, j, first);
    make_each(run, j);
    first += run.nodes[j].count;
  }
  run.tasks.resize(first);
}

/// Dependents of every job side by side in one array.
void make_edges(Run& run) {
  std::uint32_t total = 0;
  for (Node& node : run.nodes) {
    node.consumers_open = node.consumers;
    node.edges_begin = node.edges_end = total;
    total += node.consumers;
  }
  run.edges.resize(total);
  for (JobIndex j = 0; j < run.nodes.size(); ++j)
    for (const jobs::Need& need : run.plan.jobs[j].needs) run.edges[run.nodes[need.job].edges_end++] = {j, need.kind};
}

/// The crews that its jobs need, and may need when they do harm.
void make_crews(Run& run) {
  std::vector<CrewId> own;
  const auto& jobs = run.plan.jobs;
  for (JobIndex j = 0; j < jobs.size(); ++j) {
    own.push_back(crew_of_job(run.id, run.plan, j));
    if (can_be_suspect(jobs[j])) own.push_back(quarantine_of_job(run.id, run.plan, j));
  }
  own.push_back({});
  std::sort(own.begin(), own.end());
  own.erase(std::unique(own.begin(), own.end()), own.end());
  for (const CrewId crew : own) run.crews.emplace_back().id = crew;
  const auto index_of = [&](CrewId crew) {
    return static_cast<std::uint32_t>(std::lower_bound(own.begin(), own.end(), crew) - own.begin());
  };
  for (JobIndex j = 0; j < jobs.size(); ++j) {
    run.nodes[j].crew = index_of(crew_of_job(run.id, run.plan, j));
    if (can_be_suspect(jobs[j])) run.nodes[j].quarantine = index_of(quarantine_of_job(run.id, run.plan, j));
  }
}

/// What each job takes besides its slot; jobs with the same settings have the same claim, and few claims there are.
void make_claims(Run& run) {
  const auto& all = run.plan.settings;
  using Uses = std::vector<std::pair<std::string, std::uint32_t>>;
  using Key = std::tuple<std::int32_t, Uses, std::uint32_t, std::uint64_t>;
  std::map<Key, std::uint32_t> known;
  std::vector<std::uint32_t> by_settings(all.size(), kNone);
  for (JobIndex j = 0; j < run.nodes.size(); ++j) {
    std::uint32_t& claim = by_settings[run.plan.jobs[j].settings];
    if (claim == kNone) {
      const jobs::Settings& s = run.plan.settings_of(run.plan.jobs[j]);
      Uses uses;
      for (const jobs::PoolUse& use : s.pools) uses.emplace_back(use.pool, use.slots);
      const auto next = static_cast<std::uint32_t>(run.claims.size());
      const auto [at, is_new] =
          known.emplace(Key{s.priority, std::move(uses), s.resources.cpus_milli, s.resources.memory}, next);
      if (is_new) run.claims.push_back({s.priority, s.pools, s.resources.cpus_milli, s.resources.memory, {}});
      claim = at->second;
    }
    run.nodes[j].claim = claim;
  }
}

void make_queues(Run& run) {
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, std::uint32_t> known;
  const auto queue = [&](std::uint32_t crew, JobIndex job) {
    const auto line = static_cast<std::uint32_t>(line_of(run.plan.jobs[job]));
    const std::uint32_t claim = run.nodes[job].claim;
    const auto next = static_cast<std::uint32_t>(run.queues.size());
    const auto [at, is_new] = known.emplace(std::tuple(crew, line, claim), next);
    if (is_new) run.queues.push_back({crew, line, claim, {}});
    return at->second;
  };
  for (JobIndex j = 0; j < run.nodes.size(); ++j) {
    Node& node = run.nodes[j];
    node.queue = queue(node.crew, j);
    if (node.quarantine != kNone) node.quarantine_queue = queue(node.quarantine, j);
  }
}

}  // namespace

std::int32_t priority_of(const Run& run, const Claim& claim) { return run.terms.priority + claim.priority; }

Turn turn_of(const Run& run, std::uint32_t queue) {
  const Queue& q = run.queues[queue];
  const std::int64_t key = run.age - priority_of(run, run.claims[q.claim]) * kPriorityWorth.count();
  return {key, run.id, rank_of(q.line), queue};
}

bool takes_command_slot(const jobs::Job& job) {
  return job.mode != Mode::process && !job.daemon && !std::holds_alternative<jobs::TargetCall>(job.action);
}

std::size_t line_of(const jobs::Job& job) {
  return takes_command_slot(job) ? command_line_index(job.mode) : line_index(job.mode, job.daemon);
}

Gate make_gate(const Terms& terms, bool grouped, Now at) {
  Gate gate;
  gate.held = terms.hold;
  gate.cleared = terms.begin.ns == 0 && terms.after.empty() && !grouped;
  if (terms.begin.ns != 0) gate.look = look_for(terms.begin, at);
  if (gate.cleared && !gate.held) gate.opened = at.mono;
  return gate;
}

TaskIndex EachNeeds::next(TaskIndex from, std::uint32_t count) const {
  for (std::size_t word = from / 64; word * 64 < count; ++word) {
    std::uint64_t bits = ready[word];
    if (word == from / 64) bits &= ~std::uint64_t{0} << (from % 64);
    if (bits != 0) return static_cast<TaskIndex>(word * 64) + static_cast<TaskIndex>(std::countr_zero(bits));
  }
  return count;
}

std::uint32_t EachNeeds::take(TaskIndex from, TaskIndex end) {
  std::uint32_t taken = 0;
  for (TaskIndex i = next(from, end); i < end; i = next(i + 1, end)) {
    ready[i / 64] &= ~(std::uint64_t{1} << (i % 64));
    ++taken;
  }
  return taken;
}

TaskSlot Run::slot_of(TaskId t) const {
  if (t.run != id || t.job >= nodes.size() || t.task >= task_count(t.job)) return kNone;
  return nodes[t.job].first + t.task;
}

JobIndex Run::job_at(TaskSlot slot) const {
  const auto after = std::upper_bound(nodes.begin(), nodes.end(), slot,
                                      [](TaskSlot s, const Node& n) { return s < n.first; });
  return static_cast<JobIndex>(after - nodes.begin()) - 1;
}

const TaskPage* Run::unpacked(TaskSlot slot) const {
  const std::uint32_t page = page_of(slot);
  if (const TaskPage* open = tasks.open_page(page)) return open;
  if (!tasks.is_closed(page)) return nullptr;
  if (const TaskPage* looked = tasks.looked_at(page)) return looked;
  TaskPage fresh;
  const TaskSlot first = tasks.first_of(page);
  const bool sound = unpack_page(tasks.packed(page), tasks.end_of(page) - first,
                                 [&](std::uint32_t i) { return job_at(first + i); }, fresh);
  if (!sound) std::abort();  // we packed it, in this life
  return &tasks.look_at(page, std::move(fresh));
}

const Task& Run::task(TaskSlot slot) const {
  if (!tasks.is_fresh(slot)) return unpacked(slot)->at(slot);
  const JobIndex job = job_at(slot);
  const Node& node = nodes[job];
  const bool queued = node.flows && (!node.each || node.each->is_ready(slot - node.first));
  Task& passing = tasks.passing();
  passing = {};
  passing.job = job;
  if (queued) passing.now = Queued{node.since, {}};
  else passing.now = Pending{node.since};
  return passing;
}

bool Run::has_ended(TaskSlot slot) const {
  if (tasks.is_closed(page_of(slot))) return true;
  const TaskPage* page = tasks.open_page(page_of(slot));
  return page && !page->at(slot).fresh && is_finished(page->at(slot));
}

const PastAttempt* Run::newest_past(TaskSlot slot) const {
  const TaskPage* page = unpacked(slot);
  const std::uint32_t past = page ? page->at(slot).past : kNone;
  return past == kNone ? nullptr : &page->past[past];
}

Run make_run(RunId id, Now at, jobs::Plan plan, Terms terms) {
  Run run;
  run.id = id;
  run.submitted = at;
  run.plan = std::move(plan);
  run.terms = std::move(terms);
  run.gate = make_gate(run.terms, is_grouped(run), at);
  make_nodes(run);
  make_edges(run);
  make_crews(run);
  make_claims(run);
  make_queues(run);
  run.counts.total = run.tasks.size();
  run.counts.by_state[static_cast<std::size_t>(TaskState::pending)] = run.counts.total;
  return run;
}

bool start_is_durable(const Run& run, JobIndex index) {
  const jobs::Job& job = run.plan.jobs[index];
  if (!job.runs_in_pool() || run.plan.settings_of(job).ready) return true;
  const Node& node = run.nodes[index];
  for (std::uint32_t e = node.edges_begin; e < node.edges_end; ++e)
    if (run.edges[e].kind == jobs::NeedKind::started || run.edges[e].kind == jobs::NeedKind::ready) return true;
  return false;
}

TaskSlot front_of(const Run& run, JobIndex job, bool suspect) {
  const Node& node = run.nodes[job];
  if (suspect) return node.suspects->own.front();
  return node.own.empty() ? node.first + node.cursor : node.own.front();
}

bool is_suspect(const Run& run, TaskSlot slot) {
  if (run.nodes[run.job_at(slot)].quarantine == kNone) return false;
  bool accused = false;
  std::uint64_t deaths = 0;
  run.each_past(slot, [&](const PastAttempt& p) {
    accused = accused || p.end.reason.kind == ReasonKind::accused;
    deaths += p.end.outcome == Outcome::interrupted && p.end.reason.kind == ReasonKind::worker_lost ? 1 : 0;
  });
  return accused || deaths >= limits::kDeathsBeforeQuarantine;
}

const CrewWork* find_crew(const Run& run, CrewId id) {
  const auto at = std::lower_bound(run.crews.begin(), run.crews.end(), id,
                                   [](const CrewWork& crew, CrewId wanted) { return crew.id < wanted; });
  return at != run.crews.end() && at->id == id ? &*at : nullptr;
}

CrewId crew_of(const Run& run, TaskSlot slot) {
  const Node& node = run.nodes[run.job_at(slot)];
  return run.crews[is_suspect(run, slot) ? node.quarantine : node.crew].id;
}

bool hook_is_due(const Run& run, JobIndex hook) {
  using jobs::Hook;
  if (!run.verdict || run.verdict->outcome == Outcome::skipped) return false;
  switch (*run.plan.jobs[hook].hook) {
    case Hook::on_success: return run.verdict->outcome == Outcome::succeeded;
    case Hook::on_cancel: return run.verdict->outcome == Outcome::cancelled;
    case Hook::on_failure:
      return run.verdict->outcome != Outcome::succeeded && run.verdict->outcome != Outcome::cancelled;
    case Hook::on_exit: return run.early_hooks_open == 0;
  }
  return false;
}

Instant hard_stop_of(const Run& run, const Stopping& stopping) {
  const Instant of_run = run.stop ? run.stop->due : Instant{};
  return is_sooner(of_run, stopping.due) ? of_run : stopping.due;
}

Reason stop_reason(const Run& run, StopCause cause) {
  Reason reason = judge_stop(cause).reason;
  if (cause == StopCause::replaced && run.stop) reason.value = static_cast<std::int32_t>(run.stop->by);
  return reason;
}

bool overrides_stop(StopCause cause, StopCause before) {
  const bool would_run_again = before == StopCause::timeout || before == StopCause::shutdown ||
                               before == StopCause::not_live || before == StopCause::not_ready;
  return cause == StopCause::cancel_user && would_run_again;
}

bool is_needed(const Run& run, JobIndex daemon) {
  const Node& node = run.nodes[daemon];
  return run.work_open > 0 && (node.consumers == 0 || node.consumers_open > 0);
}

bool is_bad(Outcome o) { return o != Outcome::succeeded && o != Outcome::skipped; }

bool fails_by_itself(const Run& run, JobIndex job, const Finished& f) {
  if (!is_bad(f.outcome) || f.outcome == Outcome::upstream_failed) return false;
  return !is_wished(f.reason.kind) &&
         !is_forgiven(run.plan.settings_of(run.plan.jobs[job]), f.outcome, f.reason);
}

bool is_own_failure(const Finished& f) {
  return is_bad(f.outcome) && f.outcome != Outcome::upstream_failed && f.outcome != Outcome::cancelled &&
         f.reason.kind != ReasonKind::run_timeout;
}

bool asks_each_task(const jobs::Job& job) {
  bool found = false;
  if (job.condition)
    jobs::each_name(*job.condition, [&](const jobs::LateName& name) {
      using Of = jobs::LateName::Of;
      found = found || name.of == Of::matrix || name.of == Of::array_index;
    });
  return found;
}

ReasonKind shut_by(const jobs::Job& job, const Node& node) {
  if (job.fail_fast && node.own_bad > 0) return ReasonKind::fail_fast;
  if (!job.max_failures) return ReasonKind::none;
  const jobs::MaxFailures& most = *job.max_failures;
  const bool over = most.percent < 0 ? node.own_bad > most.count
                                     : 100.0 * node.own_bad > most.percent * static_cast<double>(node.count);
  return over ? ReasonKind::max_failures : ReasonKind::none;
}

bool is_forgiven(const jobs::Settings& s, Outcome o, Reason r) {
  if (!s.continue_on_error || r.kind == ReasonKind::run_timeout) return false;
  if (r.kind == ReasonKind::fail_fast || r.kind == ReasonKind::max_failures) return true;  // as what brought them about
  return o != Outcome::cancelled && o != Outcome::upstream_failed;
}

}  // namespace rota::core
