// rota prune: forgetting finished runs.
#include <fmt/format.h>

#include <algorithm>

#include "scheduler/cli/commands/commands.h"
#include "scheduler/cli/commands/horizon.h"
#include "scheduler/cli/exit_code.h"
#include "scheduler/cli/words.h"
#include "scheduler/control/answers_json.h"
#include "scheduler/store/instances.h"
#include "shared/text/text.h"

namespace rota::cli {
namespace {

// Of the service: through it, or, when it is not running, from its files.
Result<store::Pruned> prune_service(const Horizon& horizon, const verb::Prune& v, const store::PruneOrder& order) {
  if (!horizon.service()) return store::prune_service(horizon.root(), order);
  auto answer =
      expect<control::answer::Pruned>(horizon.service()->ask(control::ask::Prune{v.keep, v.older_than, v.dry_run}));
  if (!answer) return answer.error();
  return store::Pruned{std::move(answer->runs), answer->bytes};
}

std::string told(const store::Pruned& pruned, bool dry_run) {
  if (pruned.runs.empty()) return dry_run ? "nothing would go\n" : "nothing was old enough to go\n";
  std::string list;
  constexpr std::size_t kShown = 20;
  for (std::size_t i = 0; i < std::min(kShown, pruned.runs.size()); ++i)
    list += (i ? ", " : "") + std::to_string(pruned.runs[i]);
  if (pruned.runs.size() > kShown) list += fmt::format(" and {} more", number(pruned.runs.size() - kShown));
  return fmt::format("{} {} ({}): {}\n", number_of(pruned.runs.size(), "run"), dry_run ? "would go" : "forgotten",
                     text::format_size(pruned.bytes), list);
}

}  // namespace

Exit prune(const Invocation& call, const verb::Prune& v, const Surroundings& world) {
  const auto horizon = Horizon::look(call, world);
  if (!horizon) return complain(world, "prune", horizon.error(), v.json);
  store::PruneOrder order;
  order.keep_runs = v.keep;
  order.dry_run = v.dry_run;
  if (v.older_than) order.ended_before = WallTime{world.clock.now().wall.ns - v.older_than->count()};
  auto pruned = store::prune_finished(horizon->root(), order);
  if (!pruned) return complain(world, "prune", pruned.error(), v.json);
  const auto of_service = prune_service(*horizon, v, order);
  if (of_service) {
    pruned->runs.insert(pruned->runs.end(), of_service->runs.begin(), of_service->runs.end());
    pruned->bytes += of_service->bytes;
  }
  std::sort(pruned->runs.begin(), pruned->runs.end(), std::greater<>());
  if (!of_service && v.json) return complain(world, "prune", of_service.error(), true);
  world.out.write(v.json ? control::pruned_json(pruned->runs, pruned->bytes, v.dry_run) + "\n"
                         : told(*pruned, v.dry_run));
  if (!of_service) return complain(world, "prune", of_service.error());
  return {};
}

}  // namespace rota::cli
