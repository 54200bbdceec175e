// The verbs that look before anything runs: validate, plan, targets, limits.
#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "jobs/catalogue/catalogue.h"
#include "scheduler/cli/commands/commands.h"
#include "scheduler/cli/commands/load_plan.h"
#include "scheduler/cli/exit_code.h"
#include "scheduler/cli/view/before.h"
#include "scheduler/cli/words.h"
#include "scheduler/control/view_json.h"
#include "shared/limits.h"

namespace rota::cli {

Exit validate(const verb::Validate& v, const Surroundings& world) {
  Exit exit;
  for (const auto& file : v.files) {
    const auto loaded = load_plan(file, v.params, "validate", world);
    if (const auto* refusal = std::get_if<Refusal>(&loaded)) {
      world.err.write(refusal->text);
      exit.code = std::max(exit.code, refusal->exit);
      continue;
    }
    const auto shown = one_line(file == "-" ? "<stdin>" : file);
    world.out.write(fmt::format("{}: ok: {}\n", shown, number_of(std::get<jobs::Plan>(loaded).jobs.size(), "job")));
  }
  return exit;
}

Exit plan(const verb::Plan& v, const Surroundings& world) {
  const auto loaded = load_plan(v.file, v.params, "plan", world);
  if (const auto* refusal = std::get_if<Refusal>(&loaded)) {
    world.err.write(refusal->text);
    return {refusal->exit};
  }
  world.out.write(plan_text(std::get<jobs::Plan>(loaded), std::thread::hardware_concurrency(), look_of(world.out)));
  return {};
}

Exit targets(const Surroundings& world) {
  world.out.write(targets_text(jobs::catalogue(), look_of(world.out)));
  return {};
}

Exit limits(const verb::Limits& v, const Surroundings& world) {
  world.out.write(v.json ? control::limits_json() + "\n" : limits_text(look_of(world.out)));
  return {};
}

Exit version(const Surroundings& world) {
  world.out.write("rota " ROTA_VERSION "\n");
  return {};
}

}  // namespace rota::cli
