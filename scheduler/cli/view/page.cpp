// Pages of `show`.
#include "scheduler/cli/view/page.h"

#include <fmt/format.h>

#include <algorithm>

#include "scheduler/cli/display/board.h"
#include "scheduler/cli/view/plan.h"
#include "scheduler/cli/view/runs.h"
#include "scheduler/cli/view/tries.h"
#include "scheduler/cli/view/usage.h"
#include "scheduler/cli/words.h"
#include "scheduler/control/run_state.h"
#include "scheduler/control/selector.h"
#include "shared/output/lost.h"
#include "shared/text/text.h"

namespace rota::cli {
namespace {

constexpr std::size_t kSpansShownBytes = 60;

std::string field(std::string_view name, std::string_view value) {
  return value.empty() ? std::string() : fmt::format("{:>10}{} {}\n", name, name.empty() ? ' ' : ':', value);
}

// "5s ago", "3min ago", "2h ago", "4d ago": nobody wants to know it better.
std::string ago(Duration d) {
  const auto seconds = std::max<std::int64_t>(0, d.count() / 1'000'000'000);
  if (seconds < 60) return fmt::format("{}s ago", seconds);
  if (seconds < 3600) return fmt::format("{}min ago", seconds / 60);
  return seconds < 86400 ? fmt::format("{}h ago", seconds / 3600) : fmt::format("{}d ago", seconds / 86400);
}

// "2026-03-01 10:00:05 (41s ago)".
std::string when(const core::RunSummary& run, Instant t, Now now) {
  const auto wall = run.wall(t);
  return fmt::format("{} ({})", text::format_local(wall), ago(Duration{now.wall.ns - wall.ns}));
}

std::string last_lines(const PageExtras& extras, const Look& look) {
  if (extras.last_lines.empty()) return {};
  std::string out = "\nLast lines:\n";
  for (const auto& line : extras.last_lines) out += "  " + safe_line(line, look.colour) + "\n";
  return out;
}

// A line each: of many tasks whose condition could not be computed the first ones say why.
std::string message_text(std::string_view message) {
  std::string out;
  while (!message.empty()) {
    const auto line = message.substr(0, message.find('\n'));
    out += field(out.empty() ? "Message" : "", one_line(line));
    message.remove_prefix(std::min(line.size() + 1, message.size()));
  }
  return out;
}

std::string notes_text(const PageExtras& extras) {
  std::string out;
  for (const auto& note : extras.notes) out += field("Note", one_line(note));
  return out;
}

// Nobody saw when what died with its coordinator ended.
std::string since_text(const Reason& reason) {
  return reason.kind == ReasonKind::coordinator_lost ? ", last heard of " : " since ";
}

std::string run_state_text(const core::RunSummary& run, Now now, const Look& look) {
  const std::string word(control::run_state(run));
  if (!run.outcome) return paint(word, Style::busy, look.colour);
  return paint(word, style_of(*run.outcome), look.colour) + since_text(run.reason) + when(run, run.ended, now);
}

std::string run_reason_text(const core::RunSummary& run) {
  const bool is_told = run.reason.kind == ReasonKind::concurrency || run.reason.kind == ReasonKind::processes ||
                       !run.lack.empty();
  if ((!run.outcome && !is_told) || run.reason.kind == ReasonKind::none) return {};
  return fmt::format("{} ({}{}{})", why({.outcome = run.outcome.value_or(Outcome::succeeded), .reason = run.reason}),
                     to_text(run.reason), run.lack.empty() ? "" : " ", one_line(run.lack));
}

// What users who cancelled said: of the run, or of what lies in one job of it.
std::string cancels_text(const core::RunView& view, const core::JobView* only) {
  std::string out;
  for (const auto& note : view.summary.cancels) {
    std::string of;
    for (const auto& span : note.tasks) {
      if (span.job >= view.jobs.size() || (only && only->index != span.job)) continue;
      if (of.size() > kSpansShownBytes) {
        of += " ...";
        break;
      }
      if (!of.empty()) of += ", ";
      of += control::span_text(view.summary.run, view.jobs[span.job], span.first, span.count);
    }
    if (note.tasks.empty() != of.empty()) continue;
    out += field("Cancelled", (of.empty() ? "" : of + ": ") + one_line(note.reason));
  }
  return out;
}

// Of the run, or of a job of it.
std::string counts_text(const core::RunSummary& run, const core::Counts& c) {
  auto out = number_of(c.total, "task");
  if (c.ended()) out += ": " + tally(c);
  using core::TaskState;
  std::uint32_t unknown = 0;
  for (const auto state : {TaskState::running, TaskState::stopping, TaskState::starting, TaskState::paused})
    if (control::unknown_tasks(run)) unknown += c.of(state);
  if (unknown) out += fmt::format(", {} unknown", number(unknown));
  for (const auto state : {TaskState::running, TaskState::stopping, TaskState::starting, TaskState::paused,
                           TaskState::backoff, TaskState::queued, TaskState::pending})
    if (c.of(state) && !(unknown && control::is_held_state(state)))
      out += fmt::format(", {} {}", number(c.of(state)), core::to_text(state));
  return out;
}

std::string output_text(const AttemptReport& report) {
  const auto& output = report.output;
  // Where nothing is known of what it used, nobody has told what it has written.
  if (output.bytes == 0 && output.dropped == 0) return report.usage.cpu_us < 0 ? "" : ", no output";
  auto out = ", output " + text::format_size(output.bytes);
  if (output.dropped)
    out += fmt::format(" ({} more {})", text::format_size(output.dropped), one_line(output::why_dropped(report)));
  return out;
}

/// Where an attempt that brought down its worker was: the lines of its message behind the first.
std::string trace_text(const core::AttemptView& a, const Look& look) {
  if (a.outcome != Outcome::crashed && a.reason.kind != ReasonKind::accused) return {};
  std::string out;
  std::string_view rest = a.report.message;
  for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    rest.remove_prefix(end + 1);
    out += "      " + paint(one_line(rest.substr(0, rest.find('\n'))), Style::dim, look.colour) + "\n";
  }
  return out;
}

std::string attempt_line(const core::TaskView& task, std::size_t index, Now now, const Look& look) {
  const auto& a = task.attempts[index];
  if (a.outcome == Outcome::revoked)
    return paint("   -  not started: given back to the queue", Style::dim, look.colour) + "\n";
  const auto head = fmt::format("  {:>2}  ", core::try_number(task, index));
  if (!a.outcome) {
    const auto where = a.pid ? fmt::format(", pid {}", a.pid) : std::string();
    if (control::is_unknown(task))
      return head + paint("not known", Style::warn, look.colour) + ": " + why({.reason = task.reason}) + where + "\n";
    if (!a.started.ns)
      return head + "starting" + where +
             (task.reason.kind == ReasonKind::processes ? ": " + why({.reason = task.reason}) : "") + "\n";
    const bool still = task.state == core::TaskState::paused;
    const auto stood = still ? " for " + text::short_duration(now.mono - task.since) : std::string();
    return head + paint(still ? "standing still" : "running", Style::busy, look.colour) + stood +
           (still ? ", began " : " for ") + text::short_duration(now.mono - a.started) + (still ? " ago" : "") +
           (a.progress ? ", at " + percent(*a.progress) : "") + where + (a.ready ? ", ready" : "") +
           fmt::format(", worker {}\n", a.worker.seat);
  }
  const auto told = verdict({*a.outcome, a.reason, a.report.message, a.report.ending.forced, std::nullopt});
  auto line = head + paint(told, style_of(*a.outcome), look.colour);
  const bool unseen = a.reason.kind == ReasonKind::coordinator_lost;
  if (a.started.ns) line += (unseen ? ", at least " : ", ") + text::short_duration(a.ended - a.started);
  if (a.pid) line += fmt::format(", pid {}", a.pid);
  return line + usage_text(a.report.usage) + (a.started.ns ? output_text(a.report) : "") + "\n" + trace_text(a, look);
}

ValueMap outputs_of(const core::TaskView& task) {
  return task.outcome && !task.attempts.empty() ? task.attempts.back().report.outputs : ValueMap{};
}

// From the first start that is known to the last end: what tasks there are of it in the view tells well enough.
std::string rate_text(const core::RunSummary& run, const core::JobView& job, Now now) {
  Instant first, last;
  for (const auto& task : job.tasks)
    for (const auto& a : task.attempts) {
      if (a.started.ns && (!first.ns || a.started < first)) first = a.started;
      if (a.outcome && last < a.ended) last = a.ended;
    }
  const bool over = job.counts.ended() == job.task_count();
  if (!over) last = now.mono;
  else if (!job.whole() && run.outcome) last = run.ended;
  const auto seconds = static_cast<double>((last - first).count()) / 1e9;
  const auto never_ran = job.counts.of(Outcome::cancelled) + job.counts.of(Outcome::skipped) +
                         job.counts.of(Outcome::upstream_failed);
  const auto did = job.counts.ended() - std::min(never_ran, job.counts.ended());
  if (!first.ns || seconds <= 0 || did == 0) return {};
  const auto rate = static_cast<double>(did) / seconds;
  return fmt::format("{} tasks a second, {}", rate < 10 ? fmt::format("{:.1f}", rate)
                                                        : number(static_cast<std::uint64_t>(rate)),
                     text::short_duration(last - first));
}

// The tasks that deserve the eye: those that failed first, then those that run.
std::string notable_tasks(const core::RunView& run, const core::JobView& job, Now now, const Look& look) {
  std::vector<const core::TaskView*> failed, running, paused;
  for (const auto& task : job.tasks) {
    if (task.outcome && is_failure(*task.outcome)) failed.push_back(&task);
    if (!task.outcome && task.state == core::TaskState::running) running.push_back(&task);
    if (!task.outcome && task.state == core::TaskState::paused) paused.push_back(&task);
  }
  std::stable_sort(failed.begin(), failed.end(), [](auto* a, auto* b) { return a->since < b->since; });
  std::string out;
  const auto list = [&](std::string_view title, const std::vector<const core::TaskView*>& tasks) {
    if (!tasks.empty()) out += fmt::format("\n{}:\n", title);
    for (std::size_t i = 0; i < std::min(tasks.size(), kTasksShown); ++i) {
      const auto values = values_text(jobs::matrix_values(job.shape, tasks[i]->index));
      out += "  " + paint(control::task_text(run.summary.run, job, tasks[i]->index), Style::bold, look.colour) +
             (values.empty() ? "" : "  " + values) + "\n";
      if (!tasks[i]->attempts.empty()) out += "  " + attempt_line(*tasks[i], tasks[i]->attempts.size() - 1, now, look);
    }
    if (tasks.size() > kTasksShown) out += fmt::format("  and {} more\n", number(tasks.size() - kTasksShown));
  };
  list("First failures", failed);
  list("Running", running);
  list("Paused", paused);
  return out;
}

std::string first_outputs(const core::RunView& run, const core::JobView& job) {
  std::string out;
  std::size_t shown = 0;
  for (const auto& task : job.tasks) {
    const auto values = values_text(outputs_of(task));
    if (values.empty() || ++shown > kTasksShown) continue;
    out += fmt::format("  {}  {}\n", control::task_text(run.summary.run, job, task.index), values);
  }
  if (shown > kTasksShown) out += "  and more\n";
  return out.empty() ? out : "\nOutputs:\n" + out;
}

constexpr std::size_t kOutputsShown = 20, kOutputBytesShown = 200;

/// What the last attempt left for others.
std::string outputs_text(const core::TaskView& task) {
  if (task.attempts.empty() || task.attempts.back().report.outputs.empty()) return {};
  const auto& values = task.attempts.back().report.outputs;
  std::string out = "\nOutputs:\n";
  for (std::size_t i = 0; i < std::min(values.size(), kOutputsShown); ++i) {
    const auto& [name, value] = values[i];
    const auto text = to_text(value);
    out += fmt::format("  {} = {}", name, one_line(text.substr(0, kOutputBytesShown)));
    out += text.size() > kOutputBytesShown ? fmt::format("... ({})\n", text::format_size(text.size())) : "\n";
  }
  if (values.size() > kOutputsShown)
    out += fmt::format("  and {} more, in the JSON of `show`\n", values.size() - kOutputsShown);
  return out;
}

std::string needs_text(const core::RunView& run, const core::JobView& job) {
  std::string out;
  for (const auto need : job.needs)
    if (need < run.jobs.size())
      out += (out.empty() ? "" : ", ") + run.jobs[need].id + " (" + standing(run.jobs[need]).word + ")";
  return out;
}

std::string task_state_text(const core::RunView& run, const core::TaskView& task, Now now, const Look& look) {
  if (task.outcome) {
    const auto reason = task.reason.kind == ReasonKind::none ? "" : " (" + to_text(task.reason) + ")";
    return paint(to_text(*task.outcome), style_of(*task.outcome), look.colour) + reason + since_text(task.reason) +
           when(run.summary, task.since, now);
  }
  if (control::is_unknown(task))
    return paint(control::task_state(task), Style::warn, look.colour) + ", " + why({.reason = task.reason}) +
           fmt::format("; last known as {} since ", core::to_text(task.state)) + when(run.summary, task.since, now);
  auto out = paint(core::to_text(task.state), Style::busy, look.colour);
  if (task.reason.kind == ReasonKind::dep)
    out += ", waits for a job that it needs";
  else if (task.reason.kind != ReasonKind::none &&
           (task.state == core::TaskState::pending || task.state == core::TaskState::queued ||
            task.reason.kind == ReasonKind::processes))
    out += ", " + why({.reason = task.reason}) + (task.lack.empty() ? "" : " (" + one_line(task.lack) + ")");
  if (task.paused_by && !task.paused_by->empty())
    out += (task.state == core::TaskState::paused ? " by " : ", to be paused by ") + one_line(*task.paused_by);
  if (task.state == core::TaskState::backoff)
    out += ", tries again in " + text::short_duration(std::max(Duration::zero(), task.due - now.mono));
  return out + " since " + when(run.summary, task.since, now);
}

// "by anna since 2026-03-01 10:00:05 (41s ago), until `rota resume 12`".
std::string paused_field(const core::RunSummary& run, const std::optional<core::PauseNote>& note, Now now,
                         const std::string& resume) {
  if (!note || run.outcome) return {};
  const auto by = note->by.empty() ? std::string() : "by " + one_line(note->by) + " ";
  return by + "since " + when(run, note->since, now) + fmt::format(", until `{}`", resume);
}

// What is not as it is of itself.
std::string terms_text(const core::RunSummary& run) {
  if (run.priority == 0 && !run.max_parallel) return {};
  return new_terms(run.priority != 0 ? std::optional(run.priority) : std::nullopt, run.max_parallel);
}

std::string schedule_text(const core::RunSummary& run) {
  if (run.schedule.empty()) return {};
  return one_line(run.schedule) +
         (run.occurrence.ns ? ", for " + text::format_local(run.occurrence) : std::string(", triggered by hand"));
}

}  // namespace

std::string task_label(RunId run, const core::JobView& job, const core::TaskView& task) {
  return control::task_text(run, job, task.index);
}

std::string run_page(const core::RunView& view, const PageExtras& extras, Now now, const Look& look) {
  const auto& run = view.summary;
  auto out = paint(fmt::format("run {}", run.run), Style::bold, look.colour) + " " + one_line(run.name) + "\n";
  out += field("File", one_line(run.source_path));
  out += field("State", run_state_text(run, now, look));
  out += field("Reason", run_reason_text(run));
  out += cancels_text(view, nullptr);
  out += field("Submitted", when(run, run.submitted.mono, now));
  out += field("Retry of", run.retry_of ? fmt::format("run {}", run.retry_of) : "");
  out += field("Schedule", schedule_text(run));
  out += field("Begin", run.begin.ns && !run.outcome ? "not before " + text::format_local(run.begin) : "");
  out += field("Group", one_line(run.group));
  out += field("Terms", terms_text(run));
  out += field("Held", run.held && !run.outcome ? fmt::format("until `{} release {}`", extras.rota, run.run) : "");
  out += field("Paused", paused_field(run, run.paused, now, fmt::format("{} resume {}", extras.rota, run.run)));
  out += field("Took", run.outcome ? run_time(run, now.mono) : "");
  const bool unwatched = !run.outcome && run.reason.kind == ReasonKind::recovering;
  const auto state = control::run_state(run);
  out += field(state == "pending" ? "Waiting" : state == "paused" ? "Alive" : "Running",
               run.outcome || unwatched ? "" : "for " + run_time(run, now.mono));
  out += field("Tasks", counts_text(run, run.counts));
  out += field("Used", totals_text(run.totals));
  out += notes_text(extras);
  out += "\n" + job_lines(view, kJobsShown, now.mono, look);
  if (view.jobs.size() > kJobsShown)
    out += fmt::format("  and {} more: {} ps --jobs {}\n", number(view.jobs.size() - kJobsShown), extras.rota, run.run);
  out += last_lines(extras, look);
  return out + fmt::format("\nAll output: {} logs {}\n", extras.rota, run.run);
}

std::string job_page(const core::RunView& run, const core::JobView& job, const PageExtras& extras, Now now,
                     const Look& look) {
  const auto id = fmt::format("{}/{}", run.summary.run, job.id);
  auto out = paint(id, Style::bold, look.colour) + (job.name != job.id ? " " + one_line(job.name) : "") + "\n";
  out += field("Run", fmt::format("{} {}", run.summary.run, one_line(run.summary.name)));
  out += field("Action", one_line(job.action));
  out += field("Mode", fmt::format("{}{}", to_text(job.mode), job.forgiven ? ", continue_on_error" : ""));
  out += field("Needs", needs_text(run, job));
  out += field("Shape", shape_text(job.shape));
  out += field("Tasks", counts_text(run.summary, job.counts));
  out += cancels_text(run, &job);
  out += field("Rate", rate_text(run.summary, job, now));
  out += field("Used", totals_text(job.totals));
  out += message_text(job.message);
  out += field("Held", job.held ? fmt::format("until `{} release {}`", extras.rota, id) : "");
  out += field("Paused", paused_field(run.summary, job.paused, now, fmt::format("{} resume {}", extras.rota, id)));
  out += notes_text(extras);
  out += notable_tasks(run, job, now, look) + first_outputs(run, job);
  const auto first = control::task_text(run.summary.run, job, 0);
  return out + fmt::format("\nOne task: {0} show {1}; all of them: {0} ps --tasks {2}\nAll output: {0} logs {2}\n",
                           extras.rota, first, id);
}

std::string task_page(const core::RunView& run, const core::JobView& job, const core::TaskView& task,
                      const PageExtras& extras, Now now, const Look& look) {
  const bool many = extras.alike > 1;
  const auto label = control::span_text(run.summary.run, job, task.index, extras.alike);
  auto out = paint(label, Style::bold, look.colour) + (job.name != job.id ? " " + one_line(job.name) : "") + "\n";
  out += field("Run", fmt::format("{} {}", run.summary.run, one_line(run.summary.name)));
  out += field("Action", one_line(job.action));
  out += field("Mode", fmt::format("{}{}{}", to_text(job.mode), job.daemon ? ", daemon" : "",
                                   job.forgiven ? ", continue_on_error" : ""));
  out += field("Needs", needs_text(run, job));
  out += field("Values", many ? "" : values_text(jobs::matrix_values(job.shape, task.index)));
  out += field("Tasks", many ? number(extras.alike) + ", all of them" : "");
  out += field("State", task_state_text(run, task, now, look));
  out += field("Cancelled", one_line(core::cancel_reason(run.summary, job.index, task)));
  out += message_text(condition_message(job, task));
  out += field("Held", job.held && !task.outcome
                           ? fmt::format("until `{} release {}/{}`", extras.rota, run.summary.run, job.id)
                           : "");
  out += notes_text(extras);
  if (!task.attempts.empty()) out += "\nAttempts:\n";
  for (std::size_t i = 0; i < task.attempts.size(); ++i) out += attempt_line(task, i, now, look);
  out += outputs_text(task);
  out += last_lines(extras, look);
  return many ? out : out + fmt::format("\nAll output: {} logs {}\n", extras.rota, label);
}

}  // namespace rota::cli
