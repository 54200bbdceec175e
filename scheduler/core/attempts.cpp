// Records and actions around one attempt.
#include "scheduler/core/attempts.h"

#include <algorithm>
#include <utility>

namespace rota::core {
namespace {

const Run& run_of(const Ledger& l, TaskRef t) { return *l.state().find(t.run); }

}  // namespace

void end_attempt(Ledger& l, TaskRef t, Verdict verdict, AttemptReport report) {
  const Run& run = run_of(l, t);
  const Hold hold = *hold_of(run.tasks[t.slot].now);
  const AttemptId id{run.id_of(t.slot), hold.number};
  l.world().fleet().answered(hold.seat, id);
  // Workers are believed about what they did, not about when: nothing of theirs lies in the future.
  report.ended = report.ended.ns == 0 ? l.instant() : std::min(report.ended, l.instant());
  report.started = std::min(report.started, report.ended);
  const Sequel next = sequel(run, t.slot, hold.number, verdict, l.instant());
  l.write(record::AttemptEnded{id, hold.worker, verdict.outcome, verdict.reason, next.next, next.due,
                               std::move(report)});
}

void end_task(Ledger& l, TaskRef t, Outcome outcome, Reason reason) {
  l.write(record::TaskEnded{run_of(l, t).id_of(t.slot), outcome, reason, l.instant()});
}

void stop_attempt(Ledger& l, TaskRef t, StopCause cause, bool now) {
  const Run& run = run_of(l, t);
  const Task& task = run.tasks[t.slot];
  const Hold* hold = hold_of(task.now);
  if (!hold) return;
  if (std::holds_alternative<Stopping>(task.now)) {
    if (now) repeat_stop(l, t, now);
    return;
  }
  // Only a launcher can hear of it after this coordinator's death; other attempts end with it.
  const bool durable = run.job_of(task).mode == Mode::process;
  l.write(record::StopAsked{{run.id_of(t.slot), hold->number}, cause, l.instant()}, durable);
  repeat_stop(l, t, now);
}

void repeat_stop(Ledger& l, TaskRef t, bool now) {
  const Run& run = run_of(l, t);
  const auto& s = std::get<Stopping>(run.tasks[t.slot].now);
  l.act(action::StopAttempt{s.hold.worker, {run.id_of(t.slot), s.hold.number}, s.cause,
                            run.settings_of(run.tasks[t.slot]).stop_grace, now});
}

bool is_unstarted(const Task& task) { return std::holds_alternative<Starting>(task.now); }

void retract_attempt(Ledger& l, TaskRef t) {
  const Run& run = run_of(l, t);
  const Hold& hold = std::get<Starting>(run.tasks[t.slot].now).hold;
  const AttemptId id{run.id_of(t.slot), hold.number};
  const auto& asked = l.state().fleet().seat(hold.seat).retracting;
  if (std::find(asked.begin(), asked.end(), id) != asked.end()) return;
  l.world().fleet().retract(hold.seat, id);
  l.act(action::RetractAttempt{hold.worker, id});
}

}  // namespace rota::core
