// From state to views.
#include "scheduler/core/projection.h"

#include <algorithm>
#include <string_view>

#include "scheduler/core/judge.h"
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

AttemptView view_of(const PastAttempt& p) {
  AttemptView v;
  v.number = p.end.attempt.number;
  v.worker = p.end.worker;
  v.pid = p.pid;
  v.granted = p.granted;
  v.started = p.end.report.started;
  v.ended = p.end.report.ended;
  v.outcome = p.end.outcome;
  v.reason = p.end.reason;
  v.ready = p.ready;
  v.report = p.end.report;
  return v;
}

AttemptView view_of_live(const TaskCase& c) {
  const Hold& hold = *hold_of(c);
  AttemptView v;
  v.number = hold.number;
  v.worker = hold.worker;
  v.granted = hold.granted;
  v.ready = hold.ready;
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

Reason pending_reason(const Run& run, const Task& task, const Outermost& waits) {
  if (waits.gate.kind != ReasonKind::none) return waits.gate;
  return {run.nodes[task.job].held ? ReasonKind::hold : ReasonKind::dep, 0};
}

Reason queued_reason(const Run& run, const Task& task, const Outermost& waits) {
  if (waits.admission.kind != ReasonKind::none) return waits.admission;
  return {waits.for_command_slots && takes_command_slot(run.job_of(task)) ? ReasonKind::command_slots
                                                                          : ReasonKind::none};
}

void fill_case(TaskView& v, const Run& run, const Task& task, const Outermost& waits) {
  if (std::holds_alternative<Pending>(task.now)) v.reason = pending_reason(run, task, waits);
  if (std::holds_alternative<Queued>(task.now)) v.reason = queued_reason(run, task, waits);
  if (const auto* b = std::get_if<Backoff>(&task.now)) {
    v.due = b->due;
    v.reason = run.past[task.past].end.reason;
  }
  if (const auto* s = std::get_if<Stopping>(&task.now)) v.reason = judge_stop(s->cause).reason;
  if (const auto* f = std::get_if<Finished>(&task.now)) {
    v.outcome = f->outcome;
    v.reason = f->reason;
  }
}

TaskView view_of(const State& state, const Run& run, TaskSlot slot, const Outermost& waits) {
  const Task& task = run.tasks[slot];
  TaskView v;
  v.index = run.id_of(slot).task;
  v.state = state_of(task);
  v.since = since_of(task.now);
  fill_case(v, run, task, waits);
  if (is_unheard(state, task)) v.reason = {ReasonKind::recovering, 0};
  for (std::uint32_t p = task.past; p != kNone; p = run.past[p].previous) v.attempts.push_back(view_of(run.past[p]));
  std::reverse(v.attempts.begin(), v.attempts.end());
  if (hold_of(task.now)) v.attempts.push_back(view_of_live(task.now));
  return v;
}

JobView view_of_job(const State& state, const Run& run, JobIndex index, const Outermost& waits) {
  const jobs::Job& job = run.plan.jobs[index];
  JobView v;
  v.index = index;
  v.id = job.id.text();
  v.name = job.shown_name();
  v.mode = job.mode;
  v.daemon = job.daemon;
  v.held = run.nodes[index].held && run.nodes[index].open > 0;
  v.forgiven = run.plan.settings_of(job).continue_on_error;
  v.action = action_line(job.action);
  v.needs.reserve(job.needs.size());
  for (const jobs::Need& need : job.needs) v.needs.push_back(need.job);
  v.hook = job.hook;
  v.shape = job.shape;
  const TaskSlot first = run.nodes[index].first;
  const TaskSlot end = first + run.task_count(index);
  v.tasks.reserve(end - first);
  for (TaskSlot s = first; s < end; ++s) v.tasks.push_back(view_of(state, run, s, waits));
  for (const TaskView& t : v.tasks) {
    ++v.counts.total;
    ++v.counts.by_state[static_cast<std::size_t>(t.state)];
    if (t.outcome) ++v.counts.by_outcome[static_cast<std::size_t>(*t.outcome)];
  }
  return v;
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

std::string_view to_text(TaskState s) {
  static constexpr std::string_view kWords[] = {"pending", "queued",  "starting", "running",
                                                "paused",  "backoff", "stopping", "finished"};
  return kWords[static_cast<std::size_t>(s)];
}

std::string_view short_code(TaskState s) {
  static constexpr std::string_view kCodes[] = {"PD", "QU", "SG", "R", "PS", "RT", "SP", "-"};
  return kCodes[static_cast<std::size_t>(s)];
}

RunSummary summary_of(const Run& run) {
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
  s.stopping = run.stop && !run.end;
  s.held = run.gate.held && !run.end;
  s.begin = run.terms.begin;
  s.retry_of = run.terms.retry_of;
  s.counts = run.counts;
  s.modes = run.modes;
  return s;
}

RunView view_of(const State& state, const Run& run) {
  const Outermost waits{gate_reason(state, run), {state.closed(), 0}, !state.fleet().has_command_slot()};
  RunView v;
  v.summary = summary_of(run);
  v.jobs.reserve(run.nodes.size());
  for (JobIndex j = 0; j < run.nodes.size(); ++j) v.jobs.push_back(view_of_job(state, run, j, waits));
  return v;
}

}  // namespace rota::core
