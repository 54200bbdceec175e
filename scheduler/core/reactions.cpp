// Reports and wishes, one by one.
#include "scheduler/core/reactions.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "scheduler/core/attempts.h"
#include "scheduler/core/stops.h"

namespace rota::core {
namespace {

/// The task whose live attempt this is, at this worker; null: the report is stale, and counted.
const Run* expect(Ledger& l, WorkerId worker, AttemptId attempt, TaskSlot& slot) {
  const Run* run = l.state().find(attempt.task, slot);
  const Hold* hold = run ? hold_of(run->tasks[slot].now) : nullptr;
  if (hold && hold->number == attempt.number && hold->worker == worker) return run;
  l.world().count_stale();
  return nullptr;
}

bool contains(const std::vector<AttemptId>& sorted, const AttemptId& x) {
  return std::binary_search(sorted.begin(), sorted.end(), x);
}

AttemptReport report_of_loss(const TaskCase& c, Instant now) {
  AttemptReport r;
  r.started = started_of(c);
  r.ended = now;
  return r;
}

/// An attempt whose worker says it never started, though it has said that it had: nothing is proved.
Verdict judge_unproved(const Run& run, const Task& task) {
  if (run.job_of(task).mode != Mode::process) return judge_interrupted(run, task);
  return {Outcome::lost, {ReasonKind::worker_lost, 0}};
}

/// A begun attempt whose worker died under it.
Verdict judge_orphan(const Run& run, const Task& task, AttemptReport& report) {
  const bool process = run.job_of(task).mode == Mode::process;
  const auto* s = std::get_if<Stopping>(&task.now);
  // A pool worker's death ends what it ran. A launcher's does not prove that a process ended, unless nobody cares.
  if (s && (!process || s->cause == StopCause::not_needed)) {
    report.ending = {Ending::Kind::signalled, 9, s->cause, true, false};
    return judge_stop(s->cause);
  }
  return judge_unproved(run, task);
}

Verdict judge_guilty(const event::WorkerDown& e, AttemptReport& report) {
  const std::int32_t signal = e.guilty->signal;
  report.ending = signal != 0 ? Ending{Ending::Kind::signalled, signal} : Ending{Ending::Kind::exited, e.exit};
  if (signal != 0) return {Outcome::crashed, {ReasonKind::signal, signal}};
  return {Outcome::crashed, {ReasonKind::exit, e.exit}};
}

std::string death_of(const event::WorkerDown& e) {
  const std::string how = e.signal != 0 ? "signal " + std::to_string(e.signal) : "exit " + std::to_string(e.exit);
  return "worker " + std::to_string(e.worker.seat) + "." + std::to_string(e.worker.generation) + " ended by " + how;
}

void account_dead(Ledger& l, const event::WorkerDown& e, TaskRef t) {
  const Run& run = *l.state().find(t.run);
  const Task& task = run.tasks[t.slot];
  const AttemptId id{run.id_of(t.slot), hold_of(task.now)->number};
  AttemptReport report = report_of_loss(task.now, l.instant());
  const bool guilty = e.guilty && e.guilty->attempt == id;
  if (!guilty && report.started.ns == 0 && !contains(e.begun, id)) {
    report.ending.kind = Ending::Kind::revoked;
    return end_attempt(l, t, {Outcome::revoked, {}}, std::move(report));
  }
  report.message = death_of(e);
  const Verdict v = guilty ? judge_guilty(e, report) : judge_orphan(run, task, report);
  end_attempt(l, t, v, std::move(report));
}

/// The fleet's lists change while attempts end: work on a copy.
std::vector<TaskRef> all_held(const Seat& seat) {
  std::vector<TaskRef> all;
  for (const auto& list : seat.held) all.insert(all.end(), list.begin(), list.end());
  return all;
}

void meet_deadline(Ledger& l, TaskRef t) {
  if (t.slot == kNone) return stop_run(l, t.run, StopCause::run_timeout, false);
  const Run& run = *l.state().find(t.run);
  const Task& task = run.tasks[t.slot];
  if (std::holds_alternative<Backoff>(task.now)) {
    l.write(record::BackoffOver{run.id_of(t.slot)}, false);
  } else if (std::holds_alternative<Running>(task.now)) {
    stop_attempt(l, t, StopCause::timeout, false);
  } else if (const auto* s = std::get_if<Stopping>(&task.now)) {
    // A thread cannot be killed alone.
    l.world().fleet().dying(s->hold.seat);
    l.act(action::KillWorker{s->hold.worker});
  }
}

}  // namespace

void react(Ledger& l, event::Submit& e) {
  if (e.run == 0 || l.state().find(e.run)) return l.world().count_stale();
  l.write(record::Submitted{e.run, l.now(), std::move(e.plan), std::move(e.terms)});
}

void react(Ledger& l, event::WorkerUp& e) {
  l.world().fleet().up(e.worker, e.capacity);
  if (!e.holds) return;
  std::sort(e.holds->begin(), e.holds->end());
  const Seat& seat = l.state().fleet().seat(l.state().fleet().find(e.worker));
  for (const TaskRef t : all_held(seat)) {
    const Run& run = *l.state().find(t.run);
    const TaskCase& now = run.tasks[t.slot].now;
    if (contains(*e.holds, AttemptId{run.id_of(t.slot), hold_of(now)->number})) {
      if (std::holds_alternative<Stopping>(now)) repeat_stop(l, t, run.stop && run.stop->now);
      continue;
    }
    AttemptReport report = report_of_loss(now, l.instant());
    const Verdict v = report.started.ns == 0 ? Verdict{Outcome::revoked, {}} : judge_unproved(run, run.tasks[t.slot]);
    if (v.outcome == Outcome::revoked) report.ending.kind = Ending::Kind::revoked;
    end_attempt(l, t, v, std::move(report));
  }
}

void react(Ledger& l, event::WorkerDown& e) {
  const std::uint32_t seat = l.state().fleet().find(e.worker);
  if (seat == kNone) return l.world().count_stale();
  std::sort(e.begun.begin(), e.begun.end());
  for (const TaskRef t : all_held(l.state().fleet().seat(seat))) account_dead(l, e, t);
  l.world().fleet().down(seat);
}

void react(Ledger& l, event::Started& e) {
  TaskSlot slot = kNone;
  const Run* run = expect(l, e.worker, e.attempt, slot);
  if (!run) return;
  const Task& task = run->tasks[slot];
  if (started_of(task.now).ns != 0) return l.world().count_stale();
  l.world().fleet().answered(hold_of(task.now)->seat, e.attempt);
  const Instant at = e.at.ns == 0 ? l.instant() : std::min(e.at, l.instant());
  l.write(record::Started{e.attempt, e.worker, e.pid, at}, start_is_durable(*run, task));
}

void react(Ledger& l, event::BecameReady& e) {
  TaskSlot slot = kNone;
  const Run* run = expect(l, e.worker, e.attempt, slot);
  if (!run) return;
  if (hold_of(run->tasks[slot].now)->ready) return l.world().count_stale();
  l.write(record::BecameReady{e.attempt, l.instant()});
}

void react(Ledger& l, event::Finished& e) {
  TaskSlot slot = kNone;
  const Run* run = expect(l, e.worker, e.attempt, slot);
  if (!run) return;
  const Task& task = run->tasks[slot];
  Verdict v = judge(e.report.ending, run->settings_of(task));
  const Instant began = started_of(task.now);
  if (v.outcome != Outcome::revoked && e.report.started.ns == 0) e.report.started = began;
  if (v.outcome == Outcome::revoked && began.ns != 0) {
    v = judge_unproved(*run, task);
    e.report.started = began;
  }
  end_attempt(l, {run->id, slot}, v, std::move(e.report));
}

void react(Ledger& l, event::CancelRun& e) {
  // A cancel always has a cause: none would mean "start nothing new".
  stop_run(l, e.run, e.cause == StopCause::none ? StopCause::cancel_user : e.cause, e.now);
}

void react(Ledger&, event::CancelTasks&) {}
void react(Ledger&, event::Hold&) {}
void react(Ledger&, event::Admission&) {}
void react(Ledger&, event::ShutDown&) {}

void react(Ledger& l, event::NoWorker& e) { fail_waiting(l, e.mode, e.error); }

void react(Ledger& l, event::Wake&) {
  while (const auto due = l.world().take_deadline(l.instant())) meet_deadline(l, due->task);
}

void react(Ledger& l, event::Recovered& e) {
  l.write(record::EpochBegan{e.epoch, l.now()});
  l.world().fleet().all_unknown();
}

}  // namespace rota::core
