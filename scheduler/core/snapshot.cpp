// Records that rebuild what is durable. Ephemeral facts stay out: a thread attempt that runs is queued in a snapshot.
#include "scheduler/core/snapshot.h"

#include <algorithm>
#include <utility>

namespace rota::core {
namespace {

class Writer {
 public:
  Writer(const State& state, std::vector<Record>& out) : state_(state), out_(out) {}

  template <class F>
  void fact(F f) { out_.push_back({Fact(std::move(f)), true}); }

  void run(const Run& run) {
    fact(record::Submitted{run.id, run.submitted, run.plan, run.terms});
    gate(run);
    pauses(run);
    for (std::uint32_t page = 0; page < run.tasks.pages(); ++page) tasks(run, page);
    conditions(run);
    for (const CancelNote& note : run.cancels) fact(record::CancelNoted{run.id, note});
    if (run.verdict) fact(record::RunJudged{run.id, run.verdict->outcome, run.verdict->reason, run.verdict->at});
    if (run.stop) fact(record::RunStopping{run.id, run.stop->cause, run.stop->now, run.stop->at, run.stop->due,
                                        run.stop->by});
    if (run.end) fact(record::RunEnded{run.id, run.end->outcome, run.end->reason, run.end->at});
  }

  /// Starts in thread and async mode that the journal has: true until the next life of the coordinator.
  void live_threads(const Run& run) {
    for (const TaskSlot s : alive_in(state_, run)) {
      const Task& task = run.task(s);
      if (!run.job_of(task).runs_in_pool() || !hold_of(task.now)) continue;
      if (is_cancelled_alone(run, task)) live(run, s, true);
      else if (start_is_durable(run, task.job) && started_of(task.now).ns != 0) live(run, s, false);
    }
  }

 private:
  /// What its submission does not say already.
  void gate(const Run& run) {
    const Gate fresh = make_gate(run.terms, is_grouped(run), run.submitted);
    const Instant at = run.submitted.mono;
    if (run.gate.held != fresh.held) fact(record::HoldChanged{run.id, std::nullopt, run.gate.held, at});
    if (run.gate.cleared != fresh.cleared || (run.gate.opened && run.gate.opened != fresh.opened))
      fact(record::GateOpened{run.id, run.gate.opened.value_or(at)});
    for (JobIndex j = 0; j < run.nodes.size(); ++j)
      if (run.nodes[j].held) fact(record::HoldChanged{run.id, j, true, at});
    for (JobIndex j = 0; j < run.nodes.size(); ++j)
      if (run.nodes[j].lowered) fact(record::Updated{run.id, j, {}, run.plan.jobs[j].max_parallel, at});
  }

  void pauses(const Run& run) {
    const auto by = [&](const PauseMark& mark) { return run.pausers.at(mark.by); };
    if (run.pause) fact(record::PauseChanged{run.id, {}, false, true, run.pause->at, by(*run.pause)});
    for (JobIndex j = 0; j < run.nodes.size(); ++j)
      if (const auto& mark = run.nodes[j].pause)
        fact(record::PauseChanged{run.id, TaskSpan{j, 0, run.nodes[j].count}, true, true, mark->at, by(*mark)});
  }

  static bool is_cancelled_alone(const Run& run, const Task& task) {
    const auto* s = std::get_if<Stopping>(&task.now);
    return s && s->cause == StopCause::cancel_user && !(run.stop && run.stop->cause == StopCause::cancel_user);
  }

  /// What was found true, once and for good.
  void conditions(const Run& run) {
    for (JobIndex j = 0; j < run.nodes.size(); ++j) {
      const Node& node = run.nodes[j];
      const jobs::Job& job = run.plan.jobs[j];
      if (!node.message.empty())
        fact(record::TasksEnded{run.id, {j, 0, 0}, Outcome::failed, {ReasonKind::expression, 0}, run.submitted.mono,
                                node.message});
      if (job.condition && !asks_each_task(job) && node.fate == Fate::released)
        fact(record::ConditionMet{run.id, j, node.since});
    }
  }

  void tasks(const Run& run, std::uint32_t page) {
    if (run.tasks.is_closed(page))
      return fact(record::TasksPacked{run.id, run.tasks.first_of(page), std::string(run.tasks.packed(page))});
    if (run.tasks.is_untouched(page)) return;
    for (TaskSlot s = run.tasks.first_of(page); s < run.tasks.end_of(page); ++s)
      if (!run.tasks.is_fresh(s)) task(run, s);
  }

  void task(const Run& run, TaskSlot slot) {
    const Task& task = run.task(slot);
    std::vector<const PastAttempt*> oldest_first;
    run.each_past(slot, [&](const PastAttempt& p) { oldest_first.push_back(&p); });
    std::reverse(oldest_first.begin(), oldest_first.end());
    const bool process = !run.job_of(task).runs_in_pool();
    if (!process && start_is_durable(run, task.job)) latches(run, slot, oldest_first);
    for (const PastAttempt* p : oldest_first) past(run, task, *p);
    if (process && hold_of(task.now)) live(run, slot, true);
    // An end that no attempt brought about.
    const bool by_attempt = !oldest_first.empty() && oldest_first.back()->end.next == record::Next::finished;
    if (const auto* f = std::get_if<Finished>(&task.now); f && !by_attempt)
      fact(record::TaskEnded{run.id_of(slot), f->outcome, f->reason, f->at});
  }

  static bool began(const PastAttempt& p) { return p.end.report.started.ns != 0 || p.pid != 0 || p.ready; }

  /// That a need on `started` or `ready` was met outlives the attempt that met it, though that attempt may have left no
  /// end: its coordinator died, and it is queued again. EpochBegan takes care of what these starts leave.
  void latches(const Run& run, TaskSlot slot, const std::vector<const PastAttempt*>& past) {
    const Task& task = run.task(slot);
    const Node& node = run.nodes[task.job];
    const AttemptId id{run.id_of(slot), past.empty() ? 1 : past.front()->end.attempt.number};
    const Hold* hold = hold_of(task.now);
    const auto any = [&](auto&& f) {
      return std::any_of(past.begin(), past.end(), [&](const PastAttempt* p) { return f(*p); });
    };
    const bool told_ready = (hold && hold->ready) || any([](const PastAttempt& p) { return p.ready; });
    const bool told_start = started_of(task.now).ns != 0 || any(began);
    if (node.was_ready && !told_ready) fact(record::BecameReady{id, run.submitted.mono});
    if (node.was_started && !told_start) fact(record::Started{id, {}, 0, run.submitted.mono});
  }

  void past(const Run& run, const Task& task, const PastAttempt& p) {
    const record::AttemptEnded& end = p.end;
    if (p.granted.ns != 0) fact(record::Granted{end.attempt, end.worker, p.granted});
    if (began(p) && start_is_durable(run, task.job))
      fact(record::Started{end.attempt, end.worker, p.pid, end.report.started});
    if (p.ready) fact(record::BecameReady{end.attempt, end.report.started});
    fact(end);
  }

  /// An attempt that a worker answers for. `whole`: also what is durable only of processes and of what was cancelled.
  void live(const Run& run, TaskSlot slot, bool whole) {
    const Task& task = run.task(slot);
    const Hold& hold = *hold_of(task.now);
    const AttemptId id{run.id_of(slot), hold.number};
    const Instant at = started_of(task.now);
    if (whole) fact(record::Granted{id, hold.worker, hold.granted});
    if (at.ns != 0) fact(record::Started{id, hold.worker, pid_of(task.now), at});
    if (hold.ready) fact(record::BecameReady{id, at});
    const auto* paused = std::get_if<Paused>(&task.now);
    const TaskSpan alone{task.job, slot - run.nodes[task.job].first, 1};
    const Instant asked = paused ? paused->since : at;
    if (hold.pause || paused)
      fact(record::PauseChanged{run.id, alone, false, true, asked, run.pausers.at(hold.paused_by)});
    if (paused) fact(record::Frozen{id, true, paused->since});
    if (paused && !hold.pause) fact(record::PauseChanged{run.id, alone, false, false, paused->since, {}});
    const auto* s = std::get_if<Stopping>(&task.now);
    if (!s || !whole) return;
    fact(record::StopAsked{id, s->cause, s->asked, false, s->due});
    if (s->hurried.ns != 0) fact(record::StopAsked{id, s->cause, s->hurried, true});
  }

  const State& state_;
  std::vector<Record>& out_;
};

}  // namespace

std::vector<Record> snapshot_of(const State& state) {
  std::vector<Record> out;
  Writer writer(state, out);
  for (const auto& [name, file] : state.schedules().files)
    writer.fact(record::Registered{file.plan, file.terms, file.registered, file.enabled, file.marks});
  for (const auto& [id, run] : state.runs()) writer.run(run);
  writer.fact(record::EpochBegan{state.epoch(), state.epoch_began()});
  for (const auto& [id, run] : state.runs()) writer.live_threads(run);
  for (std::uint32_t i = 0; i < state.pools().size(); ++i)
    if (const Pool& pool = state.pools().at(i); pool.pace.rate > 0)
      writer.fact(record::PoolPaced{pool.pace, pool.paced});
  return out;
}

}  // namespace rota::core
