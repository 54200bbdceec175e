// Endings to outcomes, outcomes to sequels.
#include "scheduler/core/judge.h"

#include <algorithm>

#include "scheduler/core/retry.h"

namespace rota::core {
namespace {

Verdict judge_exit(std::int32_t status, const jobs::Settings& s) {
  const auto& good = s.success_exit_codes;
  if (std::find(good.begin(), good.end(), status) != good.end()) return {};
  return {Outcome::failed, {ReasonKind::exit, status}};
}

bool may_retry(const Run& run, const Task& task) {
  if (run.stop || run.nodes[task.job].shut != ReasonKind::none) return false;
  const auto* stopping = std::get_if<Stopping>(&task.now);
  // One that ended by itself while its coordinator was about to stop is tried again like any other.
  const auto may_again = [](StopCause c) {
    return c == StopCause::timeout || c == StopCause::shutdown || c == StopCause::not_live || c == StopCause::not_ready;
  };
  if (stopping && !may_again(stopping->cause)) return false;
  return !run.job_of(task).daemon || is_needed(run, task.job);
}

bool was_up_long(const jobs::Restart& restart, const AttemptReport& r) {
  return r.started.ns != 0 && r.ended - r.started >= steady_after(restart.pace);
}

bool wants_restart(const jobs::Restart& restart, Verdict v) {
  using When = jobs::Restart::When;
  if (!is_bad(v.outcome)) return restart.when == When::always && v.outcome == Outcome::succeeded;
  return (restart.pace.on & retry_bit(v.outcome, v.reason)) != 0;
}

/// A daemon that ends by itself. Its restarts are counted anew once it was up for long.
Sequel restarted(const Run& run, TaskSlot slot, std::uint32_t number, Verdict v, const AttemptReport& report,
                 Instant now) {
  const jobs::Restart& restart = run.settings_of(run.task(slot)).restart;
  if (!wants_restart(restart, v) || number >= limits::kRestarts) return {};
  std::uint32_t in_a_row = 1;
  bool counts = !was_up_long(restart, report);
  run.each_past(slot, [&](const PastAttempt& p) {
    in_a_row += counts && ends_task(p.end.outcome) ? 1 : 0;
    counts = counts && !was_up_long(restart, p.end.report);
  });
  if (restart.pace.limit != 0 && in_a_row > restart.pace.limit) return {};
  return {record::Next::backoff, now + retry_delay(restart.pace, in_a_row, {run.id_of(slot), number})};
}

}  // namespace

Verdict judge_stop(StopCause cause) {
  switch (cause) {
    case StopCause::timeout: return {Outcome::timed_out, {ReasonKind::timeout, 0}};
    case StopCause::run_timeout: return {Outcome::timed_out, {ReasonKind::run_timeout, 0}};
    case StopCause::cancel_policy: return {Outcome::cancelled, {ReasonKind::cancel_policy, 0}};
    case StopCause::not_needed: return {Outcome::succeeded, {ReasonKind::not_needed, 0}};
    case StopCause::shutdown: return {Outcome::interrupted, {ReasonKind::shut_down, 0}};
    case StopCause::fail_fast: return {Outcome::cancelled, {ReasonKind::fail_fast, 0}};
    case StopCause::replaced: return {Outcome::cancelled, {ReasonKind::replaced, 0}};
    case StopCause::not_live: return {Outcome::failed, {ReasonKind::not_live, 0}};
    case StopCause::not_ready: return {Outcome::failed, {ReasonKind::not_ready, 0}};
    case StopCause::cancel_user:
    case StopCause::none: break;
  }
  return {Outcome::cancelled, {ReasonKind::cancel_user, 0}};
}

Verdict judge(const Ending& e, const jobs::Settings& s) {
  using Kind = Ending::Kind;
  // What never reached the user's code cannot have been ended by a stop.
  if (e.kind == Kind::revoked) return {Outcome::revoked, {}};
  if (e.kind == Kind::spawn_failed) return {Outcome::failed, {ReasonKind::spawn, e.value}};
  if (e.kind == Kind::bad_call) return {Outcome::failed, {ReasonKind::bad_call, 0}};
  if (e.kind == Kind::bad_value) return {Outcome::failed, {ReasonKind::expression, 0}};
  if (e.kind == Kind::unprepared) return {Outcome::failed, {ReasonKind::initializer, 0}};
  if (e.kind == Kind::no_secret) return {Outcome::failed, {ReasonKind::secret, 0}};
  if (e.stopped_by != StopCause::none) return judge_stop(e.stopped_by);
  const bool is_well = e.kind == Kind::exited && judge_exit(e.value, s).outcome == Outcome::succeeded;
  if (e.oom && !is_well) return {Outcome::oom, {ReasonKind::oom, 0}};
  switch (e.kind) {
    case Kind::exited: return judge_exit(e.value, s);
    case Kind::signalled: return {Outcome::crashed, {ReasonKind::signal, e.value}};
    case Kind::threw: return {Outcome::failed, {ReasonKind::exception, 0}};
    case Kind::bad_output: return {Outcome::failed, {ReasonKind::bad_output, 0}};
    default: return {};
  }
}

Verdict judge_interrupted(const Run& run, TaskSlot slot) {
  std::uint64_t times = 0;
  run.each_past(slot, [&](const PastAttempt& p) {
    // An orderly stop of the coordinator says nothing about the job.
    times += p.end.outcome == Outcome::interrupted && p.end.reason.kind != ReasonKind::shut_down ? 1 : 0;
  });
  if (times < limits::kInterruptions) return {Outcome::interrupted, {ReasonKind::worker_lost, 0}};
  return {Outcome::lost, {ReasonKind::worker_lost, 0}};
}

Sequel sequel(const Run& run, TaskSlot slot, std::uint32_t number, Verdict v, const AttemptReport& report,
              Instant now) {
  const Task& task = run.task(slot);
  if (!ends_task(v.outcome)) return {record::Next::requeue, {}};
  if (!may_retry(run, task)) return {};
  if (run.job_of(task).daemon && run.settings_of(task).restart.when != jobs::Restart::When::no)
    return restarted(run, slot, number, v, report, now);
  if (!is_bad(v.outcome)) return {};
  const jobs::Retry& retry = run.settings_of(task).retry;
  if (retry.limit == 0 || (retry.on & retry_bit(v.outcome, v.reason)) == 0) return {};
  std::uint32_t charged = 1;
  run.each_past(slot, [&](const PastAttempt& p) { charged += ends_task(p.end.outcome) ? 1 : 0; });
  if (charged > retry.limit) return {};
  return {record::Next::backoff, now + retry_delay(retry, charged, {run.id_of(slot), number})};
}

}  // namespace rota::core
