// What each record does to the state. Tolerant on purpose: a replay sees only the durable records, so an attempt may
// end that was never granted, and a need may be met before its job is seen to run.
#include <algorithm>
#include <string>
#include <utility>

#include "scheduler/core/graph.h"
#include "scheduler/core/page_code.h"
#include "scheduler/core/state.h"
#include "shared/limits.h"

namespace rota::core {
namespace {

void add_used(Run& run, JobIndex job, const AttemptReport& report) {
  run.totals.add(report);
  if (Totals* own = run.nodes[job].totals.get()) own->add(report);
}

void keep(Run& run, TaskSlot slot, const record::AttemptEnded& r, const Hold* hold, std::int32_t pid) {
  TaskPage& page = run.tasks.open(page_of(slot));
  Task& task = page.at(slot);
  const JobIndex job = r.attempt.task.job;
  PastAttempt& past = page.past.emplace_back(PastAttempt{r, {}, 0, false, task.past});
  if (hold) {
    past.ready = hold->ready;
    // Only what a replay knows too.
    if (!run.plan.jobs[job].runs_in_pool()) past.granted = hold->granted;
    if (start_is_durable(run, job)) past.pid = pid;
  }
  task.past = static_cast<std::uint32_t>(page.past.size() - 1);
  task.last = r.attempt.number;
  add_used(run, job, r.report);
}

/// Of tasks that are asked one by one the first messages are kept, each with the number of its task.
void note_message(Node& node, const jobs::Shape& shape, const record::TasksEnded& r) {
  auto line = r.message;
  if (r.tasks.count == 1 && node.count > 1)
    line = "task " + std::to_string(jobs::number_of(shape, r.tasks.first)) + ": " + line;
  if (node.message == line || node.message.size() + line.size() >= limits::kMessageBytes) return;
  node.message += (node.message.empty() ? "" : "\n") + line;
}

/// The first cause stands, except that a real stop overrides "start nothing new", and `now` overrides patience, as a
/// sooner hard stop does.
bool is_stronger(const RunStop& a, const RunStop& b) {
  return (b.cause == StopCause::none && a.cause != StopCause::none) || (a.now && !b.now) || is_sooner(a.due, b.due);
}

}  // namespace

void State::apply(const Fact& fact) {
  std::visit([this](const auto& r) { on(r); }, fact);
}

void State::on(const record::Submitted& r) {
  if (r.run == 0 || runs_.contains(r.run)) return;
  const std::int64_t newest = runs_.empty() ? r.at.wall.ns : runs_.rbegin()->second.age;
  Run& run = runs_.emplace(r.run, make_run(r.run, r.at, *r.plan, *r.terms)).first->second;
  run.age = std::max(r.at.wall.ns, newest);
  pools_.declare(run.id, run.plan.pools, r.at.mono);
  for (Claim& claim : run.claims) pools_.resolve(claim);
  if (const auto due = deadline_of(run)) deadlines_.add(*due, {run.id, kNone});
  for (JobIndex j = 0; j < run.nodes.size(); ++j) {
    if (run.nodes[j].needs_open > 0) continue;
    run.nodes[j].needs_open = 1;
    need_met(run, j, released_);
  }
  release(run, r.at.mono);
  if (run.work_open == 0) run.unneeded = run.daemons;
  if (!r.terms->schedule.empty()) schedules_.alive[r.terms->schedule].insert(r.run);
  if (is_grouped(run)) groups_[run.plan.concurrency.group].outside.insert(r.run);
  touch(run.id);
}

void State::on(const record::Granted& r) {
  TaskSlot slot = kNone;
  Run* run = find_task(r.attempt.task, slot);
  if (!run || run->has_ended(slot) || r.attempt.number <= run->last_number(slot)) return;
  if (find_hold(*run, slot, r.attempt.number)) return;  // a late copy
  Hold hold;
  hold.worker = r.worker;
  hold.number = r.attempt.number;
  hold.granted = r.at;
  move(*run, slot, Starting{hold});
  const Node& node = run->nodes[r.attempt.task.job];
  const Claim& claim = run->claims[node.claim];
  if (claim.shares.empty()) return;
  leave_pools(*run, queue_at(node, find_hold(*run, slot, r.attempt.number)->crew));
  pools_.start(claim, r.at);
}

void State::on(const record::Started& r) {
  TaskSlot slot = kNone;
  Run* run = find_task(r.attempt.task, slot);
  if (!run || run->has_ended(slot) || r.attempt.number <= run->last_number(slot)) return;
  const Task& task = run->task(slot);
  Hold hold{.worker = r.worker, .number = r.attempt.number, .granted = r.at};
  if (const Hold* known = find_hold(*run, slot, r.attempt.number)) hold = *known;
  if (const auto* s = std::get_if<Stopping>(&task.now); s && s->hold.number == r.attempt.number) {
    if (s->started.ns == 0) move(*run, slot, Stopping{hold, r.at, r.pid, s->cause, s->asked, s->hurried, s->due});
  } else if (!std::holds_alternative<Running>(task.now) && !std::holds_alternative<Paused>(task.now)) {
    move(*run, slot, Running{hold, r.at, r.pid});
  }
  graph_started(*run, r.attempt.task.job, released_);
  release(*run, r.at);
}

void State::on(const record::BecameReady& r) {
  TaskSlot slot = kNone;
  Run* run = find_task(r.attempt.task, slot);
  if (!run) return;
  if (Hold* hold = find_hold(*run, slot, r.attempt.number)) hold->ready = true;
  graph_ready(*run, r.attempt.task.job, released_);
  release(*run, r.at);
}

void State::on(const record::Progressed& r) {
  TaskSlot slot = kNone;
  Run* run = find_task(r.attempt.task, slot);
  if (Hold* hold = run ? find_hold(*run, slot, r.attempt.number) : nullptr) hold->progress = r.progress;
}

void State::on(const record::StopAsked& r) {
  TaskSlot slot = kNone;
  Run* run = find_task(r.attempt.task, slot);
  if (!run || !find_hold(*run, slot, r.attempt.number)) return;
  const TaskCase& now = run->task(slot).now;
  const Instant hurried = r.now ? r.at : Instant{};
  if (const auto* s = std::get_if<Stopping>(&now)) {
    const bool overrides = overrides_stop(r.cause, s->cause);
    const bool sooner = is_sooner(r.due, s->due);
    if (!overrides && !sooner && (!r.now || s->hurried.ns != 0)) return;
    Stopping next = *s;
    if (sooner) next.due = r.due;
    if (overrides) next.cause = r.cause;
    if (next.hurried.ns == 0) next.hurried = hurried;
    return move(*run, slot, next);
  }
  move(*run, slot, Stopping{*hold_of(now), started_of(now), pid_of(now), r.cause, r.at, hurried, r.due});
}

void State::on(const record::AttemptEnded& r) {
  TaskSlot slot = kNone;
  Run* run = find_task(r.attempt.task, slot);
  if (!run || run->has_ended(slot) || r.attempt.number <= run->last_number(slot)) return;
  const JobIndex job = r.attempt.task.job;
  keep(*run, slot, r, find_hold(*run, slot, r.attempt.number), pid_of(run->task(slot).now));
  const AttemptReport& report = r.report;
  if (report.started.ns != 0) {
    const Mode mode = run->plan.jobs[job].mode;
    if (ends_task(r.outcome)) run->pace[mode_index(mode)].ended_after(report.ended - report.started);
    graph_started(*run, job, released_);
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
  if (!run || run->has_ended(slot) || !std::holds_alternative<Backoff>(run->task(slot).now)) return;
  requeue(*run, slot, std::get<Backoff>(run->task(slot).now).due, false);
}

void State::on(const record::TaskEnded& r) {
  TaskSlot slot = kNone;
  Run* run = find_task(r.task, slot);
  if (!run || run->has_ended(slot)) return;
  move(*run, slot, Finished{r.outcome, r.reason, r.at});
  release(*run, r.at);
}

void State::on(const record::TasksEnded& r) {
  Run* run = find_run(r.run);
  if (!run || r.tasks.job >= run->nodes.size()) return;
  Node& node = run->nodes[r.tasks.job];
  if (r.tasks.first > node.count || r.tasks.count > node.count - r.tasks.first) return;
  if (!r.message.empty()) note_message(node, run->plan.jobs[r.tasks.job].shape, r);
  const Finished f{r.outcome, r.reason, r.at};
  const TaskSlot end = node.first + r.tasks.first + r.tasks.count;
  for (TaskSlot s = node.first + r.tasks.first; s < end;) {
    const TaskSlot behind = end_untouched(*run, r.tasks.job, s, end, f);
    if (behind == s && !run->has_ended(s)) move(*run, s, f);
    s = std::max(behind, s + 1);
  }
  release(*run, r.at);
}

void State::on(const record::TasksPacked& r) {
  Run* run = find_run(r.run);
  const std::uint32_t page = page_of(r.first);
  if (!run || r.first % kPageTasks != 0 || page >= run->tasks.pages()) return;
  const std::uint32_t tasks = run->tasks.end_of(page) - r.first;
  TaskPage packed;
  if (!unpack_page(r.tasks, tasks, [&](std::uint32_t i) { return run->job_at(r.first + i); }, packed)) return;
  for (TaskSlot s = r.first; s < r.first + tasks; ++s) take_packed(*run, s, packed);
}

/// As if the records of the task came one by one.
void State::take_packed(Run& run, TaskSlot slot, const TaskPage& packed) {
  if (run.has_ended(slot)) return;
  const Task& task = packed.at(slot);
  const Finished f = std::get<Finished>(task.now);
  std::vector<const PastAttempt*> oldest_first;
  packed.each_past(task, [&](const PastAttempt& p) { oldest_first.push_back(&p); });
  std::reverse(oldest_first.begin(), oldest_first.end());
  TaskPage& page = run.tasks.open(page_of(slot));
  for (const PastAttempt* p : oldest_first) {
    Task& mine = page.at(slot);
    page.past.push_back(*p);
    page.past.back().previous = std::exchange(mine.past, static_cast<std::uint32_t>(page.past.size() - 1));
    mine.last = p->end.attempt.number;
    add_used(run, task.job, p->end.report);
    if (p->end.report.started.ns != 0 || p->pid != 0) graph_started(run, task.job, released_);
    if (p->ready) graph_ready(run, task.job, released_);
  }
  move(run, slot, f);
  release(run, f.at);
}

void State::on(const record::ConditionMet& r) {
  Run* run = find_run(r.run);
  if (!run || r.job >= run->nodes.size()) return;
  run->nodes[r.job].condition_met = true;
  if (run->nodes[r.job].fate != Fate::asking) return;
  run->nodes[r.job].fate = Fate::released;
  released_.push_back(r.job);
  release(*run, r.at);
}

void State::on(const record::RunJudged& r) {
  Run* run = find_run(r.run);
  if (!run || run->verdict || run->end) return;
  retime(*run, [&] {
    run->verdict = RunEnd{r.outcome, r.reason, r.at};
    run->stop.reset();  // it has had its effect; the hooks begin afresh
  });
  release(*run, r.at.mono);
  touch(run->id);
  touch_next_of_group(*run);
}

void State::on(const record::RunStopping& r) {
  Run* run = find_run(r.run);
  const RunStop asked{r.cause, r.now, r.at, r.due, r.by};
  if (!run || run->end || (run->stop && !is_stronger(asked, *run->stop))) return;
  RunStop merged = asked;
  if (run->stop && run->stop->cause != StopCause::none) {
    merged.cause = run->stop->cause;
    merged.by = run->stop->by;
  }
  if (run->stop && run->stop->now) merged.now = true;
  if (run->stop && !is_sooner(merged.due, run->stop->due)) merged.due = run->stop->due;
  restop(*run, merged);
  touch(run->id);
  touch_next_of_group(*run);
}

void State::on(const record::CancelNoted& r) {
  Run* run = find_run(r.run);
  if (run && !run->end && run->cancels.size() < limits::kCancelNotes) run->cancels.push_back(r.note);
}

/// A stop without patience brings the end of every grace nearer; the run's own timeout is over with any real stop.
void State::restop(Run& run, const RunStop& stop) {
  const auto each_stopping = [&](auto&& f) {
    if (run.counts.of(TaskState::stopping) == 0) return;
    for (const TaskSlot s : alive_in(*this, run))
      if (std::holds_alternative<Stopping>(run.task(s).now))
        if (const auto due = deadline_of(run, run.task(s))) f(*due, TaskRef{run.id, s});
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
    if (!may_start(*run, *r.job)) stop_flow(*run, *r.job, r.at);
    else if (node.fate == Fate::released) start_flow(*run, *r.job, r.at);
  }
  touch(run->id);
  if (!r.job) touch_next_of_group(*run);
}

void State::hold_run(Run& run, bool hold, Instant at) {
  retime(run, [&] {
    run.gate.held = hold;
    if (hold) run.gate.opened.reset();
  });
  if (!hold) return;  // whether that opens the gate is a decision: GateOpened
  for (JobIndex j = 0; j < run.nodes.size(); ++j)
    if (!may_start(run, j) && (run.nodes[j].flows || run.nodes[j].queued() > 0 || run.nodes[j].suspected() > 0))
      stop_flow(run, j, at);
}

void State::on(const record::GateOpened& r) {
  Run* run = find_run(r.run);
  if (!run || run->end) return;
  retime(*run, [&] {
    run->gate.cleared = true;
    run->gate.look.reset();
    if (!run->gate.held) run->gate.opened = r.at;
  });
  if (is_grouped(*run)) {
    Group& group = groups_[run->plan.concurrency.group];
    group.outside.erase(run->id);
    group.inside.insert(run->id);
    touch_next_of_group(*run);  // by its own limit there may be room for one more
  }
  for (JobIndex j = 0; j < run->nodes.size(); ++j)
    if (run->nodes[j].fate == Fate::released && may_start(*run, j)) start_flow(*run, j, r.at);
}

void State::on(const record::RunEnded& r) {
  Run* run = find_run(r.run);
  if (!run || run->end) return;
  if (const auto due = deadline_of(*run)) deadlines_.remove(*due, {run->id, kNone});
  run->end = RunEnd{r.outcome, r.reason, r.at};
  pools_.retire(run->id, run->plan.pools);
  for (const Claim& claim : run->claims) pools_.release(claim);
  if (const auto of = schedules_.alive.find(run->terms.schedule); of != schedules_.alive.end()) {
    of->second.erase(r.run);
    if (of->second.empty()) schedules_.alive.erase(of);
  }
  leave_group(*run);
  const auto first = followers_.lower_bound({r.run, 0});
  auto last = first;
  for (; last != followers_.end() && last->first == r.run; ++last) touch(last->second);
  followers_.erase(first, last);
}

void State::on(const record::Registered& r) {
  if (r.marks.size() != r.plan->schedules.size()) return;
  schedules_.files.insert_or_assign(r.plan->name.text(), Scheduled{*r.plan, *r.terms, r.at, r.enabled, r.marks});
}

void State::on(const record::PoolPaced& r) { pools_.restore(r.pool, r.paced); }

void State::on(const record::Unregistered& r) { schedules_.files.erase(r.name); }

void State::on(const record::ScheduleEnabled& r) {
  const auto found = schedules_.files.find(r.name);
  if (found == schedules_.files.end()) return;
  found->second.enabled = r.enabled;
  if (!r.enabled) return;
  for (ScheduleMark& mark : found->second.marks) mark.last = std::max(mark.last, r.at.wall);
}

void State::on(const record::Occurred& r) {
  const auto found = schedules_.files.find(r.name);
  if (found == schedules_.files.end() || r.entry >= found->second.marks.size()) return;
  ScheduleMark& mark = found->second.marks[r.entry];
  mark.last = std::max(mark.last, r.occurrence);
  mark.passed = r.passed;
  if (r.became == 0) return;
  mark.became = r.became;
  mark.became_at = r.occurrence;
}

void State::on(const record::EpochBegan& r) {
  epoch_ = r.epoch;
  epoch_began_ = r.at;
  pools_.begin_epoch(r.at.mono);
  for (const Turn& turn : pools_.clear_stands()) wait(*find_run(turn.run), turn.queue);
  for (auto& [id, run] : runs_) {
    for (Queue& queue : run.queues) queue.stands = false;
    for (const TaskSlot s : alive_in(*this, run))
      // Pool workers die with their coordinator; launchers and their processes do not.
      if (run.plan.jobs[run.job_at(s)].runs_in_pool())
        requeue(run, s, std::max(r.at.mono, run.submitted.mono), true);
    if (run.gate.opened || run.end) continue;
    if (!run.gate.cleared && run.terms.begin.ns != 0)
      retime(run, [&] { run.gate.look = look_for(run.terms.begin, r.at); });
    touch(id);
  }
}

}  // namespace rota::core
