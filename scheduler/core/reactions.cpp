// Reports and wishes, one by one.
#include "scheduler/core/reactions.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "scheduler/core/attempts.h"
#include "scheduler/core/blame.h"
#include "scheduler/core/gates.h"
#include "scheduler/core/pauses.h"
#include "scheduler/core/stops.h"

namespace rota::core {
namespace {

/// The task whose live attempt this is, at this worker; null: the report is stale, and counted.
const Run* expect(Ledger& l, WorkerId worker, AttemptId attempt, TaskSlot& slot) {
  const Run* run = l.state().find(attempt.task, slot);
  const bool may_be = run && !run->has_ended(slot) && !run->tasks.is_fresh(slot);
  const Hold* hold = may_be ? hold_of(run->task(slot).now) : nullptr;
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
Verdict judge_unproved(const Run& run, TaskSlot slot) {
  if (run.job_of(run.task(slot)).runs_in_pool()) return judge_interrupted(run, slot);
  return {Outcome::lost, {ReasonKind::worker_lost, 0}};
}

constexpr std::int32_t kKill = 9;

/// A begun attempt whose worker died under it.
Verdict judge_orphan(const Run& run, TaskSlot slot, AttemptReport& report) {
  const Task& task = run.task(slot);
  const bool process = !run.job_of(task).runs_in_pool();
  const auto* s = std::get_if<Stopping>(&task.now);
  // A pool worker's death ends what it ran. A launcher's does not prove that a process ended, unless nobody cares.
  if (s && (!process || s->cause == StopCause::not_needed)) {
    report.ending = {Ending::Kind::signalled, 9, s->cause, true, false};
    return {judge_stop(s->cause).outcome, stop_reason(run, s->cause)};
  }
  return judge_unproved(run, slot);
}

/// A launcher of an earlier life is nobody's child: how it ended cannot be had.
std::string death_of(const event::WorkerDown& e) {
  const std::string who = "w" + std::to_string(e.worker.seat);
  if (e.signal != 0) return who + " was ended by signal " + std::to_string(e.signal);
  return who + (e.exit < 0 ? ", how is not known" : " ended with exit status " + std::to_string(e.exit));
}

/// A daemon that others need ready, and that ended by itself before it was.
bool fell_short(const Run& run, const Task& task) {
  const Node& node = run.nodes[task.job];
  if (!run.job_of(task).daemon || node.was_ready) return false;
  for (std::uint32_t e = node.edges_begin; e < node.edges_end; ++e)
    if (run.edges[e].kind == jobs::NeedKind::ready) return true;
  return false;
}

void account_dead(Ledger& l, const event::WorkerDown& e, TaskRef t) {
  const Run& run = *l.state().find(t.run);
  const Task& task = run.task(t.slot);
  const AttemptId id{run.id_of(t.slot), hold_of(task.now)->number};
  AttemptReport report = report_of_loss(task.now, l.instant());
  const CrewId crew = run.crews[hold_of(task.now)->crew].id;
  // One thread: no other can have done it just now. But nobody knows who has sent a SIGKILL; only in quarantine, after
  // two other deaths, is that enough.
  const bool alone = is_quarantine(crew) || (is_warm(crew) && e.signal != kKill);
  const auto accusation = accusation_of(e, id, alone);
  const bool named = accusation && accusation->named;
  if (!named && report.started.ns == 0 && !contains(e.begun, id)) {
    report.ending.kind = Ending::Kind::revoked;
    return end_attempt(l, t, {Outcome::revoked, {}}, std::move(report));
  }
  report.message = death_of(e);
  // What was being stopped ends by the cause of that, however it went.
  const bool stopping = std::holds_alternative<Stopping>(task.now);
  const Verdict v = accusation && !stopping ? judge_accused(run, t.slot, *accusation, e.trace, report)
                                            : judge_orphan(run, t.slot, report);
  end_attempt(l, t, v, std::move(report));
}

/// A launcher that came back does not have it.
void account_missing(Ledger& l, TaskRef t) {
  const Run& run = *l.state().find(t.run);
  const Task& task = run.task(t.slot);
  AttemptReport report = report_of_loss(task.now, l.instant());
  const bool began = report.started.ns != 0;
  if (!began) report.ending.kind = Ending::Kind::revoked;
  const Verdict v = began ? judge_orphan(run, t.slot, report) : Verdict{Outcome::revoked, {}};
  end_attempt(l, t, v, std::move(report));
}

void end_done(Ledger& l, const Run& run, JobIndex job) {
  const Reason done{ReasonKind::done, static_cast<std::int32_t>(run.terms.retry_of)};
  if (job < run.nodes.size()) end_waiting(l, run.id, job, Outcome::skipped, done);
}

void end_done(Ledger& l, const Run& run, TaskSpan tasks) {
  const Reason done{ReasonKind::done, static_cast<std::int32_t>(run.terms.retry_of)};
  if (tasks.job >= run.nodes.size() || tasks.first >= run.nodes[tasks.job].count) return;
  tasks.count = std::min(tasks.count, run.nodes[tasks.job].count - tasks.first);
  end_waiting(l, run.id, tasks, Outcome::skipped, done);
}

/// Cancelled by their users and still to end when their coordinator died: that was their end.
void end_cancelled_with_their_worker(Ledger& l) {
  std::vector<TaskRef> cancelled;
  for (const auto& [id, run] : l.state().runs())
    for (const TaskSlot s : alive_in(l.state(), run)) {
      const auto* stopping = std::get_if<Stopping>(&run.task(s).now);
      if (stopping && stopping->cause == StopCause::cancel_user && run.job_of(run.task(s)).runs_in_pool())
        cancelled.push_back({id, s});
    }
  for (const TaskRef t : cancelled) end_task(l, t, Outcome::cancelled, {ReasonKind::cancel_user, 0});
}

/// When the users' patience is over; 0: they set it no end.
Instant due_in(const Ledger& l, std::optional<Duration> grace) {
  return grace ? after(l.instant(), std::max(*grace, Duration::zero())) : Instant{};
}

/// One that was asked to stop and has had its time.
bool is_overdue(const Run& run, const Task& task, Instant now) {
  const auto due = deadline_of(run, task);
  return std::holds_alternative<Stopping>(task.now) && due && *due <= now;
}

/// How long those that run besides may still go on; none: nothing else runs.
std::optional<Instant> patience_with(const Ledger& l, const Seat& seat) {
  std::optional<Instant> until;
  for (const auto& list : seat.held)
    for (const TaskRef t : list) {
      const Run& run = *l.state().find(t.run);
      const Task& task = run.task(t.slot);
      if (is_unstarted(task) || is_overdue(run, task, l.instant())) continue;
      const Instant own = after(l.instant(), run.settings_of(task).stop_grace);
      until = until ? std::max(*until, own) : own;
    }
  return until;
}

void kill_worker(Ledger& l, std::uint32_t seat) {
  const WorkerId worker = l.state().fleet().seat(seat).worker;
  l.world().fleet().dying(seat);
  l.act(action::KillWorker{worker});
}

/// A thread cannot be killed alone. `patient`: its neighbours may come to their ends, while a successor takes what is
/// new.
void end_worker(Ledger& l, const Hold& hold, bool patient) {
  const Seat& seat = l.state().fleet().seat(hold.seat);
  if (seat.life == Seat::Life::draining && patient) return;
  const auto until = patient && seat.life == Seat::Life::up ? patience_with(l, seat) : std::nullopt;
  if (!until) return kill_worker(l, hold.seat);
  l.world().fleet().drain(hold.seat, *until);
  l.act(action::DrainWorker{hold.worker});
  for (const TaskRef t : all_held(seat))
    if (is_unstarted(l.state().find(t.run)->task(t.slot))) retract_attempt(l, t);
}

void kill_drained(Ledger& l) {
  const auto& seats = l.state().fleet().seats();
  for (std::uint32_t i = 0; i < seats.size(); ++i)
    if (seats[i].life == Seat::Life::draining && seats[i].kill_at <= l.instant()) kill_worker(l, i);
}

/// The last that was waited for has ended.
void kill_if_drained(Ledger& l, WorkerId worker) {
  const std::uint32_t seat = l.state().fleet().find(worker);
  if (seat == kNone || l.state().fleet().seat(seat).life != Seat::Life::draining) return;
  if (!patience_with(l, l.state().fleet().seat(seat))) kill_worker(l, seat);
}

void meet_deadline(Ledger& l, TaskRef t) {
  const Run& run = *l.state().find(t.run);
  if (t.slot == kNone && run.gate.opened) return stop_run(l, t.run, StopCause::run_timeout, false);
  if (t.slot == kNone) return look_at_gate(l, t.run);
  const Task& task = run.task(t.slot);
  if (std::holds_alternative<Backoff>(task.now)) {
    l.write(record::BackoffOver{run.id_of(t.slot)}, false);
  } else if (std::holds_alternative<Running>(task.now)) {
    stop_attempt(l, t, StopCause::timeout, false);
  } else if (const auto* s = std::get_if<Stopping>(&task.now)) {
    end_worker(l, s->hold, s->cause == StopCause::timeout && s->hurried.ns == 0 && !run.stop);
  }
}

}  // namespace

void react(Ledger& l, event::Submit& e) {
  if (e.run == 0 || l.state().find(e.run)) return l.world().count_stale();
  // It can wait only for what is alive: a wait that is over is no term, and no two runs can wait for each other.
  std::erase_if(e.terms->after, [&](RunId id) {
    const Run* another = l.state().find(id);
    return !another || another->end;
  });
  l.write(record::Submitted{e.run, l.now(), std::move(e.plan), std::move(e.terms)});
  const Run& run = *l.state().find(e.run);
  for (const JobIndex job : run.terms.done) end_done(l, run, job);
  for (const TaskSpan& tasks : run.terms.done_tasks) end_done(l, run, tasks);
}

void react(Ledger& l, event::WorkerUp& e) {
  l.world().fleet().up(e.worker, e.capacity, e.crew);
  if (!e.holds) return;
  std::sort(e.holds->begin(), e.holds->end());
  const std::uint32_t seat = l.state().fleet().find(e.worker);
  for (const TaskRef t : all_held(l.state().fleet().seat(seat))) {
    const Run& run = *l.state().find(t.run);
    const TaskCase& now = run.task(t.slot).now;
    const auto* stopping = std::get_if<Stopping>(&now);
    if (!contains(*e.holds, AttemptId{run.id_of(t.slot), hold_of(now)->number})) account_missing(l, t);
    else if (stopping) repeat_stop(l, t, stopping->hurried.ns != 0 || (run.stop && run.stop->now));
    else repeat_pause(l, t);
  }
  retract_held_back(l, l.state().fleet().seat(seat));
}

void react(Ledger& l, event::WorkerDown& e) {
  const std::uint32_t seat = l.state().fleet().find(e.worker);
  if (seat == kNone) return l.world().count_stale();
  std::sort(e.begun.begin(), e.begun.end());
  std::sort(e.suspects.begin(), e.suspects.end());
  for (const TaskRef t : all_held(l.state().fleet().seat(seat))) account_dead(l, e, t);
  l.world().fleet().down(seat);
}

void react(Ledger& l, event::Started& e) {
  TaskSlot slot = kNone;
  const Run* run = expect(l, e.worker, e.attempt, slot);
  if (!run) return;
  const Task& task = run->task(slot);
  if (started_of(task.now).ns != 0) return l.world().count_stale();
  l.world().fleet().answered(hold_of(task.now)->seat, e.attempt);
  const Instant at = e.at.ns == 0 ? l.instant() : std::min(e.at, l.instant());
  l.write(record::Started{e.attempt, e.worker, e.pid, at}, start_is_durable(*run, e.attempt.task.job));
  repeat_pause(l, {run->id, slot});
}

void react(Ledger& l, event::BecameReady& e) {
  TaskSlot slot = kNone;
  const Run* run = expect(l, e.worker, e.attempt, slot);
  if (!run) return;
  if (hold_of(run->task(slot).now)->ready) return l.world().count_stale();
  l.write(record::BecameReady{e.attempt, l.instant()});
}

void react(Ledger& l, event::ProbeFailed& e) {
  TaskSlot slot = kNone;
  const Run* run = expect(l, e.worker, e.attempt, slot);
  if (!run) return;
  const Hold& hold = *hold_of(run->task(slot).now);
  // What was asked to end already ends for that; one that has become ready meanwhile was in time; and who stands still
  // answers nobody.
  const bool too_late = e.cause == StopCause::not_ready && hold.ready;
  if (too_late || hold.pause || !std::holds_alternative<Running>(run->task(slot).now)) return l.world().count_stale();
  stop_attempt(l, {run->id, slot}, e.cause, false);
}

void react(Ledger& l, event::WorkerWorn& e) {
  const std::uint32_t seat = l.state().fleet().find(e.worker);
  if (seat == kNone) return l.world().count_stale();
  l.world().fleet().spend(seat);
  retire_if_spent(l, e.worker);
}

void react(Ledger& l, event::Progressed& e) {
  TaskSlot slot = kNone;
  if (expect(l, e.worker, e.attempt, slot) && e.progress <= kProgressDone)
    l.write(record::Progressed{e.attempt, e.progress}, false);
}

void react(Ledger& l, event::Finished& e) {
  TaskSlot slot = kNone;
  const Run* run = expect(l, e.worker, e.attempt, slot);
  if (!run) return;
  const Task& task = run->task(slot);
  Verdict v = judge(e.report.ending, run->settings_of(task));
  if (v.reason.kind == ReasonKind::replaced) v.reason = stop_reason(*run, StopCause::replaced);
  if (v.outcome == Outcome::succeeded && v.reason.kind == ReasonKind::none && fell_short(*run, task)) {
    v = {Outcome::failed, {ReasonKind::exit, e.report.ending.value}};
    e.report.message = "it ended before it was ready";
  }
  const Instant began = started_of(task.now);
  if (v.outcome != Outcome::revoked && e.report.started.ns == 0) e.report.started = began;
  if (v.outcome == Outcome::revoked && began.ns != 0) {
    v = judge_unproved(*run, slot);
    e.report.started = began;
  }
  end_attempt(l, {run->id, slot}, v, std::move(e.report));
  kill_if_drained(l, e.worker);
}

void react(Ledger& l, event::CancelRun& e) {
  const Run* run = l.state().find(e.run);
  if (run && (!run->verdict || e.now)) note_cancel(l, e.run, {}, e.reason);
  // A cancel always has a cause: none would mean "start nothing new".
  stop_run(l, e.run, e.cause == StopCause::none ? StopCause::cancel_user : e.cause, e.now,
           due_in(l, e.grace));
}

void react(Ledger& l, event::CancelTasks& e) {
  std::map<RunId, std::vector<TaskSpan>> by_run;
  for (const auto& span : e.tasks) by_run[span.run].push_back({span.job, span.first, span.count});
  if (!e.reason.empty())
    for (const auto& [run, tasks] : by_run) note_cancel(l, run, tasks, e.reason);
  for (const auto& [run, tasks] : by_run)
    for (const TaskSpan& span : tasks) cancel_tasks(l, run, span, e.now, due_in(l, e.grace));
}

void react(Ledger& l, event::Hold& e) { change_hold(l, e); }

void react(Ledger& l, event::Update& e) { update(l, e); }

void react(Ledger& l, event::Pause& e) { change_pause(l, e); }

void react(Ledger& l, event::Frozen& e) {
  TaskSlot slot = kNone;
  const Run* run = expect(l, e.worker, e.attempt, slot);
  if (!run) return;
  const TaskCase& now = run->task(slot).now;
  const bool is_news = e.frozen ? std::holds_alternative<Running>(now) : std::holds_alternative<Paused>(now);
  if (!is_news) return;  // told again, or too late: it is to end
  const Instant at = e.at.ns == 0 ? l.instant() : std::min(e.at, l.instant());
  l.write(record::Frozen{e.attempt, e.frozen, at});
}

void react(Ledger& l, event::Admission& e) {
  l.world().admit(e.closed);
  if (e.closed == ReasonKind::none) return;
  // What a worker was granted ahead of a free slot would start all the same.
  for (std::size_t i = 0; i < l.state().fleet().seats().size(); ++i)
    for (const TaskRef t : all_held(l.state().fleet().seats()[i]))
      if (is_unstarted(l.state().find(t.run)->task(t.slot))) retract_attempt(l, t);
}

void react(Ledger& l, event::Bounds& e) {
  l.world().fleet().bound(e.command_slots, e.process_slots);
  l.world().bound_pools(e.cpus_milli, e.memory);
}

void react(Ledger& l, event::ShutDown&) {
  l.world().shut_down();
  for (std::size_t i = 0; i < l.state().fleet().seats().size(); ++i)
    for (const TaskRef t : all_held(l.state().fleet().seats()[i])) {
      const Run& run = *l.state().find(t.run);
      if (run.job_of(run.task(t.slot)).runs_in_pool()) stop_attempt(l, t, StopCause::shutdown, false);
    }
}

void react(Ledger& l, event::NoWorker& e) { fail_waiting(l, e.crew, e.mode, e.error); }

void react(Ledger& l, event::Shortage& e) {
  if (!e.worker) return l.world().fleet().lack_worker(e.of_pool, e.error);
  const std::uint32_t seat = l.state().fleet().find(*e.worker);
  if (seat == kNone) return l.world().count_stale();
  l.world().fleet().lack_process(seat, e.error);
}

void react(Ledger& l, event::Wake&) {
  while (const auto due = l.world().take_deadline(l.instant())) meet_deadline(l, due->task);
  for (auto due = l.state().fleet().next_kill(); due && *due <= l.instant(); due = l.state().fleet().next_kill())
    kill_drained(l);
}

void react(Ledger& l, event::Recovered& e) {
  end_cancelled_with_their_worker(l);
  l.write(record::EpochBegan{e.epoch, l.now()});
  l.world().fleet().all_unknown();
}

}  // namespace rota::core
