// Selectors against what there is.
#include "scheduler/cli/commands/select.h"

#include <fmt/format.h>

#include <algorithm>

#include "scheduler/cli/words.h"

namespace rota::cli {
namespace {

Error no_runs() { return fail(Code::not_found, "there are no runs yet: `rota run FILE` makes the first"); }

Result<Chosen> choose_one(const std::string& state_root, RunId run, const control::Selector& selector) {
  auto sight = store::view(state_root, run);
  if (!sight) return sight.error().code == Code::not_found ? no_such_run(run) : sight.error();
  auto tasks = control::select_tasks(sight->view, selector);
  if (!tasks) return tasks.error();
  return Chosen{std::move(*sight), std::move(*tasks), selector.job.empty() && selector.tasks.empty()};
}

}  // namespace

Error no_such_run(RunId run) {
  return fail(Code::not_found, fmt::format("no such run {}: `rota ps -a` lists them", run));
}

Result<std::vector<RunId>> runs_of(const std::string& state_root, const control::Selector& selector) {
  using Which = control::Selector::Which;
  if (selector.which == Which::number) return std::vector{selector.run};
  if (selector.which == Which::last) {
    auto last = store::last_run(state_root);
    if (!last) return last.error().code == Code::not_found ? no_runs() : last.error();
    return std::vector{*last};
  }
  auto all = store::summaries(state_root, {});
  if (!all) return all.error();
  std::vector<RunId> out;
  for (const auto& run : all->runs) out.push_back(run.run);
  if (out.empty()) return no_runs();
  std::reverse(out.begin(), out.end());
  return out;
}

Result<std::vector<Chosen>> choose(const std::string& state_root, const std::string& id) {
  auto selectors = control::parse_selectors(id);
  if (!selectors) return selectors.error();
  std::vector<Chosen> out;
  for (const auto& selector : *selectors) {
    auto runs = runs_of(state_root, selector);
    if (!runs) return runs.error();
    for (const auto run : *runs) {
      auto one = choose_one(state_root, run, selector);
      if (!one) return one.error();
      out.push_back(std::move(*one));
    }
  }
  return out;
}

std::string same_call(const std::string& state_dir_flag) {
  return state_dir_flag.empty() ? "rota" : "rota --state-dir " + shell_word(state_dir_flag);
}

}  // namespace rota::cli
