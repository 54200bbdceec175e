// Stopping runs, sweeping what never started, ending runs.
#include "scheduler/core/stops.h"

#include <vector>

#include "scheduler/core/attempts.h"
#include "scheduler/core/gates.h"

namespace rota::core {
namespace {

Reason reason_of(StopCause cause) {
  if (cause == StopCause::none) return {ReasonKind::stop_policy, 0};
  return judge_stop(cause).reason;
}

/// Asks everything alive to end; with StopCause::none, only what has not begun to come back.
void stop_alive(Ledger& l, const Run& run) {
  const RunStop stop = *run.stop;
  for (TaskSlot s = 0; s < run.tasks.size(); ++s) {
    const Task& task = run.tasks[s];
    if (stop.cause != StopCause::none) stop_attempt(l, {run.id, s}, stop.cause, stop.now);
    else if (is_unstarted(task) && !run.job_of(task).daemon) retract_attempt(l, {run.id, s});
  }
}

/// In a run that is stopping, what waits ends.
void sweep(Ledger& l, const Run& run) {
  const Reason reason = reason_of(run.stop->cause);
  const auto end = [&](TaskSlot s) { end_task(l, {run.id, s}, Outcome::cancelled, reason); };
  for (const Line& line : run.lines)
    while (!line.empty()) end(line.front());
  if (run.counts.of(TaskState::pending) + run.counts.of(TaskState::backoff) == 0) return;
  for (TaskSlot s = 0; s < run.tasks.size(); ++s)
    if (!is_finished(run.tasks[s]) && !hold_of(run.tasks[s].now)) end(s);
  // Ending one may have queued another that was met by it: it came too late.
  for (const Line& line : run.lines)
    while (!line.empty()) end(line.front());
}

void end_doomed(Ledger& l, const Run& run) {
  for (const JobIndex job : l.world().take_doomed(run.id)) {
    const bool skip = run.nodes[job].fate == Fate::skipped;
    const TaskSlot first = run.nodes[job].first;
    for (TaskSlot s = first; s < first + run.task_count(job); ++s)
      if (std::holds_alternative<Pending>(run.tasks[s].now))
        end_task(l, {run.id, s}, skip ? Outcome::skipped : Outcome::upstream_failed, {ReasonKind::dep, 0});
  }
}

void end_unneeded(Ledger& l, const Run& run) {
  for (const JobIndex job : l.world().take_unneeded(run.id)) {
    if (is_needed(run, job)) continue;
    const TaskSlot first = run.nodes[job].first;
    for (TaskSlot s = first; s < first + run.task_count(job); ++s) {
      if (is_finished(run.tasks[s])) continue;
      if (hold_of(run.tasks[s].now)) stop_attempt(l, {run.id, s}, StopCause::not_needed, false);
      else end_task(l, {run.id, s}, Outcome::skipped, {ReasonKind::not_needed, 0});
    }
  }
}

void apply_policy(Ledger& l, const Run& run) {
  if (run.unforgiven == 0 || run.stop) return;
  if (run.failed == 0 && run.cancelled > 0) return;  // a user who cancels a job has not seen it fail
  using jobs::FailurePolicy;
  if (run.plan.failure_policy == FailurePolicy::stop) stop_run(l, run.id, StopCause::none, false);
  if (run.plan.failure_policy == FailurePolicy::cancel) stop_run(l, run.id, StopCause::cancel_policy, false);
}

/// The first job of the file that failed the run says why. (Once a run: a walk.)
Reason first_failure(const Run& run) {
  for (const Task& t : run.tasks) {
    const auto& f = std::get<Finished>(t.now);
    if (is_bad(f.outcome) && f.outcome != Outcome::upstream_failed && f.reason.kind != ReasonKind::stop_policy &&
        f.reason.kind != ReasonKind::cancel_policy && f.reason.kind != ReasonKind::cancel_user &&
        !is_forgiven(run.settings_of(t), f.outcome, f.reason))
      return f.reason;
  }
  return {ReasonKind::dep, 0};
}

/// A stop that came too late to stop anything has not decided the run.
Verdict judge_run(const Run& run) {
  if (run.unforgiven == 0) return {};
  const StopCause cause = run.stop ? run.stop->cause : StopCause::none;
  const bool all_cancelled = run.failed == 0 && run.cancelled > 0;  // and what needed those
  if (cause == StopCause::run_timeout && run.timed_out > 0) return {Outcome::timed_out, {ReasonKind::run_timeout, 0}};
  if (all_cancelled || (cause == StopCause::cancel_user && run.cancelled > 0))
    return {Outcome::cancelled, {ReasonKind::cancel_user, 0}};
  return {Outcome::failed, first_failure(run)};
}

void end_run(Ledger& l, const Run& run) {
  if (run.end || run.counts.ended() != run.counts.total) return;
  const Verdict v = judge_run(run);
  l.write(record::RunEnded{run.id, v.outcome, v.reason, l.now()});
  l.act(action::FoldRun{run.id});
}

}  // namespace

void stop_run(Ledger& l, RunId id, StopCause cause, bool now) {
  const Run* run = l.state().find(id);
  if (!run || run->end) return;
  const bool no_stronger = run->stop && (run->stop->cause != StopCause::none || cause == StopCause::none);
  if (no_stronger && (run->stop->now || !now)) return;
  l.write(record::RunStopping{id, cause, now, l.instant()});
  stop_alive(l, *run);
}

void cancel_task(Ledger& l, TaskId id, bool now) {
  TaskSlot slot = kNone;
  const Run* run = l.state().find(id, slot);
  if (!run || is_finished(run->tasks[slot])) return;
  if (hold_of(run->tasks[slot].now)) return stop_attempt(l, {run->id, slot}, StopCause::cancel_user, now);
  end_task(l, {run->id, slot}, Outcome::cancelled, {ReasonKind::cancel_user, 0});
}

void settle_run(Ledger& l, RunId id) {
  const Run* run = l.state().find(id);
  if (!run) return;
  if (run->end) {  // a replay found out anew what was settled long ago
    l.world().take_doomed(id);
    l.world().take_unneeded(id);
    return;
  }
  look_at_gate(l, id);
  do {
    while (!run->doomed.empty()) end_doomed(l, *run);
    apply_policy(l, *run);
    if (run->stop) sweep(l, *run);
    end_unneeded(l, *run);
  } while (!run->doomed.empty() || !run->unneeded.empty());
  end_run(l, *run);
}

void fail_waiting(Ledger& l, Mode mode, std::int32_t error) {
  for (const Seat& s : l.state().fleet().seats())
    if (s.takes(mode)) return;  // they wait for a slot, not in vain
  for (const std::size_t line : {line_index(mode, false), line_index(mode, true), command_line_index(mode)}) {
    while (!l.state().waiting(line).empty()) {
      const Run& run = *l.state().find(*l.state().waiting(line).begin());
      end_task(l, {run.id, run.lines[line].front()}, Outcome::failed, {ReasonKind::spawn, error});
    }
  }
}

}  // namespace rota::core
