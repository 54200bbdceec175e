// Stopping runs, sweeping what never started, ending runs.
#include "scheduler/core/stops.h"

#include <algorithm>
#include <vector>

#include "scheduler/core/attempts.h"
#include "scheduler/core/conditions.h"
#include "scheduler/core/gates.h"
#include "shared/limits.h"

namespace rota::core {
namespace {

Reason reason_of(const Run& run, StopCause cause) {
  if (cause == StopCause::none) return {ReasonKind::stop_policy, 0};
  return stop_reason(run, cause);
}

/// Asks everything alive to end; with StopCause::none, only what has not begun to come back.
void stop_alive(Ledger& l, const Run& run) {
  const RunStop stop = *run.stop;
  for (const TaskSlot s : alive_in(l.state(), run)) {
    const Task& task = run.task(s);
    if (stop.cause != StopCause::none) stop_attempt(l, {run.id, s}, stop.cause, stop.now, stop.due);
    else if (is_unstarted(task) && !run.job_of(task).daemon) retract_attempt(l, {run.id, s});
  }
}

/// In a run that is stopping, what waits ends; but the hooks, before the verdict.
void sweep(Ledger& l, const Run& run) {
  const auto waits = [&] {
    const std::uint32_t all = run.counts.of(TaskState::pending) + run.counts.of(TaskState::queued) +
                              run.counts.of(TaskState::backoff);
    return all > (run.verdict ? 0 : run.hook_tasks_open);
  };
  const Reason reason = reason_of(run, run.stop->cause);
  for (JobIndex j = 0; j < run.nodes.size() && waits(); ++j) {
    const bool later = run.plan.jobs[j].hook && !run.verdict;
    if (!later && run.nodes[j].open > run.nodes[j].alive) end_waiting(l, run.id, j, Outcome::cancelled, reason);
  }
}

void ask_conditions(Ledger& l, const Run& run) {
  for (const JobIndex job : l.world().take_asking(run.id)) {
    if (run.nodes[job].fate != Fate::asking || run.nodes[job].open == 0) continue;
    const Result<bool> holds = condition_holds(l.state(), run, job, 0);
    const TaskSpan all{job, 0, run.nodes[job].count};
    if (!holds) end_waiting(l, run.id, all, Outcome::failed, {ReasonKind::expression, 0}, holds.error().what);
    else if (!*holds) end_waiting(l, run.id, all, Outcome::skipped, {ReasonKind::condition, 0});
    else l.write(record::ConditionMet{run.id, job, l.instant()});
  }
}

void end_doomed(Ledger& l, const Run& run) {
  for (const Run::Doomed& d : l.world().take_doomed(run.id))
    end_waiting(l, run.id, TaskSpan{d.job, d.first, d.count}, d.skip ? Outcome::skipped : Outcome::upstream_failed,
                {ReasonKind::dep, 0});
}

/// Too many tasks of a job have failed: the rest of it does not start; with fail_fast what runs of it is stopped, too.
void end_shut(Ledger& l, const Run& run) {
  for (const JobIndex job : l.world().take_shut(run.id)) {
    const ReasonKind shut = run.nodes[job].shut;
    if (shut == ReasonKind::none || run.nodes[job].open == 0) continue;
    for (const TaskSlot s : alive_in(l.state(), run, job)) {
      if (shut == ReasonKind::fail_fast) stop_attempt(l, {run.id, s}, StopCause::fail_fast, false);
      else if (is_unstarted(run.task(s))) retract_attempt(l, {run.id, s});
    }
    // What waits in a run that is stopping ends for that, also where a restart has forgotten who was asked first.
    if (!run.stop) end_waiting(l, run.id, job, Outcome::cancelled, {shut, 0});
  }
}

void end_unneeded(Ledger& l, const Run& run) {
  for (const JobIndex job : l.world().take_unneeded(run.id)) {
    if (is_needed(run, job)) continue;
    for (const TaskSlot s : alive_in(l.state(), run, job)) stop_attempt(l, {run.id, s}, StopCause::not_needed, false);
    end_waiting(l, run.id, job, Outcome::skipped, {ReasonKind::not_needed, 0});
  }
}

void apply_policy(Ledger& l, const Run& run) {
  if (run.unforgiven == 0 || run.stop || run.verdict) return;
  if (run.failed == 0 && run.cancelled > 0) return;  // a user who cancels a job has not seen it fail
  using jobs::FailurePolicy;
  if (run.plan.failure_policy == FailurePolicy::stop) stop_run(l, run.id, StopCause::none, false);
  if (run.plan.failure_policy == FailurePolicy::cancel) stop_run(l, run.id, StopCause::cancel_policy, false);
}

bool says_why(const Run& run, JobIndex job, const Finished& f) {
  switch (f.reason.kind) {
    case ReasonKind::stop_policy:
    case ReasonKind::cancel_policy:
    case ReasonKind::cancel_user:
    case ReasonKind::replaced:
    case ReasonKind::fail_fast:
    case ReasonKind::max_failures: return false;
    default: break;
  }
  return is_bad(f.outcome) && f.outcome != Outcome::upstream_failed &&
         !is_forgiven(run.plan.settings_of(run.plan.jobs[job]), f.outcome, f.reason);
}

/// The first task of the file that failed the run says why. (Once a run: a walk over the jobs that failed.)
Reason first_failure(const Run& run) {
  for (JobIndex j = 0; j < run.nodes.size(); ++j) {
    const Node& node = run.nodes[j];
    if (node.unforgiven == 0 || run.plan.jobs[j].hook) continue;
    for (TaskSlot s = node.first; s < node.first + node.count; ++s) {
      if (run.tasks.is_closed(page_of(s)) && run.tasks.all_well(page_of(s))) continue;
      const auto& f = std::get<Finished>(run.task(s).now);
      if (says_why(run, j, f)) return f.reason;
    }
  }
  return {ReasonKind::dep, 0};
}

/// Of a run that found its group full when it came to its gate; none: of another. (What of it was done before says
/// nothing.)
Reason group_was_full(const Run& run) {
  if (!is_grouped(run) || run.gate.cleared) return {};
  for (const Node& node : run.nodes) {
    const auto* f = node.open == 0 ? std::get_if<Finished>(&run.task(node.first + node.count - 1).now) : nullptr;
    if (f && f->reason.kind == ReasonKind::group_full) return f->reason;
  }
  return {};
}

bool skips_when_full(const Run& run) {
  return run.plan.concurrency.when_full == jobs::Concurrency::WhenFull::skip;
}

/// A stop that came too late to stop anything has not decided the run.
Verdict judge_run(const Run& run) {
  if (const Reason full = group_was_full(run); full.kind != ReasonKind::none)
    return {skips_when_full(run) ? Outcome::skipped : Outcome::failed, full};
  if (run.unforgiven == 0) return {};
  const StopCause cause = run.stop ? run.stop->cause : StopCause::none;
  const bool all_cancelled = run.failed == 0 && run.cancelled > 0;  // and what needed those
  if (cause == StopCause::run_timeout && run.timed_out > 0) return {Outcome::timed_out, {ReasonKind::run_timeout, 0}};
  const bool replaced = cause == StopCause::replaced;
  if (all_cancelled || ((cause == StopCause::cancel_user || replaced) && run.cancelled > 0))
    return {Outcome::cancelled, stop_reason(run, replaced ? cause : StopCause::cancel_user)};
  return {Outcome::failed, first_failure(run)};
}

/// Before the end of a run with hooks comes the verdict on its jobs; hooks of another end have nothing to do.
void judge_before_hooks(Ledger& l, const Run& run) {
  if (run.hooks.empty() || run.end) return;
  if (!run.verdict && jobs_are_over(run)) {
    const Verdict v = judge_run(run);
    l.write(record::RunJudged{run.id, v.outcome, v.reason, l.now()});
  }
  if (!run.verdict) return;
  for (const JobIndex job : run.hooks) {
    const bool last = *run.plan.jobs[job].hook == jobs::Hook::on_exit && run.verdict->outcome != Outcome::skipped;
    const bool comes = hook_is_due(run, job) || last;
    if (!comes && run.nodes[job].open > 0) end_waiting(l, run.id, job, Outcome::skipped, {ReasonKind::condition, 0});
  }
}

void end_run(Ledger& l, const Run& run) {
  if (run.end || run.counts.ended() != run.counts.total) return;
  const Verdict v = run.verdict ? Verdict{run.verdict->outcome, run.verdict->reason} : judge_run(run);
  l.write(record::RunEnded{run.id, v.outcome, v.reason, l.now()});
  l.act(action::FoldRun{run.id});
}

/// Cut to the tasks that there are; false: none.
bool clip(const Run& run, TaskSpan& tasks) {
  if (tasks.job >= run.nodes.size() || tasks.first >= run.nodes[tasks.job].count) return false;
  tasks.count = std::min(tasks.count, run.nodes[tasks.job].count - tasks.first);
  return true;
}

/// For each job one span that holds all of its.
std::vector<TaskSpan> hulls(const std::vector<TaskSpan>& spans) {
  std::vector<TaskSpan> out;
  for (const TaskSpan& s : spans) {
    const auto same = std::find_if(out.begin(), out.end(), [&](const TaskSpan& o) { return o.job == s.job; });
    if (same == out.end()) {
      out.push_back(s);
      continue;
    }
    const TaskIndex end = std::max(same->first + same->count, s.first + s.count);
    same->first = std::min(same->first, s.first);
    same->count = end - same->first;
  }
  return out;
}

bool has_work(const Run& run) {
  return !run.doomed.empty() || !run.unneeded.empty() || !run.asking.empty() || !run.shut.empty();
}

void fail_queue(Ledger& l, const Run& run, std::uint32_t queue, std::int32_t error) {
  const Line& jobs = run.queues[queue].jobs;
  const Reason reason{ReasonKind::spawn, error};
  const bool suspects = is_quarantine(run.crews[run.queues[queue].crew].id);
  while (!jobs.empty()) {
    const JobIndex job = jobs.front();
    const bool one_by_one = suspects || run.nodes[job].each;
    if (one_by_one) end_task(l, {run.id, front_of(run, job, suspects)}, Outcome::failed, reason);
    else end_waiting(l, run.id, job, Outcome::failed, reason);
  }
}

}  // namespace

void stop_run(Ledger& l, RunId id, StopCause cause, bool now, Instant due, RunId by) {
  const Run* run = l.state().find(id);
  if (!run || run->end) return;
  if (run->verdict && !now) return;  // hooks are to run also after a cancel
  const bool no_stronger = run->stop && (run->stop->cause != StopCause::none || cause == StopCause::none);
  const bool harder = now || (run->stop && is_sooner(due, run->stop->due));
  if (no_stronger && (run->stop->now || !harder)) return;
  l.write(record::RunStopping{id, cause, now, l.instant(), due, by});
  stop_alive(l, *run);
}

void cancel_tasks(Ledger& l, RunId id, TaskSpan tasks, bool now, Instant due) {
  const Run* run = l.state().find(id);
  if (!run || !clip(*run, tasks)) return;
  const TaskSlot first = run->nodes[tasks.job].first + tasks.first, end = first + tasks.count;
  for (const TaskSlot s : alive_in(l.state(), *run, tasks.job))
    if (s >= first && s < end) stop_attempt(l, {id, s}, StopCause::cancel_user, now, due);
  end_waiting(l, id, tasks, Outcome::cancelled, {ReasonKind::cancel_user, 0});
}

void note_cancel(Ledger& l, RunId id, std::vector<TaskSpan> tasks, const std::string& reason) {
  const Run* run = l.state().find(id);
  if (!run || run->end || reason.empty() || run->cancels.size() >= limits::kCancelNotes) return;
  const bool whole = tasks.empty();
  std::erase_if(tasks, [&](TaskSpan& span) { return !clip(*run, span) || !any_open(*run, span); });
  if (!whole && tasks.empty()) return;
  if (tasks.size() > limits::kSelectors) tasks = hulls(tasks);
  const bool told = std::any_of(run->cancels.begin(), run->cancels.end(), [&](const CancelNote& n) {
    return n.reason == reason && n.tasks == tasks;
  });
  if (!told) l.write(record::CancelNoted{id, {l.instant(), reason.substr(0, limits::kCancelReasonBytes), tasks}});
}

void settle_run(Ledger& l, RunId id) {
  const Run* run = l.state().find(id);
  if (!run) return;
  if (run->end) {  // a replay found out anew what was settled long ago
    l.world().take_doomed(id);
    l.world().take_unneeded(id);
    l.world().take_asking(id);
    l.world().take_shut(id);
    return;
  }
  look_at_gate(l, id);
  do {
    ask_conditions(l, *run);
    while (!run->doomed.empty()) end_doomed(l, *run);
    end_shut(l, *run);
    apply_policy(l, *run);
    if (run->stop) sweep(l, *run);
    end_unneeded(l, *run);
    judge_before_hooks(l, *run);
  } while (has_work(*run));
  end_run(l, *run);
}

void fail_waiting(Ledger& l, CrewId crew, Mode mode, std::int32_t error) {
  for (const std::uint32_t i : l.state().fleet().of(crew))
    if (l.state().fleet().seat(i).takes(mode)) return;  // they wait for a slot, not in vain
  for (const auto& [id, run] : l.state().runs()) {
    if (run.end || (!crew.is_common() && crew.run != id)) continue;
    for (std::uint32_t q = 0; q < run.queues.size(); ++q)
      if (run.crews[run.queues[q].crew].id == crew && mode_of_line(run.queues[q].line) == mode)
        fail_queue(l, run, q, error);
  }
}

}  // namespace rota::core
