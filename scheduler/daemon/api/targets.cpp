// From selectors to runs and tasks.
#include "scheduler/daemon/api/targets.h"

#include <algorithm>

#include "scheduler/control/selector.h"
#include "scheduler/daemon/api/refusals.h"

namespace rota::daemon {
namespace {

using control::Selector;

Result<std::vector<RunId>> runs_of(Desk& desk, const Selector& selector) {
  if (selector.which == Selector::Which::number) return std::vector{selector.run};
  auto runs = desk.scheduler().runs();
  if (selector.which == Selector::Which::last) {
    if (runs.empty())
      return fail(Code::not_found,
                  "the service has no run in its hands: name one by its number, `rota ps -a` lists them");
    return std::vector{*std::max_element(runs.begin(), runs.end())};
  }
  std::erase_if(runs, [&](RunId run) { return !is_alive(desk.scheduler(), run); });
  return runs;
}

Result<Target> target_in(Desk& desk, Views& views, RunId run, const Selector& selector) {
  Target out;
  out.run = run;
  out.whole = selector.job.empty() && selector.tasks.empty();
  out.alive = is_alive(desk.scheduler(), run);
  if (out.whole) {
    if (out.alive) return out;
    if (auto summary = summary_of(desk, run); !summary) return summary.error();
    return out;
  }
  const auto view = views.of(run);
  if (!view) return view.error();
  auto tasks = control::select_tasks(**view, selector);
  if (!tasks) return tasks.error();
  out.tasks = std::move(*tasks);
  return out;
}

}  // namespace

Result<const core::RunView*> Views::of(RunId run) {
  if (const auto found = seen_.find(run); found != seen_.end()) return &found->second;
  auto view = view_of(desk_, run);
  if (!view) return view.error();
  return &(seen_[run] = std::move(*view));
}

Result<std::vector<Target>> targets_of(Desk& desk, Views& views, const std::string& text) {
  auto selectors = control::parse_selectors(text);
  if (!selectors) return selectors.error();
  std::vector<Target> out;
  for (const auto& selector : *selectors) {
    auto runs = runs_of(desk, selector);
    if (!runs) return runs.error();
    for (const RunId run : *runs) {
      auto target = target_in(desk, views, run, selector);
      if (!target) return target.error();
      out.push_back(std::move(*target));
    }
  }
  return out;
}

Result<core::RunView> view_of(Desk& desk, RunId run, const core::Wanted& wanted) {
  if (auto view = desk.scheduler().view(run, wanted)) return std::move(*view);
  auto known = desk.recall(run, wanted);
  if (known) return std::move(known->view);
  return known.error().code == Code::not_found ? no_such_run(run) : known.error();
}

Result<core::RunSummary> summary_of(Desk& desk, RunId run) {
  if (auto summary = desk.scheduler().summary(run)) return std::move(*summary);
  auto view = view_of(desk, run, {{0, 0, 0}});  // none of its tasks
  if (!view) return view.error();
  return std::move(view->summary);
}

bool is_alive(const core::Scheduler& scheduler, RunId run) {
  const auto summary = scheduler.summary(run);
  return summary && !summary->outcome;
}

}  // namespace rota::daemon
