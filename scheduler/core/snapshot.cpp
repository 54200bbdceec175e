// Records that rebuild what is durable. Ephemeral facts stay out: a thread attempt that runs is queued in a snapshot.
#include "scheduler/core/snapshot.h"

#include <algorithm>
#include <utility>

namespace rota::core {
namespace {

class Writer {
 public:
  explicit Writer(std::vector<Record>& out) : out_(out) {}

  template <class F>
  void fact(F f) { out_.push_back({Fact(std::move(f)), true}); }

  void run(const Run& run) {
    fact(record::Submitted{run.id, run.submitted, run.plan, run.terms});
    gate(run);
    for (TaskSlot s = 0; s < run.tasks.size(); ++s) task(run, s);
    if (run.stop) fact(record::RunStopping{run.id, run.stop->cause, run.stop->now, run.stop->at});
    if (run.end) fact(record::RunEnded{run.id, run.end->outcome, run.end->reason, run.end->at});
  }

  /// Starts in thread and async mode that the journal has: true until the next life of the coordinator.
  void live_threads(const Run& run) {
    for (TaskSlot s = 0; s < run.tasks.size(); ++s) {
      const Task& task = run.tasks[s];
      if (run.job_of(task).mode == Mode::process || !hold_of(task.now)) continue;
      if (is_cancelled_alone(run, task)) live(run, s, true);
      else if (start_is_durable(run, task) && started_of(task.now).ns != 0) live(run, s, false);
    }
  }

 private:
  /// What its submission does not say already.
  void gate(const Run& run) {
    const Gate fresh = make_gate(run.terms, run.submitted);
    const Instant at = run.submitted.mono;
    if (run.gate.held != fresh.held) fact(record::HoldChanged{run.id, std::nullopt, run.gate.held, at});
    if (run.gate.cleared != fresh.cleared || (run.gate.opened && run.gate.opened != fresh.opened))
      fact(record::GateOpened{run.id, run.gate.opened.value_or(at)});
    for (JobIndex j = 0; j < run.nodes.size(); ++j)
      if (run.nodes[j].held) fact(record::HoldChanged{run.id, j, true, at});
  }

  static bool is_cancelled_alone(const Run& run, const Task& task) {
    const auto* s = std::get_if<Stopping>(&task.now);
    return s && s->cause == StopCause::cancel_user && !(run.stop && run.stop->cause == StopCause::cancel_user);
  }

  void task(const Run& run, TaskSlot slot) {
    const Task& task = run.tasks[slot];
    std::vector<std::uint32_t> oldest_first;
    for (std::uint32_t p = task.past; p != kNone; p = run.past[p].previous) oldest_first.push_back(p);
    std::reverse(oldest_first.begin(), oldest_first.end());
    const bool process = run.job_of(task).mode == Mode::process;
    if (!process && start_is_durable(run, task)) latches(run, slot, oldest_first);
    for (const std::uint32_t p : oldest_first) past(run, task, run.past[p]);
    if (process && hold_of(task.now)) live(run, slot, true);
    // An end that no attempt brought about.
    const bool by_attempt = task.past != kNone && run.past[task.past].end.next == record::Next::finished;
    if (const auto* f = std::get_if<Finished>(&task.now); f && !by_attempt)
      fact(record::TaskEnded{run.id_of(slot), f->outcome, f->reason, f->at});
  }

  static bool began(const PastAttempt& p) { return p.end.report.started.ns != 0 || p.pid != 0 || p.ready; }

  /// That a need on `started` or `ready` was met outlives the attempt that met it, though that attempt may have left no
  /// end: its coordinator died, and it is queued again. EpochBegan takes care of what these starts leave.
  void latches(const Run& run, TaskSlot slot, const std::vector<std::uint32_t>& past) {
    const Task& task = run.tasks[slot];
    const Node& node = run.nodes[task.job];
    const AttemptId id{run.id_of(slot), past.empty() ? 1 : run.past[past.front()].end.attempt.number};
    const Hold* hold = hold_of(task.now);
    const auto any = [&](auto&& f) {
      return std::any_of(past.begin(), past.end(), [&](std::uint32_t p) { return f(run.past[p]); });
    };
    const bool told_ready = (hold && hold->ready) || any([](const PastAttempt& p) { return p.ready; });
    const bool told_start = started_of(task.now).ns != 0 || any(began);
    if (node.was_ready && !told_ready) fact(record::BecameReady{id, run.submitted.mono});
    if (node.was_started && !told_start) fact(record::Started{id, {}, 0, run.submitted.mono});
  }

  void past(const Run& run, const Task& task, const PastAttempt& p) {
    const record::AttemptEnded& end = p.end;
    if (p.granted.ns != 0) fact(record::Granted{end.attempt, end.worker, p.granted});
    if (began(p) && start_is_durable(run, task))
      fact(record::Started{end.attempt, end.worker, p.pid, end.report.started});
    if (p.ready) fact(record::BecameReady{end.attempt, end.report.started});
    fact(end);
  }

  /// An attempt that a worker answers for. `whole`: also what is durable only of processes and of what was cancelled.
  void live(const Run& run, TaskSlot slot, bool whole) {
    const Task& task = run.tasks[slot];
    const Hold& hold = *hold_of(task.now);
    const AttemptId id{run.id_of(slot), hold.number};
    const Instant at = started_of(task.now);
    if (whole) fact(record::Granted{id, hold.worker, hold.granted});
    if (at.ns != 0) fact(record::Started{id, hold.worker, pid_of(task.now), at});
    if (hold.ready) fact(record::BecameReady{id, at});
    const auto* s = std::get_if<Stopping>(&task.now);
    if (!s || !whole) return;
    fact(record::StopAsked{id, s->cause, s->asked});
    if (s->hurried.ns != 0) fact(record::StopAsked{id, s->cause, s->hurried, true});
  }

  std::vector<Record>& out_;
};

}  // namespace

std::vector<Record> snapshot_of(const State& state) {
  std::vector<Record> out;
  Writer writer(out);
  for (const auto& [id, run] : state.runs()) writer.run(run);
  writer.fact(record::EpochBegan{state.epoch(), state.epoch_began()});
  for (const auto& [id, run] : state.runs()) writer.live_threads(run);
  return out;
}

}  // namespace rota::core
