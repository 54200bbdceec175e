// From state to views.
#include "scheduler/core/projection.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "scheduler/core/block.h"
#include "scheduler/core/judge.h"
#include "scheduler/core/page_code.h"
#include "scheduler/core/waiting.h"

namespace rota::core {
namespace {

constexpr std::size_t kActionBytes = 1024;  // of one line for people; the plan has the whole

/// One line: breaks become the two characters people write for them.
void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '\n') out += "\\n";
    else if (c == '\r') out += "\\r";
    else out += c;
  }
}

void append_first_line(std::string& out, std::string_view text) {
  const auto begin = text.find_first_not_of("\n\r \t");
  if (begin == std::string_view::npos) return;
  text.remove_prefix(begin);
  const auto end = text.find('\n');
  append_escaped(out, text.substr(0, end));
  const bool more = end != std::string_view::npos && text.find_first_not_of("\n\r \t", end) != std::string_view::npos;
  if (more) out += " ...";
}

std::string action_line(const jobs::Action& action) {
  std::string out;
  if (const auto* run = std::get_if<jobs::RunText>(&action)) append_first_line(out, run->text);
  if (const auto* target = std::get_if<jobs::TargetCall>(&action)) out = target->target;
  if (const auto* command = std::get_if<jobs::CommandLine>(&action)) {
    for (const std::string& word : command->argv) {
      if (!out.empty()) out += ' ';
      append_escaped(out, word);
      if (out.size() > kActionBytes) break;
    }
  }
  if (out.size() > kActionBytes) {
    out.resize(kActionBytes);
    out += "...";
  }
  return out;
}

AttemptView view_of_live(const TaskCase& c) {
  const Hold& hold = *hold_of(c);
  AttemptView v;
  v.number = hold.number;
  v.worker = hold.worker;
  v.granted = hold.granted;
  v.ready = hold.ready;
  if (hold.progress != kProgressUnknown) v.progress = hold.progress;
  v.started = started_of(c);
  v.pid = pid_of(c);
  return v;
}

Instant since_of(const TaskCase& c) {
  struct Since {
    Instant operator()(const Pending& s) const { return s.since; }
    Instant operator()(const Queued& s) const { return s.since; }
    Instant operator()(const Starting& s) const { return s.hold.granted; }
    Instant operator()(const Running& s) const { return s.started; }
    Instant operator()(const Paused& s) const { return s.since; }
    Instant operator()(const Backoff& s) const { return s.since; }
    Instant operator()(const Stopping& s) const { return s.asked; }
    Instant operator()(const Finished& s) const { return s.at; }
  };
  return std::visit(Since{}, c);
}

/// Of what waits, the outermost. Looked up once a run: every task of it is behind the same gate.
struct Outermost {
  Reason gate;
  Reason admission;
  bool for_command_slots = false;
};
/// What the tasks of one job wait for that are queued: looked up once, as they stand in one line.
struct LineWait {
  bool is_known = false;
  Reason reason;
  std::string lack;
};

void fill_line(TaskView& v, LineWait& wait, const State& state, const Run& run, TaskSlot slot) {
  if (!std::exchange(wait.is_known, true)) {
    wait.reason = parallel_reason(state, run, run.job_at(slot));
    if (wait.reason.kind == ReasonKind::none) wait.reason = pool_reason(state, run, slot, state.seen());
    wait.lack = pool_words(state, run, slot, wait.reason);
  }
  v.reason = wait.reason;
  v.lack = wait.lack;
}

Reason pending_reason(const Run& run, const Task& task, const Outermost& waits) {
  if (waits.gate.kind != ReasonKind::none) return waits.gate;
  const Reason paused = pause_reason(run, task.job);
  if (run.pause && paused.kind != ReasonKind::none) return paused;
  if (run.nodes[task.job].held) return {ReasonKind::hold, 0};
  return paused.kind != ReasonKind::none ? paused : Reason{ReasonKind::dep, 0};
}

std::optional<PauseNote> note_of(const Run& run, const std::optional<PauseMark>& mark) {
  if (!mark) return std::nullopt;
  return PauseNote{mark->at, run.pausers.at(mark->by)};
}

Reason queued_reason(const Run& run, const Task& task, const Outermost& waits) {
  if (waits.admission.kind != ReasonKind::none) return waits.admission;
  return {waits.for_command_slots && takes_command_slot(run.job_of(task)) ? ReasonKind::command_slots
                                                                          : ReasonKind::none};
}

void fill_case(TaskView& v, const Run& run, TaskSlot slot, const Task& task, const Outermost& waits) {
  if (std::holds_alternative<Pending>(task.now)) v.reason = pending_reason(run, task, waits);
  if (std::holds_alternative<Queued>(task.now)) v.reason = queued_reason(run, task, waits);
  if (const auto* b = std::get_if<Backoff>(&task.now)) {
    v.due = b->due;
    v.reason = run.newest_past(slot)->end.reason;
  }
  if (std::holds_alternative<Paused>(task.now)) v.reason = {ReasonKind::paused, 0};
  if (const auto* s = std::get_if<Stopping>(&task.now)) v.reason = stop_reason(run, s->cause);
  if (const auto* f = std::get_if<Finished>(&task.now)) {
    v.outcome = f->outcome;
    v.reason = f->reason;
  }
}

TaskView view_of(const State& state, const Run& run, JobIndex job, TaskSlot slot, const Outermost& waits,
                 LineWait& in_line) {
  const Task& task = run.task(slot);
  TaskView v;
  v.index = slot - run.nodes[job].first;
  v.state = state_of(task);
  v.since = since_of(task.now);
  fill_case(v, run, slot, task, waits);
  if (v.reason.kind == ReasonKind::none && std::holds_alternative<Queued>(task.now))
    fill_line(v, in_line, state, run, slot);
  if (v.reason.kind == ReasonKind::none && !v.outcome) v.reason = shortage_reason(state, run, slot);
  if (is_unheard(state, task)) v.reason = {ReasonKind::recovering, 0};
  run.each_past(slot, [&](const PastAttempt& p) { v.attempts.push_back(view_of(p)); });
  std::reverse(v.attempts.begin(), v.attempts.end());
  const Hold* hold = hold_of(task.now);
  if (hold) v.attempts.push_back(view_of_live(task.now));
  const bool stands = std::holds_alternative<Paused>(task.now);
  if (hold && (stands || hold->pause) && v.state != TaskState::stopping) v.paused_by = run.pausers.at(hold->paused_by);
  return v;
}

/// Counts of a job; of a plain one they are its only task's.
Counts counts_of(const Run& run, JobIndex job) {
  if (run.nodes[job].counts) {
    Counts c = *run.nodes[job].counts;
    return c;
  }
  Counts c;
  c.total = 1;
  const Task& task = run.task(run.nodes[job].first);
  ++c.by_state[static_cast<std::size_t>(state_of(task))];
  if (const auto* f = std::get_if<Finished>(&task.now)) ++c.by_outcome[static_cast<std::size_t>(f->outcome)];
  return c;
}

Totals totals_of(const Run& run, JobIndex job) {
  if (run.nodes[job].totals) return *run.nodes[job].totals;
  Totals t;
  run.each_past(run.nodes[job].first, [&](const PastAttempt& p) { t.add(p.end.report); });
  return t;
}

JobView view_of_job(const Run& run, JobIndex index) {
  const jobs::Job& job = run.plan.jobs[index];
  JobView v;
  v.index = index;
  v.id = job.id.text();
  v.name = job.shown_name();
  v.mode = job.mode;
  v.daemon = job.daemon;
  v.held = run.nodes[index].held && run.nodes[index].open > 0;
  if (run.nodes[index].open > 0) v.paused = note_of(run, run.nodes[index].pause);
  v.forgiven = run.plan.settings_of(job).continue_on_error;
  v.action = action_line(job.action);
  v.needs.reserve(job.needs.size());
  for (const jobs::Need& need : job.needs) v.needs.push_back(need.job);
  v.stands_for = job.stands_for;
  v.hook = job.hook;
  v.shape = job.shape;
  v.counts = counts_of(run, index);
  v.totals = totals_of(run, index);
  v.message = run.nodes[index].message;
  return v;
}

/// Of a run that is too large to be shown whole: what a person looks for, and of each bad end without a start one, so
/// that no reader takes what succeeded for all of it. `left` is how much may still be added.
std::vector<TaskIndex> telling_tasks(const Run& run, JobIndex job, std::uint32_t& left) {
  const Node& node = run.nodes[job];
  std::vector<TaskIndex> found;
  unsigned told = 0;  // a bit for each Outcome
  for (TaskIndex i = 0; i < std::min(node.count, kViewFirst); ++i) found.push_back(i);
  for (TaskSlot s = node.first + static_cast<TaskSlot>(found.size()); s < node.first + node.count && left > 0; ++s) {
    const std::uint32_t page = page_of(s);
    const bool dull = run.tasks.is_closed(page) ? run.tasks.all_well(page) : run.tasks.is_untouched(page);
    if (dull) {
      s = run.tasks.end_of(page) - 1;
      continue;
    }
    if (run.tasks.is_fresh(s)) continue;
    const auto* f = std::get_if<Finished>(&run.task(s).now);
    if (f && !is_own_failure(*f)) {
      const unsigned bit = 1u << static_cast<unsigned>(f->outcome);
      if (!is_bad(f->outcome) || (told & bit) != 0) continue;
      told |= bit;
    }
    found.push_back(s - node.first);
    --left;
  }
  return found;
}

std::vector<TaskIndex> wanted_tasks(const Run& run, JobIndex job, const Wanted& wanted) {
  const std::uint32_t count = run.nodes[job].count;
  std::vector<TaskIndex> found;
  for (const TaskSpan& span : wanted) {
    if (span.job != job || span.first >= count) continue;
    for (TaskIndex i = 0; i < std::min(span.count, count - span.first); ++i) found.push_back(span.first + i);
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace

const TaskView* JobView::find(TaskIndex task) const {
  const auto at = std::lower_bound(tasks.begin(), tasks.end(), task,
                                   [](const TaskView& t, TaskIndex i) { return t.index < i; });
  return at != tasks.end() && at->index == task ? &*at : nullptr;
}

std::uint32_t try_number(const TaskView& task, std::size_t attempt_index) {
  const auto end = task.attempts.begin() + static_cast<std::ptrdiff_t>(std::min(attempt_index, task.attempts.size()));
  const auto tries = std::count_if(task.attempts.begin(), end,
                                   [](const AttemptView& a) { return a.outcome != Outcome::revoked; });
  return 1 + static_cast<std::uint32_t>(tries);
}

std::string_view cancel_reason(const RunSummary& run) {
  const auto whole = std::find_if(run.cancels.begin(), run.cancels.end(),
                                  [](const CancelNote& note) { return note.tasks.empty(); });
  if (whole != run.cancels.end()) return whole->reason;
  return run.reason.kind == ReasonKind::cancel_user && !run.cancels.empty() ? run.cancels.front().reason
                                                                            : std::string_view();
}

std::string_view cancel_reason(const RunSummary& run, JobIndex job, const TaskView& task) {
  if (task.reason.kind != ReasonKind::cancel_user) return {};
  for (const CancelNote& note : run.cancels)
    if (note.covers(job, task.index) && (!task.outcome || note.at <= task.since)) return note.reason;
  return {};
}

std::string_view to_text(TaskState s) {
  static constexpr std::string_view kWords[] = {"pending", "queued",  "starting", "running",
                                                "paused",  "backoff", "stopping", "finished"};
  return kWords[static_cast<std::size_t>(s)];
}

std::string_view short_code(TaskState s) {
  static constexpr std::string_view kCodes[] = {"PD", "QU", "SG", "R", "PS", "RT", "SP", "-"};
  return kCodes[static_cast<std::size_t>(s)];
}

namespace {

/// Why nothing of it runs, where that is of the whole of it.
Reason run_reason(const State& state, const Run& run) {
  if (state.closed() != ReasonKind::none) return {state.closed(), 0};
  const Reason gate = gate_reason(state, run);
  return gate.kind == ReasonKind::hold ? Reason{} : gate;  // a hold is told by itself
}

/// Of a run of which nothing runs, and nothing but a pool keeps the first that is queued.
void fill_pool(RunSummary& s, const State& state, const Run& run) {
  for (const Queue& queue : run.queues) {
    if (queue.tasks == 0 || queue.jobs.empty()) continue;
    const Node& node = run.nodes[queue.jobs.front()];
    if (node.queued() == 0) continue;  // of those that run alone nobody says it for all
    const TaskSlot slot = node.own.empty() ? node.first + node.cursor : node.own.front();
    if (!std::holds_alternative<Queued>(run.task(slot).now)) continue;
    s.reason = pool_reason(state, run, slot, state.seen());
    s.lack = pool_words(state, run, slot, s.reason);
    return;
  }
}

bool has_attempts(const Counts& counts) {
  return counts.of(TaskState::starting) + counts.of(TaskState::running) + counts.of(TaskState::paused) +
             counts.of(TaskState::stopping) > 0;
}

}  // namespace

RunSummary summary_of(const State& state, const Run& run) {
  RunSummary s;
  s.run = run.id;
  s.name = run.plan.name.text();
  s.source_path = run.plan.source_path;
  s.submitted = run.submitted;
  if (run.end) {
    s.ended = run.end->at.mono;
    s.outcome = run.end->outcome;
    s.reason = run.end->reason;
  }
  if (!run.end && !has_attempts(run.counts)) s.reason = run_reason(state, run);
  if (!run.end && s.reason.kind == ReasonKind::none) s.reason = shortage_reason(state, run);
  if (!run.end && s.reason.kind == ReasonKind::none && !has_attempts(run.counts)) fill_pool(s, state, run);
  s.stopping = run.stop && !run.end;
  s.held = run.gate.held && !run.end;
  if (!run.end) s.paused = note_of(run, run.pause);
  s.begin = run.terms.begin;
  s.retry_of = run.terms.retry_of;
  s.schedule = run.terms.schedule;
  s.occurrence = run.terms.occurrence;
  s.cancels = run.cancels;
  s.priority = run.terms.priority;
  s.max_parallel = run.plan.max_parallel;
  s.group = run.plan.concurrency.group;
  s.counts = run.counts;
  s.totals = run.totals;
  if (run.tasks.size() == 1 && has_attempts(run.counts))
    if (const Hold* hold = hold_of(run.task(0).now); hold && hold->progress != kProgressUnknown)
      s.progress = hold->progress;
  s.modes = run.modes;
  return s;
}

RunView view_of(const State& state, const Run& run, const Wanted& wanted) {
  const Outermost waits{gate_reason(state, run), {state.closed(), 0}, !state.fleet().has_command_slot()};
  RunView v;
  v.summary = summary_of(state, run);
  v.jobs.reserve(run.nodes.size());
  const bool whole = wanted.empty() && run.tasks.size() <= kLargeViewTasks;
  std::uint32_t left = kViewUnsucceeded;
  for (JobIndex j = 0; j < run.nodes.size(); ++j) {
    JobView& job = v.jobs.emplace_back(view_of_job(run, j));
    const TaskSlot first = run.nodes[j].first;
    LineWait in_line;
    const auto add = [&](TaskIndex i) { job.tasks.push_back(view_of(state, run, j, first + i, waits, in_line)); };
    if (whole) {
      job.tasks.reserve(run.nodes[j].count);
      for (TaskIndex i = 0; i < run.nodes[j].count; ++i) add(i);
      continue;
    }
    for (const TaskIndex i : wanted.empty() ? telling_tasks(run, j, left) : wanted_tasks(run, j, wanted)) add(i);
  }
  return v;
}

}  // namespace rota::core
