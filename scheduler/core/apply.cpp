// What each record does to the state. Tolerant on purpose: a replay sees only the durable records, so an attempt may
// end that was never granted, and a need may be met before its job is seen to run.
#include <algorithm>
#include <utility>

#include "scheduler/core/graph.h"
#include "scheduler/core/state.h"

namespace rota::core {
namespace {

void keep(Run& run, TaskSlot slot, const record::AttemptEnded& r, const Hold* hold, std::int32_t pid) {
  Task& task = run.tasks[slot];
  PastAttempt past{r, {}, 0, false, task.past};
  if (hold) {
    past.ready = hold->ready;
    // Only what a replay knows too.
    if (run.job_of(task).mode == Mode::process) past.granted = hold->granted;
    if (start_is_durable(run, task)) past.pid = pid;
  }
  task.past = static_cast<std::uint32_t>(run.past.size());
  run.past.push_back(std::move(past));
}

/// The first cause stands, except that a real stop overrides "start nothing new", and `now` overrides patience.
bool is_stronger(const RunStop& a, const RunStop& b) {
  return (b.cause == StopCause::none && a.cause != StopCause::none) || (a.now && !b.now);
}

}  // namespace

void State::apply(const Fact& fact) {
  std::visit([this](const auto& r) { on(r); }, fact);
}

void State::on(const record::Submitted& r) {
  if (r.run == 0 || runs_.contains(r.run)) return;
  Run& run = runs_.emplace(r.run, make_run(r.run, r.at, r.plan, r.terms)).first->second;
  if (const auto due = deadline_of(run)) deadlines_.add(*due, {run.id, kNone});
  for (JobIndex j = 0; j < run.nodes.size(); ++j) {
    if (run.nodes[j].needs_open > 0) continue;
    run.nodes[j].fate = Fate::released;
    released_.push_back(j);
  }
  release(run, r.at.mono);
  if (run.work_open == 0) run.unneeded = run.daemons;
  touch(run.id);
}

void State::on(const record::Granted& r) {
  TaskSlot slot = kNone;
  Run* run = find_task(r.attempt.task, slot);
  if (!run || is_finished(run->tasks[slot]) || r.attempt.number <= run->last_number(run->tasks[slot])) return;
  if (find_hold(*run, slot, r.attempt.number)) return;  // a late copy
  Hold hold;
  hold.worker = r.worker;
  hold.number = r.attempt.number;
  hold.granted = r.at;
  move(*run, slot, Starting{hold});
}

void State::on(const record::Started& r) {
  TaskSlot slot = kNone;
  Run* run = find_task(r.attempt.task, slot);
  if (!run) return;
  const Task& task = run->tasks[slot];
  if (is_finished(task) || r.attempt.number <= run->last_number(task)) return;
  Hold hold{r.worker, r.attempt.number, kNone, kNone, false, r.at};
  if (const Hold* known = find_hold(*run, slot, r.attempt.number)) hold = *known;
  if (const auto* s = std::get_if<Stopping>(&task.now); s && s->hold.number == r.attempt.number) {
    if (s->started.ns == 0) move(*run, slot, Stopping{hold, r.at, r.pid, s->cause, s->asked, s->hurried});
  } else if (!std::holds_alternative<Running>(task.now)) {
    move(*run, slot, Running{hold, r.at, r.pid});
  }
  graph_started(*run, task.job, released_);
  release(*run, r.at);
}

void State::on(const record::BecameReady& r) {
  TaskSlot slot = kNone;
  Run* run = find_task(r.attempt.task, slot);
  if (!run) return;
  if (Hold* hold = find_hold(*run, slot, r.attempt.number)) hold->ready = true;
  graph_ready(*run, run->tasks[slot].job, released_);
  release(*run, r.at);
}

void State::on(const record::StopAsked& r) {
  TaskSlot slot = kNone;
  Run* run = find_task(r.attempt.task, slot);
  if (!run || !find_hold(*run, slot, r.attempt.number)) return;
  const TaskCase& now = run->tasks[slot].now;
  const Instant hurried = r.now ? r.at : Instant{};
  if (const auto* s = std::get_if<Stopping>(&now)) {
    const bool overrides = overrides_stop(r.cause, s->cause);
    if (!overrides && (!r.now || s->hurried.ns != 0)) return;
    Stopping next = *s;
    if (overrides) next.cause = r.cause;
    if (next.hurried.ns == 0) next.hurried = hurried;
    return move(*run, slot, next);
  }
  move(*run, slot, Stopping{*hold_of(now), started_of(now), pid_of(now), r.cause, r.at, hurried});
}

void State::on(const record::AttemptEnded& r) {
  TaskSlot slot = kNone;
  Run* run = find_task(r.attempt.task, slot);
  if (!run) return;
  const Task& task = run->tasks[slot];
  if (is_finished(task) || r.attempt.number <= run->last_number(task)) return;
  keep(*run, slot, r, find_hold(*run, slot, r.attempt.number), pid_of(task.now));
  const AttemptReport& report = r.report;
  if (report.started.ns != 0) {
    if (ends_task(r.outcome)) run->pace[mode_index(run->job_of(task).mode)].ended_after(report.ended - report.started);
    graph_started(*run, task.job, released_);
  }
  switch (r.next) {
    case record::Next::finished: move(*run, slot, Finished{r.outcome, r.reason, report.ended}); break;
    case record::Next::backoff: move(*run, slot, Backoff{report.ended, r.due}); break;
    case record::Next::requeue: requeue(*run, slot, report.ended, true); break;
  }
  release(*run, report.ended);
}

void State::on(const record::BackoffOver& r) {
  TaskSlot slot = kNone;
  Run* run = find_task(r.task, slot);
  if (!run || !std::holds_alternative<Backoff>(run->tasks[slot].now)) return;
  requeue(*run, slot, std::get<Backoff>(run->tasks[slot].now).due, false);
}

void State::on(const record::TaskEnded& r) {
  TaskSlot slot = kNone;
  Run* run = find_task(r.task, slot);
  if (!run || is_finished(run->tasks[slot])) return;
  move(*run, slot, Finished{r.outcome, r.reason, r.at});
  release(*run, r.at);
}

void State::on(const record::RunStopping& r) {
  Run* run = find_run(r.run);
  const RunStop asked{r.cause, r.now, r.at};
  if (!run || run->end || (run->stop && !is_stronger(asked, *run->stop))) return;
  RunStop merged = asked;
  if (run->stop && run->stop->cause != StopCause::none) merged.cause = run->stop->cause;
  if (run->stop && run->stop->now) merged.now = true;
  restop(*run, merged);
  touch(run->id);
}

/// A stop without patience brings the end of every grace nearer; the run's own timeout is over with any real stop.
void State::restop(Run& run, const RunStop& stop) {
  const auto each_stopping = [&](auto&& f) {
    if (run.counts.of(TaskState::stopping) == 0) return;
    for (TaskSlot s = 0; s < run.tasks.size(); ++s)
      if (std::holds_alternative<Stopping>(run.tasks[s].now))
        if (const auto due = deadline_of(run, run.tasks[s])) f(*due, TaskRef{run.id, s});
  };
  each_stopping([&](Instant due, TaskRef t) { deadlines_.remove(due, t); });
  retime(run, [&] { run.stop = stop; });
  each_stopping([&](Instant due, TaskRef t) { deadlines_.add(due, t); });
}

void State::on(const record::HoldChanged& r) {
  Run* run = find_run(r.run);
  if (!run || run->end || (r.job && *r.job >= run->nodes.size())) return;
  if (!r.job) {
    hold_run(*run, r.hold, r.at);
  } else {
    Node& node = run->nodes[*r.job];
    node.held = r.hold;
    if (r.hold) unqueue(*run, *r.job, r.at);
    else if (node.fate == Fate::released && may_start(*run, *r.job)) queue_pending(*run, *r.job, r.at);
  }
  touch(run->id);
}

void State::hold_run(Run& run, bool hold, Instant at) {
  retime(run, [&] {
    run.gate.held = hold;
    if (hold) run.gate.opened.reset();
  });
  if (!hold) return;  // whether that opens the gate is a decision: GateOpened
  for (Line& line : run.lines)
    while (!line.empty()) move(run, line.front(), Pending{at});
}

void State::unqueue(Run& run, JobIndex job, Instant at) {
  const TaskSlot first = run.nodes[job].first;
  for (TaskSlot s = first; s < first + run.task_count(job); ++s)
    if (std::holds_alternative<Queued>(run.tasks[s].now)) move(run, s, Pending{at});
}

void State::on(const record::GateOpened& r) {
  Run* run = find_run(r.run);
  if (!run || run->end) return;
  retime(*run, [&] {
    run->gate.cleared = true;
    run->gate.look.reset();
    if (!run->gate.held) run->gate.opened = r.at;
  });
  for (JobIndex j = 0; j < run->nodes.size(); ++j)
    if (run->nodes[j].fate == Fate::released && may_start(*run, j)) queue_pending(*run, j, r.at);
}

void State::on(const record::RunEnded& r) {
  Run* run = find_run(r.run);
  if (!run || run->end) return;
  if (const auto due = deadline_of(*run)) deadlines_.remove(*due, {run->id, kNone});
  run->end = RunEnd{r.outcome, r.reason, r.at};
  const auto first = followers_.lower_bound({r.run, 0});
  auto last = first;
  for (; last != followers_.end() && last->first == r.run; ++last) touch(last->second);
  followers_.erase(first, last);
}

void State::on(const record::EpochBegan& r) {
  epoch_ = r.epoch;
  epoch_began_ = r.at;
  for (auto& [id, run] : runs_) {
    for (TaskSlot s = 0; s < run.tasks.size(); ++s)
      // Pool workers die with their coordinator; launchers and their processes do not.
      if (run.job_of(run.tasks[s]).mode != Mode::process && hold_of(run.tasks[s].now))
        requeue(run, s, std::max(r.at.mono, run.submitted.mono), true);
    if (run.gate.opened || run.end) continue;
    if (!run.gate.cleared && run.terms.begin.ns != 0)
      retime(run, [&] { run.gate.look = look_for(run.terms.begin, r.at); });
    touch(id);
  }
}

}  // namespace rota::core
