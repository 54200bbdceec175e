// Building a run from its plan, and the questions that need only one run.
#include "scheduler/core/run.h"

#include <utility>
#include <variant>

#include "scheduler/core/deadlines.h"

namespace rota::core {
namespace {

void make_nodes(Run& run) {
  const auto& jobs = run.plan.jobs;
  run.nodes.resize(jobs.size());
  run.tasks.resize(jobs.size());  // one task a job until arrays come
  for (JobIndex j = 0; j < jobs.size(); ++j) {
    Node& node = run.nodes[j];
    node.first = j;
    node.open = 1;
    node.needs_open = static_cast<std::uint32_t>(jobs[j].needs.size());
    for (const jobs::Need& need : jobs[j].needs) ++run.nodes[need.job].consumers;
    run.tasks[j].now = Pending{run.submitted.mono};
    run.tasks[j].job = j;
    run.modes |= static_cast<std::uint8_t>(1u << mode_index(jobs[j].mode));
    if (jobs[j].daemon) run.daemons.push_back(j);
    else ++run.work_open;
  }
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

}  // namespace

bool takes_command_slot(const jobs::Job& job) {
  return job.mode != Mode::process && !job.daemon && !std::holds_alternative<jobs::TargetCall>(job.action);
}

std::size_t line_of(const jobs::Job& job) {
  return takes_command_slot(job) ? command_line_index(job.mode) : line_index(job.mode, job.daemon);
}

Gate make_gate(const Terms& terms, Now at) {
  Gate gate;
  gate.held = terms.hold;
  gate.cleared = terms.begin.ns == 0 && terms.after.empty();
  if (terms.begin.ns != 0) gate.look = look_for(terms.begin, at);
  if (gate.cleared && !gate.held) gate.opened = at.mono;
  return gate;
}

TaskSlot Run::slot_of(TaskId t) const {
  if (t.run != id || t.job >= nodes.size() || t.task >= task_count(t.job)) return kNone;
  return nodes[t.job].first + t.task;
}

std::uint32_t Run::task_count(JobIndex job) const {
  const TaskSlot end = job + 1 < nodes.size() ? nodes[job + 1].first : static_cast<TaskSlot>(tasks.size());
  return end - nodes[job].first;
}

Run make_run(RunId id, Now at, jobs::Plan plan, Terms terms) {
  Run run;
  run.id = id;
  run.submitted = at;
  run.plan = std::move(plan);
  run.terms = std::move(terms);
  run.gate = make_gate(run.terms, at);
  make_nodes(run);
  make_edges(run);
  run.past.reserve(run.tasks.size());
  run.counts.total = static_cast<std::uint32_t>(run.tasks.size());
  run.counts.by_state[static_cast<std::size_t>(TaskState::pending)] = run.counts.total;
  return run;
}

bool start_is_durable(const Run& run, const Task& task) {
  if (run.job_of(task).mode == Mode::process || run.settings_of(task).ready) return true;
  const Node& node = run.nodes[task.job];
  for (std::uint32_t e = node.edges_begin; e < node.edges_end; ++e)
    if (run.edges[e].kind == jobs::NeedKind::started || run.edges[e].kind == jobs::NeedKind::ready) return true;
  return false;
}

bool overrides_stop(StopCause cause, StopCause before) {
  return cause == StopCause::cancel_user && (before == StopCause::timeout || before == StopCause::shutdown);
}

bool is_needed(const Run& run, JobIndex daemon) {
  const Node& node = run.nodes[daemon];
  return run.work_open > 0 && (node.consumers == 0 || node.consumers_open > 0);
}

bool is_bad(Outcome o) { return o != Outcome::succeeded && o != Outcome::skipped; }

bool fails_by_itself(const Run& run, const Task& task, const Finished& f) {
  if (!is_bad(f.outcome) || f.outcome == Outcome::upstream_failed) return false;
  return f.reason.kind != ReasonKind::cancel_user && !is_forgiven(run.settings_of(task), f.outcome, f.reason);
}

bool is_forgiven(const jobs::Settings& s, Outcome o, Reason r) {
  if (!s.continue_on_error || r.kind == ReasonKind::run_timeout) return false;
  return o != Outcome::cancelled && o != Outcome::upstream_failed;
}

}  // namespace rota::core
