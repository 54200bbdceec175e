// The counters behind needs.
#include "scheduler/core/graph.h"

namespace rota::core {
namespace {

using jobs::NeedKind;

void settle_need(Run& run, const Edge& edge, NeedState state, std::vector<JobIndex>& released) {
  Node& dependent = run.nodes[edge.job];
  if (state == NeedState::open || dependent.fate != Fate::waiting) return;
  if (state == NeedState::met) return need_met(run, edge.job, released);
  dependent.fate = state == NeedState::skip ? Fate::skipped : Fate::upstream_failed;
  run.doomed.push_back({edge.job, 0, dependent.count, state == NeedState::skip});
}

void settle_kind(Run& run, JobIndex job, NeedKind kind, std::vector<JobIndex>& released) {
  const Node& node = run.nodes[job];
  for (std::uint32_t e = node.edges_begin; e < node.edges_end; ++e)
    if (run.edges[e].kind == kind) settle_need(run, run.edges[e], NeedState::met, released);
}

/// Whether the need was met before the job ended, and so must not be counted again.
bool met_before_end(const Node& node, NeedKind kind) {
  return (kind == NeedKind::started && node.was_started) || (kind == NeedKind::ready && node.was_ready);
}

/// The daemons that this job needed have one consumer less.
void leave_consumers(Run& run, JobIndex job) {
  for (const jobs::Need& need : run.plan.jobs[job].needs)
    if (--run.nodes[need.job].consumers_open == 0 && run.plan.jobs[need.job].daemon) run.unneeded.push_back(need.job);
  if (run.plan.jobs[job].daemon || run.plan.jobs[job].hook || --run.work_open > 0) return;
  run.unneeded.insert(run.unneeded.end(), run.daemons.begin(), run.daemons.end());
}

}  // namespace

NeedState need_state(const Node& node, NeedKind kind) {
  if (met_before_end(node, kind)) return NeedState::met;
  if (node.open > 0) return NeedState::open;
  const bool all_skipped = node.bad == 0 && node.skipped > 0;
  switch (kind) {
    case NeedKind::completed: return NeedState::met;
    case NeedKind::each:
    case NeedKind::success: return node.unforgiven == 0 ? NeedState::met : NeedState::dead;
    // A job that reacts to a failure has nothing to do when there was none, be it by success or by a skip.
    case NeedKind::failed: return node.bad > 0 ? NeedState::met : NeedState::skip;
    case NeedKind::started:
    case NeedKind::ready: return all_skipped ? NeedState::met : NeedState::dead;
  }
  return NeedState::dead;
}

void need_met(Run& run, JobIndex job, std::vector<JobIndex>& released) {
  Node& node = run.nodes[job];
  if (--node.needs_open > 0) return;
  const jobs::Job& plan = run.plan.jobs[job];
  if (plan.condition && !asks_each_task(plan) && !node.condition_met) {
    node.fate = Fate::asking;
    run.asking.push_back(job);
    return;
  }
  node.fate = Fate::released;
  released.push_back(job);
}

NeedState each_state(const Run& run, JobIndex needed, const Finished& f) {
  const bool met = !is_bad(f.outcome) ||
                   is_forgiven(run.plan.settings_of(run.plan.jobs[needed]), f.outcome, f.reason);
  return met ? NeedState::met : NeedState::dead;
}

void graph_started(Run& run, JobIndex job, std::vector<JobIndex>& released) {
  Node& node = run.nodes[job];
  if (node.was_started) return;
  node.was_started = true;
  settle_kind(run, job, NeedKind::started, released);
  if (!run.plan.settings_of(run.plan.jobs[job]).ready) graph_ready(run, job, released);
}

void graph_ready(Run& run, JobIndex job, std::vector<JobIndex>& released) {
  Node& node = run.nodes[job];
  if (node.was_ready) return;
  node.was_ready = true;
  settle_kind(run, job, NeedKind::ready, released);
}

void graph_ended(Run& run, JobIndex job, std::vector<JobIndex>& released) {
  const Node& node = run.nodes[job];
  for (std::uint32_t e = node.edges_begin; e < node.edges_end; ++e) {
    const Edge& edge = run.edges[e];
    if (edge.kind == NeedKind::each) continue;  // task by task
    if (!met_before_end(node, edge.kind)) settle_need(run, edge, need_state(node, edge.kind), released);
  }
  leave_consumers(run, job);
}

}  // namespace rota::core
