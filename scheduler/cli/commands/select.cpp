// Selectors against what there is.
#include "scheduler/cli/commands/select.h"

#include <algorithm>
#include <unordered_map>

#include "scheduler/cli/words.h"

namespace rota::cli {
namespace {

using control::Selector;

Result<Chosen> choose_one(const Horizon& horizon, RunId run, const Selector& selector) {
  auto seen = horizon.see(run);
  if (!seen) return seen.error();
  auto tasks = control::select_tasks(seen->sight.view, selector);
  if (!tasks) return tasks.error();
  return Chosen{std::move(*seen), std::move(*tasks), selector.job.empty() && selector.tasks.empty()};
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
    targets.ended.push_back({selector, std::move(one->sight.view), std::move(one->tasks)});
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
