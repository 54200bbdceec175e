// Tables of runs and jobs.
#include "scheduler/cli/view/runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "scheduler/cli/display/board.h"
#include "scheduler/cli/view/tries.h"
#include "scheduler/cli/words.h"
#include "scheduler/control/run_state.h"
#include "scheduler/control/selector.h"
#include "shared/text/text.h"

namespace rota::cli {
namespace {

std::string modes_text(std::uint8_t modes) {
  std::string out;
  for (const auto mode : {Mode::thread, Mode::process, Mode::async})
    if (modes & (1u << static_cast<unsigned>(mode))) out += (out.empty() ? "" : ",") + std::string(to_text(mode));
  return out;
}

std::uint32_t failures(const core::Counts& counts) {
  std::uint32_t n = 0;
  for (std::size_t o = 0; o < counts.by_outcome.size(); ++o)
    if (is_failure(static_cast<Outcome>(o))) n += counts.by_outcome[o];
  return n;
}

std::string tasks_text(const core::Counts& counts) {
  return fmt::format("{}/{}/{}", counts.of(Outcome::succeeded), failures(counts), counts.total);
}

Cell state_cell(const core::RunSummary& run) {
  return {std::string(control::run_state_code(run)), run.outcome ? style_of(*run.outcome) : Style::busy};
}

std::string where_text(const core::TaskView& task) {
  if (task.outcome || task.attempts.empty() || task.attempts.back().outcome) return {};
  return fmt::format("w{}", task.attempts.back().worker.seat);
}

/// As it says itself; empty where it says nothing, or does not run.
std::string progress_text(const core::TaskView& task) {
  if (task.outcome || task.attempts.empty() || !task.attempts.back().progress) return {};
  return percent(*task.attempts.back().progress);
}

bool is_array(const core::JobView& job) { return !std::holds_alternative<std::monostate>(job.shape); }

// What deserves the eye first: failures, what moves, what waits, what is done.
int urgency(const JobStanding& s) {
  if (s.has_failed) return 0;
  if (!s.task) return 9;
  if (s.task->outcome) return is_failure(*s.task->outcome) ? 0 : *s.task->outcome == Outcome::succeeded ? 8 : 3;
  return s.task->state == core::TaskState::pending || s.task->state == core::TaskState::queued ? 5 : 1;
}

// Of an array of which not all are in the view: what those do that have not ended.
std::optional<core::TaskState> unseen_state(const core::JobView& job) {
  if (job.whole()) return std::nullopt;
  for (std::size_t s = 0; s < static_cast<std::size_t>(core::TaskState::finished); ++s) {
    const auto state = static_cast<core::TaskState>(core::kTaskStates - 2 - s);
    if (job.counts.of(state) > 0) return state;
  }
  return std::nullopt;
}

// How often it was really tried, where that is more than once.
std::string attempts_text(const core::TaskView& task) {
  const auto n = tries_of(task);
  return n > 1 ? std::to_string(n) : std::string();
}

// Of an array the most that any of its tasks has taken, where all of them are known.
std::string most_attempts_text(const core::JobView& job) {
  std::uint32_t most = 0;
  for (const auto& task : job.tasks) most = std::max(most, tries_of(task));
  return job.whole() && most > 1 ? fmt::format("up to {}", most) : std::string();
}

std::string waiting_words(const core::TaskView& task) {
  if (task.reason.kind == ReasonKind::dep) return "waits for a job that it needs";
  if (task.state == core::TaskState::backoff) return "last attempt: " + to_text(task.reason);
  return why({.reason = task.reason}) + (task.lack.empty() ? "" : " (" + one_line(task.lack) + ")");
}

std::string reason_words(const core::JobView& job, const core::TaskView& task) {
  if (task.outcome == Outcome::succeeded && task.reason.kind == ReasonKind::none) return {};
  if (task.reason.kind == ReasonKind::none) return {};
  if (!task.outcome) return waiting_words(task);
  if (job.hook && task.reason.kind == ReasonKind::condition) return "the run did not end so";
  const auto* last = task.attempts.empty() ? nullptr : &task.attempts.back();
  const auto message = last ? last->report.message : condition_message(job, task);
  return why({*task.outcome, task.reason, message,
              last && last->report.ending.forced, std::nullopt});
}

// Nobody saw the end of what died with its coordinator: it took at least as long as it was heard of.
std::string time_mark(const Reason& reason) { return reason.kind == ReasonKind::coordinator_lost ? ">" : ""; }

// "limit:pool gpu: 1 wanted, 0 of 2 free"; of the machine's own pools the code says which.
std::string with_lack(const Reason& reason, std::string_view lack) {
  auto out = to_text(reason);
  if (lack.empty()) return out;
  for (const std::string_view own : {"cpus: ", "memory: "})
    if (reason.kind != ReasonKind::pool && lack.starts_with(own)) lack.remove_prefix(own.size());
  return out + " " + one_line(lack);
}

// A run that waits for its user says so, whatever else it waits for.
std::string run_reason_code(const core::RunSummary& run) {
  if (run.outcome) return to_text(run.reason);
  if (run.held) return to_text({ReasonKind::hold, 0});
  const bool paused = run.paused && run.reason.kind == ReasonKind::none;
  return paused ? to_text({ReasonKind::paused, 0}) : with_lack(run.reason, run.lack);
}

}  // namespace

Style style_of(Outcome outcome) {
  if (outcome == Outcome::succeeded) return Style::good;
  if (is_failure(outcome)) return Style::bad;
  return outcome == Outcome::skipped ? Style::dim : Style::warn;
}

std::string condition_message(const core::JobView& job, const core::TaskView& task) {
  if (task.reason.kind != ReasonKind::expression || !task.attempts.empty()) return {};
  const std::string_view all = job.message;
  if (!all.starts_with("task ")) return std::string(all);  // it was asked once, for all of them
  const auto own = fmt::format("task {}: ", jobs::number_of(job.shape, task.index));
  for (std::size_t at = 0; at < all.size();) {
    const auto line = all.substr(at, all.find('\n', at) - at);
    if (line.starts_with(own)) return std::string(line.substr(own.size()));
    at += line.size() + 1;
  }
  return fmt::format("of this one it is not kept; the first was {}", all.substr(0, all.find('\n')));
}

bool stand_alike(const core::TaskView& a, const core::TaskView& b) {
  return a.attempts.empty() && b.attempts.empty() && a.state == b.state && a.outcome == b.outcome &&
         a.reason == b.reason && a.reason.kind != ReasonKind::expression;
}

std::string run_time(const core::RunSummary& run, Instant now) {
  return time_mark(run.reason) + text::short_duration((run.outcome ? run.ended : now) - run.submitted.mono);
}

std::string task_time(const core::TaskView& task, Instant now) {
  if (control::is_unknown(task)) return {};
  for (auto a = task.attempts.rbegin(); a != task.attempts.rend(); ++a)
    if (a->started.ns) return time_mark(a->reason) + text::short_duration((a->outcome ? a->ended : now) - a->started);
  return {};
}

JobStanding standing(const core::JobView& job) {
  JobStanding best;
  // A job stands where those of its tasks stand that have not ended, while there are such.
  const auto rank = [](const JobStanding& s) { return (s.task->outcome ? 10 : 0) + urgency(s); };
  for (const auto& task : job.tasks) {
    JobStanding s;
    s.task = &task;
    s.word = task.outcome ? to_text(*task.outcome) : control::task_state(task);
    s.code = task.outcome ? short_code(*task.outcome) : control::task_state_code(task);
    s.style = task.outcome                             ? style_of(*task.outcome)
              : task.state == core::TaskState::running ? Style::busy
                                                       : Style::dim;
    if (!best.task || rank(s) < rank(best)) best = std::move(s);
  }
  // What the view does not hold has not started, or succeeded.
  if (best.task && best.task->outcome)
    if (const auto rest = unseen_state(job))
      best = {std::string(core::to_text(*rest)), std::string(core::short_code(*rest)), Style::dim, nullptr, false};
  best.has_failed = failures(job.counts) > 0;  // also of tasks that the view does not hold
  return best;
}

std::string runs_table(std::span<const core::RunSummary> runs, Instant now, const Look& look) {
  std::vector<Row> rows;
  for (const auto& run : runs)
    rows.push_back({std::to_string(run.run), one_line(run.name), modes_text(run.modes), state_cell(run),
                    tasks_text(run.counts), run.progress ? percent(*run.progress) : "",
                    run.priority != 0 ? std::to_string(run.priority) : "", run_time(run, now), "",
                    run_reason_code(run)});
  return render_table({{"RUN"},
                       {"NAME", false, true},
                       {"MODE", false, true},
                       {"ST"},
                       {"TASKS(ok/fail/all)"},
                       {"DONE", true},
                       {"PRIO", true},
                       {"TIME", true},
                       {"WHERE"},
                       {"REASON", false, true}},
                      std::move(rows), look);
}

std::string jobs_table(std::span<const core::RunView> runs, std::string_view only, Instant now, const Look& look) {
  std::vector<Row> rows;
  for (const auto& run : runs)
    for (const auto& job : run.jobs) {
      if (!only.empty() && job.id != only) continue;
      const auto s = standing(job);
      rows.push_back({std::to_string(run.summary.run),
                      job.id,
                      std::string(to_text(job.mode)),
                      {s.code, s.style},
                      tasks_text(job.counts),
                      s.task ? progress_text(*s.task) : "",
                      "",
                      s.task ? task_time(*s.task, now) : "",
                      s.task ? where_text(*s.task) : "",
                      s.task ? with_lack(s.task->reason, s.task->lack) : ""});
    }
  return render_table({{"RUN"},
                       {"NAME", false, true},
                       {"MODE"},
                       {"ST"},
                       {"TASKS(ok/fail/all)"},
                       {"DONE", true},
                       {"PRIO", true},
                       {"TIME", true},
                       {"WHERE"},
                       {"REASON", false, true}},
                      std::move(rows), look);
}

namespace {

Row task_row(RunId run, const core::JobView& job, std::size_t first, std::size_t count, Instant now) {
  const auto& task = job.tasks[first];
  const auto style = task.outcome ? style_of(*task.outcome)
                                  : task.state == core::TaskState::running ? Style::busy : Style::dim;
  const auto code = task.outcome ? short_code(*task.outcome) : control::task_state_code(task);
  return {control::span_text(run, job, task.index, static_cast<std::uint32_t>(count)),
          std::string(to_text(job.mode)),
          {std::string(code), style},
          progress_text(task),
          task_time(task, now),
          where_text(task),
          with_lack(task.reason, task.lack)};
}

/// "12/render: and 988,000 more: 900,000 succeeded, 88,000 pending": of what the view does not hold.
std::string rest_text(RunId run, const core::JobView& job) {
  core::Counts rest = job.counts;
  for (const auto& task : job.tasks) {
    --rest.total;
    --rest.by_state[static_cast<std::size_t>(task.state)];
    if (task.outcome) --rest.by_outcome[static_cast<std::size_t>(*task.outcome)];
  }
  if (rest.total == 0) return {};
  std::string what;
  const auto add = [&](std::uint32_t n, std::string_view word) {
    if (n) what += fmt::format("{}{} {}", what.empty() ? "" : ", ", number(n), word);
  };
  for (std::size_t o = 0; o < rest.by_outcome.size(); ++o) add(rest.by_outcome[o], to_text(static_cast<Outcome>(o)));
  for (std::size_t s = 0; s + 1 < core::kTaskStates; ++s)
    add(rest.by_state[s], core::to_text(static_cast<core::TaskState>(s)));
  return fmt::format("{}/{}: and {} more: {}\n", run, job.id, number(rest.total), what);
}

}  // namespace

std::string tasks_table(std::span<const core::RunView> runs, std::string_view only, std::size_t most, Instant now,
                        const Look& look) {
  std::vector<Row> rows;
  std::string rests;
  std::size_t left_out = 0;
  for (const auto& run : runs)
    for (const auto& job : run.jobs) {
      if (!only.empty() && job.id != only) continue;
      for (std::size_t i = 0, n = 0; i < job.tasks.size(); i += n) {
        for (n = 1; i + n < job.tasks.size(); ++n)
          if (job.tasks[i + n].index != job.tasks[i].index + n || !stand_alike(job.tasks[i], job.tasks[i + n])) break;
        if (rows.size() < most) rows.push_back(task_row(run.summary.run, job, i, n, now));
        else left_out += n;
      }
      rests += rest_text(run.summary.run, job);
    }
  auto out = render_table({{"TASK", false, true},
                           {"MODE"},
                           {"ST"},
                           {"DONE", true},
                           {"TIME", true},
                           {"WHERE"},
                           {"REASON", false, true}},
                          std::move(rows), look);
  if (left_out) out += fmt::format("and {} more; -n N shows more lines\n", number_of(left_out, "task"));
  return out + rests;
}

std::string history_table(std::span<const core::RunSummary> runs, const Look& look) {
  std::vector<Row> rows;
  for (const auto& run : runs)
    rows.push_back({std::to_string(run.run), one_line(run.name), state_cell(run), tasks_text(run.counts),
                    text::format_local(run.submitted.wall), run_time(run, run.ended), to_text(run.reason)});
  return render_table({{"RUN"},
                       {"NAME", false, true},
                       {"ST"},
                       {"TASKS(ok/fail/all)"},
                       {"STARTED"},
                       {"TIME", true},
                       {"REASON", false, true}},
                      std::move(rows), look);
}

std::string job_lines(const core::RunView& run, std::size_t most, Instant now, const Look& look) {
  std::vector<std::pair<JobStanding, const core::JobView*>> jobs;
  for (const auto& job : run.jobs) jobs.emplace_back(standing(job), &job);
  if (jobs.size() > most)
    std::stable_sort(jobs.begin(), jobs.end(),
                     [](const auto& a, const auto& b) { return urgency(a.first) < urgency(b.first); });
  std::vector<Row> rows;
  for (std::size_t i = 0; i < std::min(most, jobs.size()); ++i) {
    const auto& [s, job] = jobs[i];
    rows.push_back({"  " + job->id,
                    is_array(*job) ? tasks_text(job->counts) : std::string(),
                    std::string(to_text(job->mode)),
                    {s.word, s.style},
                    s.task ? progress_text(*s.task) : "",
                    s.task ? task_time(*s.task, now) : "",
                    is_array(*job) ? most_attempts_text(*job) : s.task ? attempts_text(*s.task) : "",
                    s.task ? reason_words(*job, *s.task) : ""});
  }
  return render_table({{"  JOB", false, true},
                       {"TASKS(ok/fail/all)"},
                       {"MODE"},
                       {"STATE"},
                       {"DONE", true},
                       {"TIME", true},
                       {"ATTEMPTS", true},
                       {"REASON", false, true}},
                      std::move(rows), look);
}

}  // namespace rota::cli
