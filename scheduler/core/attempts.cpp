// Records and actions around one attempt.
#include "scheduler/core/attempts.h"

#include <algorithm>
#include <utility>

namespace rota::core {
namespace {

const Run& run_of(const Ledger& l, TaskRef t) { return *l.state().find(t.run); }

/// A user's cancel of the task by itself, which nothing of its run tells a later life.
bool is_lone_cancel(const Run& run, StopCause cause) {
  return cause == StopCause::cancel_user && !(run.stop && run.stop->cause == StopCause::cancel_user);
}

/// Whether the stop says more than the one that is on record.
bool is_news(const Run& run, const Stopping& s, StopCause cause, bool now, Instant due) {
  const bool harder = (now && s.hurried.ns == 0) || is_sooner(due, s.due);
  return is_lone_cancel(run, cause) && (overrides_stop(cause, s.cause) || harder);
}

/// What is ephemeral of this attempt, made durable late: the stop that follows speaks of it.
void tell_late(Ledger& l, const Run& run, TaskSlot slot) {
  const Hold hold = *hold_of(run.task(slot).now);
  const Instant started = started_of(run.task(slot).now);
  const AttemptId id{run.id_of(slot), hold.number};
  l.write(record::Granted{id, hold.worker, hold.granted});
  if (started.ns != 0) l.write(record::Started{id, hold.worker, pid_of(run.task(slot).now), started});
}

/// Behind the tasks that are as the one at `s` and lie in its page, where they need not be looked at one by one.
TaskSlot behind_alike(const Run& run, TaskSlot s, TaskSlot end) {
  const std::uint32_t page = page_of(s);
  return run.tasks.open_page(page) ? s + 1 : std::min(end, run.tasks.end_of(page));
}

/// The first task from here on that has not ended and has no live attempt; `end` when there is none.
TaskSlot next_waiting(const Run& run, TaskSlot s, TaskSlot end) {
  while (s < end && (run.has_ended(s) || (!run.tasks.is_fresh(s) && hold_of(run.task(s).now))))
    s = behind_alike(run, s, end);
  return std::min(s, end);
}

}  // namespace

std::vector<TaskRef> all_held(const Seat& seat) {
  std::vector<TaskRef> all;
  for (const auto& list : seat.held) all.insert(all.end(), list.begin(), list.end());
  return all;
}

void retire_if_spent(Ledger& l, WorkerId worker) {
  const std::uint32_t seat = l.state().fleet().find(worker);
  if (seat == kNone) return;
  const Seat& s = l.state().fleet().seat(seat);
  if (s.is_spent() && s.holds_nothing()) l.act(action::RetireWorker{worker});
}

void end_attempt(Ledger& l, TaskRef t, Verdict verdict, AttemptReport report) {
  const Run& run = run_of(l, t);
  const Hold hold = *hold_of(run.task(t.slot).now);
  const AttemptId id{run.id_of(t.slot), hold.number};
  l.world().fleet().answered(hold.seat, id);
  // Workers are believed about what they did, not about when: nothing of theirs lies in the future.
  report.ended = report.ended.ns == 0 ? l.instant() : std::min(report.ended, l.instant());
  report.started = std::min(report.started, report.ended);
  const auto* stopping = std::get_if<Stopping>(&run.task(t.slot).now);
  const bool cancelled = stopping && stopping->cause == StopCause::cancel_user;
  const Sequel next = sequel(run, t.slot, hold.number, verdict, report, l.instant());
  l.write(record::AttemptEnded{id, hold.worker, verdict.outcome, verdict.reason, next.next, next.due,
                               std::move(report)});
  if (hold.crew != 0) retire_if_spent(l, hold.worker);
  // Free of charge or not: what its user has cancelled does not run again.
  if (cancelled && !run.has_ended(t.slot)) end_task(l, t, Outcome::cancelled, {ReasonKind::cancel_user, 0});
}

void end_task(Ledger& l, TaskRef t, Outcome outcome, Reason reason) {
  l.write(record::TaskEnded{run_of(l, t).id_of(t.slot), outcome, reason, l.instant()});
}

void end_waiting(Ledger& l, RunId id, TaskSpan tasks, Outcome outcome, Reason reason, std::string message) {
  const Run& run = *l.state().find(id);
  const TaskSlot first = run.nodes[tasks.job].first, end = first + tasks.first + tasks.count;
  for (TaskSlot s = first + tasks.first; s < end;) {
    const TaskSlot begun = next_waiting(run, s, end);
    s = begun;
    while (s < end && next_waiting(run, s, end) == s) s = behind_alike(run, s, end);
    if (begun == s) return;
    const TaskSpan span{tasks.job, begun - first, s - begun};
    if (span.count == 1 && message.empty()) end_task(l, {id, begun}, outcome, reason);
    else l.write(record::TasksEnded{id, span, outcome, reason, l.instant(), message});
  }
}

void end_waiting(Ledger& l, RunId id, JobIndex job, Outcome outcome, Reason reason) {
  end_waiting(l, id, TaskSpan{job, 0, l.state().find(id)->nodes[job].count}, outcome, reason);
}

void stop_attempt(Ledger& l, TaskRef t, StopCause cause, bool now, Instant due) {
  const Run& run = run_of(l, t);
  const Task& task = run.task(t.slot);
  const Hold* hold = hold_of(task.now);
  if (!hold) return;
  const auto* stopping = std::get_if<Stopping>(&task.now);
  if (stopping && !is_news(run, *stopping, cause, now, due)) {
    if ((now || due.ns != 0) && !is_lone_cancel(run, cause)) repeat_stop(l, t, now);
    return;
  }
  // A cause that stands is only hurried.
  const StopCause told = stopping && !overrides_stop(cause, stopping->cause) ? stopping->cause : cause;
  // Only a launcher can hear of it after this coordinator's death; other attempts end with it, and run again unless
  // their user has cancelled them.
  const bool process = !run.job_of(task).runs_in_pool();
  const bool late = is_lone_cancel(run, told) && !process;
  const AttemptId id{run.id_of(t.slot), hold->number};
  if (late) tell_late(l, run, t.slot);
  const bool lone = is_lone_cancel(run, cause);  // of another stop, the run knows how hard it is
  l.write(record::StopAsked{id, told, l.instant(), lone && now, lone ? due : Instant{}}, late || process);
  repeat_stop(l, t, now);
}

void repeat_stop(Ledger& l, TaskRef t, bool now) {
  const Run& run = run_of(l, t);
  const auto& s = std::get<Stopping>(run.task(t.slot).now);
  Duration grace = run.settings_of(run.task(t.slot)).stop_grace;
  // What is left of it: a launcher keeps this clock also while its coordinator is dead.
  if (const Instant due = hard_stop_of(run, s); due.ns != 0)
    grace = std::clamp(due - l.instant(), Duration::zero(), grace);
  l.act(action::StopAttempt{s.hold.worker, {run.id_of(t.slot), s.hold.number}, s.cause, grace, now});
}

bool any_open(const Run& run, TaskSpan tasks) {
  const TaskSlot first = run.nodes[tasks.job].first + tasks.first, end = first + tasks.count;
  for (TaskSlot s = first; s < end; s = behind_alike(run, s, end))
    if (!run.has_ended(s)) return true;
  return false;
}

bool is_unstarted(const Task& task) { return std::holds_alternative<Starting>(task.now); }

void retract_attempt(Ledger& l, TaskRef t) {
  const Run& run = run_of(l, t);
  const Hold& hold = std::get<Starting>(run.task(t.slot).now).hold;
  const AttemptId id{run.id_of(t.slot), hold.number};
  const auto& asked = l.state().fleet().seat(hold.seat).retracting;
  if (std::find(asked.begin(), asked.end(), id) != asked.end()) return;
  l.world().fleet().retract(hold.seat, id);
  l.act(action::RetractAttempt{hold.worker, id});
}

}  // namespace rota::core
