// Walking the needs of what ended.
#include "scheduler/cli/view/causes.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "scheduler/cli/display/board.h"
#include "scheduler/cli/view/page.h"
#include "scheduler/cli/view/runs.h"
#include "scheduler/cli/view/tries.h"
#include "scheduler/cli/words.h"
#include "scheduler/control/run_state.h"
#include "shared/text/text.h"

namespace rota::cli {
namespace {

using Cause = control::Explanation::Cause;

// "failed: exit status 7, on try 3, after 2.0s".
std::string story_of(const core::JobView& job, const core::TaskView& task, std::string_view said) {
  if (!task.outcome) return fmt::format("has not ended: {}", control::task_state(task));
  const core::AttemptView* last = nullptr;
  for (const auto& attempt : task.attempts)
    if (attempt.outcome && *attempt.outcome != Outcome::revoked) last = &attempt;
  auto text = verdict({*task.outcome, task.reason, last ? last->report.message : condition_message(job, task),
                       last && last->report.ending.forced, std::nullopt});
  if (!said.empty()) text += fmt::format(" ({})", said);
  if (job.forgiven && is_failure(*task.outcome)) text += " (continue_on_error)";
  if (!last) return text;
  const auto tries = tries_of(task);
  if (tries > 1) text += fmt::format(", on try {}", tries);
  if (last->started.ns) text += ", after " + text::short_duration(last->ended - last->started);
  return text;
}

bool brings_down(const core::TaskView& task) {
  return task.outcome && *task.outcome != Outcome::succeeded && *task.outcome != Outcome::skipped;
}

class Walk {
 public:
  explicit Walk(const core::RunView& run) : run_(run) {}

  void visit(const core::JobView& job, const core::TaskView& task, std::uint32_t depth) {
    if (causes.size() == kCausesMost || !seen_.insert({job.index, task.index}).second) return;
    const auto said = core::cancel_reason(run_.summary, job.index, task);
    causes.push_back({task_label(run_.summary.run, job, task), story_of(job, task, said), depth,
                      task.outcome.value_or(Outcome::succeeded), task.reason});
    if (task.reason.kind == ReasonKind::dep) return needs_of(job, task, depth + 1);
    if (task.reason.kind == ReasonKind::cancel_policy || task.reason.kind == ReasonKind::stop_policy)
      first_failure(depth + 1);
  }

  std::vector<Cause> causes;

 private:
  // Where some tasks of a job ran for want of nothing, each needs its own: the one at its place is to blame.
  static const core::TaskView* own_need(const core::JobView& job, const core::TaskView& task,
                                        const core::JobView& need) {
    const auto n = job.task_count();
    if (n < 2 || need.task_count() != n || job.counts.of(Outcome::upstream_failed) == n) return nullptr;
    const auto* own = need.find(task.index);
    return own && brings_down(*own) ? own : nullptr;
  }

  void needs_of(const core::JobView& job, const core::TaskView& of, std::uint32_t depth) {
    for (const auto need : job.needs)
      if (need < run_.jobs.size())
        if (const auto* own = own_need(job, of, run_.jobs[need])) return visit(run_.jobs[need], *own, depth);
    bool found = false;
    for (const auto need : job.needs)
      if (need < run_.jobs.size() && !run_.jobs[need].forgiven)
        for (const auto& task : run_.jobs[need].tasks)
          if (brings_down(task)) {
            visit(run_.jobs[need], task, depth);
            found = true;
          }
    // A need on `failed` that succeeded, or on `ready` that ended without: no failure, and yet the cause.
    if (found) return;
    for (const auto need : job.needs)
      if (need < run_.jobs.size())
        for (const auto& task : run_.jobs[need].tasks) visit_innocent(run_.jobs[need], task, depth);
  }

  void visit_innocent(const core::JobView& need, const core::TaskView& task, std::uint32_t depth) {
    const auto before = causes.size();
    visit(need, task, depth);
    if (causes.size() > before && task.outcome == Outcome::succeeded)
      causes[before].what += "; what needs it waited for its failure, or for it to be ready before its end";
  }

  void first_failure(std::uint32_t depth) {
    const auto culprits = culprits_of(run_);
    if (!culprits.empty()) visit(*culprits.front().job, *culprits.front().task, depth);
  }

  const core::RunView& run_;
  std::set<std::pair<JobIndex, TaskIndex>> seen_;
};

std::vector<Culprit> tasks_where(const core::RunView& run, bool (*good)(const core::TaskView&)) {
  std::vector<Culprit> out;
  for (const auto& job : run.jobs)
    for (const auto& task : job.tasks)
      if (good(task)) out.push_back({&job, &task});
  std::stable_sort(out.begin(), out.end(),
                   [](const Culprit& a, const Culprit& b) { return a.task->since < b.task->since; });
  return out;
}

}  // namespace

std::vector<Cause> causes_of(const core::RunView& run, const core::JobView& job, const core::TaskView& task) {
  Walk walk(run);
  walk.visit(job, task, 0);
  return std::move(walk.causes);
}

std::vector<Culprit> culprits_of(const core::RunView& run) {
  auto out = tasks_where(run, [](const core::TaskView& t) { return t.outcome && is_failure(*t.outcome); });
  if (!out.empty()) return out;
  return tasks_where(run, [](const core::TaskView& t) { return brings_down(t); });
}

std::size_t victims_of(const core::RunView& run, const core::JobView& job) {
  std::vector<std::vector<JobIndex>> dependents(run.jobs.size());
  for (const auto& j : run.jobs)
    for (const auto need : j.needs)
      if (need < run.jobs.size()) dependents[need].push_back(j.index);
  std::set<JobIndex> reached;
  std::vector<JobIndex> open{job.index};
  std::size_t victims = 0;
  while (!open.empty()) {
    const auto at = open.back();
    open.pop_back();
    for (const auto next : dependents[at]) {
      const auto& tasks = run.jobs[next].tasks;
      const auto fallen = std::count_if(tasks.begin(), tasks.end(),
                                        [](const core::TaskView& t) { return t.outcome == Outcome::upstream_failed; });
      if (fallen == 0 || !reached.insert(next).second) continue;
      victims += static_cast<std::size_t>(fallen);
      open.push_back(next);
    }
  }
  return victims;
}

std::string causes_text(const std::vector<Cause>& causes, const Look& look) {
  std::string out;
  for (const auto& cause : causes) {
    out += std::string(cause.depth * 2, ' ') + (cause.depth ? "because " : "");
    out += paint(one_line(cause.id), Style::bold, look.colour) + " " +
           paint(one_line(cause.what), style_of(cause.outcome), look.colour) + "\n";
  }
  if (causes.size() == kCausesMost) out += "  and more\n";
  return out;
}

}  // namespace rota::cli
