// Selectors against what there is.
#include "scheduler/cli/commands/select.h"

#include <algorithm>
#include <unordered_map>

#include "scheduler/cli/commands/output_of.h"
#include "scheduler/cli/view/runs.h"
#include "scheduler/cli/words.h"
#include "shared/limits.h"

namespace rota::cli {
namespace {

using control::Selector;

// Of the spans what the view does not hold yet, at most so many tasks.
core::Wanted missing_in(const core::RunView& view, const std::vector<core::TaskSpan>& spans) {
  core::Wanted out;
  std::uint64_t left = limits::kTasksTold;
  for (const auto& span : spans) {
    if (view.jobs[span.job].whole()) continue;
    for (TaskIndex i = span.first; i < span.first + span.count && left; ++i, --left) {
      if (view.jobs[span.job].find(i)) continue;
      const bool next = !out.empty() && out.back().job == span.job && out.back().first + out.back().count == i;
      if (next)
        ++out.back().count;
      else
        out.push_back({span.job, i, 1});
    }
  }
  return out;
}

// Tasks that were named must be there to be looked at, whatever else the view holds.
Status complete(const Horizon& horizon, Seen& seen, const std::vector<core::TaskSpan>& spans) {
  auto& view = seen.sight.view;
  const auto missing = missing_in(view, spans);
  if (missing.empty()) return {};
  auto more = horizon.see(view.summary.run, missing);
  if (!more) return more.error();
  for (const auto& job : more->sight.view.jobs) {
    if (job.index >= view.jobs.size()) continue;
    auto& tasks = view.jobs[job.index].tasks;
    for (const auto& task : job.tasks)
      if (!view.jobs[job.index].find(task.index))
        tasks.insert(std::upper_bound(tasks.begin(), tasks.end(), task,
                                      [](const auto& a, const auto& b) { return a.index < b.index; }),
                     task);
  }
  return {};
}

Result<Chosen> choose_one(const Horizon& horizon, RunId run, const Selector& selector) {
  auto seen = horizon.see(run);
  if (!seen) return seen.error();
  auto spans = control::select_tasks(seen->sight.view, selector);
  if (!spans) return spans.error();
  const bool by_number = !selector.tasks.empty();
  if (by_number)
    if (auto all = complete(horizon, *seen, *spans); !all) return all.error();
  auto tasks = held_tasks(seen->sight.view, *spans);
  const bool whole = selector.job.empty() && !by_number;
  return Chosen{std::move(*seen), std::move(*spans), std::move(tasks), whole, by_number};
}

// Which runs live in the service, as it says itself.
std::unordered_map<RunId, bool> in_service(const Horizon& horizon) {
  std::unordered_map<RunId, bool> alive;
  if (!horizon.service()) return alive;
  const auto runs = expect<control::answer::Runs>(horizon.service()->ask(control::ask::List{}));
  if (runs)
    for (const auto& run : runs->runs) alive[run.run] = !run.outcome;
  return alive;
}

Status sort_out(const Horizon& horizon, const std::unordered_map<RunId, bool>& alive, const Selector& selector,
                Targets& targets) {
  if (const auto at = alive.find(selector.run); at != alive.end() && at->second) {
    targets.service.push_back(selector);
    return {};
  }
  auto one = choose_one(horizon, selector.run, selector);
  if (!one) return one.error();
  if (one->ended())
    targets.ended.push_back({selector, std::move(one->sight.view), std::move(one->spans)});
  else if (one->of_service)
    targets.service.push_back(selector);
  else
    targets.foreground.push_back({selector, one->sight.directory, std::move(one->sight.view)});
  return {};
}

}  // namespace

Result<std::vector<Chosen>> choose(const Horizon& horizon, const std::string& id) {
  auto selectors = control::parse_selectors(id);
  if (!selectors) return selectors.error();
  std::vector<Chosen> out;
  for (const auto& selector : *selectors) {
    auto runs = horizon.runs_of(selector);
    if (!runs) return runs.error();
    for (const auto run : *runs) {
      auto one = choose_one(horizon, run, selector);
      if (!one) return one.error();
      out.push_back(std::move(*one));
    }
  }
  return out;
}

std::uint32_t alike_from(const Chosen& chosen, std::size_t first) {
  const auto& tasks = chosen.tasks;
  std::uint32_t n = 1;
  for (; first + n < tasks.size(); ++n) {
    const auto &a = tasks[first + n - 1], &b = tasks[first + n];
    if (a.job != b.job || a.task + 1 != b.task) break;
    if (!stand_alike(task_of(chosen.sight.view, a), task_of(chosen.sight.view, b))) break;
  }
  return n;
}

Result<Targets> targets_of(const Horizon& horizon, const std::string& selectors) {
  const auto parsed = control::parse_selectors(selectors);
  if (!parsed) return parsed.error();
  const auto alive = in_service(horizon);
  Targets targets;
  for (auto selector : *parsed) {
    const auto runs = horizon.runs_of(selector, true);
    if (!runs) return runs.error();
    selector.which = Selector::Which::number;
    for (const auto run : *runs) {
      selector.run = run;
      if (auto sorted = sort_out(horizon, alive, selector, targets); !sorted) return sorted.error();
    }
  }
  return targets;
}

std::vector<TaskId> held_tasks(const core::RunView& view, const std::vector<core::TaskSpan>& spans) {
  std::vector<TaskId> out;
  for (const auto& span : spans)
    for (const auto& task : view.jobs.at(span.job).tasks)
      if (task.index >= span.first && task.index - span.first < span.count)
        out.push_back({view.summary.run, span.job, task.index});
  return out;
}

bool all_ended(const core::RunView& view, const std::vector<core::TaskSpan>& spans) {
  return std::all_of(spans.begin(), spans.end(), [&](const core::TaskSpan& span) {
    const auto& job = view.jobs.at(span.job);
    if (job.counts.ended() == job.task_count()) return true;
    for (TaskIndex i = span.first; i < span.first + span.count; ++i)
      if (const auto* task = job.find(i); !task || !task->outcome) return false;
    return true;
  });
}

std::string to_text(const std::vector<Selector>& selectors) {
  std::string out;
  for (const auto& selector : selectors) out += (out.empty() ? "" : ",") + control::to_text(selector);
  return out;
}

std::string same_call(const Invocation& call) {
  std::string out = "rota";
  if (!call.state_dir.empty()) out += " --state-dir " + shell_word(call.state_dir);
  if (!call.socket.empty()) out += " --socket " + shell_word(call.socket);
  return out;
}

}  // namespace rota::cli
