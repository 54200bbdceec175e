// `rota next`: when the schedules of a file come.
#include <fmt/format.h>

#include "scheduler/cli/commands/commands.h"
#include "scheduler/cli/commands/load_plan.h"
#include "scheduler/cli/exit_code.h"
#include "scheduler/cli/view/calendar.h"
#include "scheduler/cli/view/when.h"
#include "scheduler/cli/words.h"
#include "scheduler/control/calendar_json.h"

namespace rota::cli {

Exit next(const verb::Next& v, const Surroundings& world) {
  const auto loaded = load_plan(v.file, v.params, "next", world);
  if (const auto* refusal = std::get_if<Refusal>(&loaded)) {
    world.err.write(refusal->text);
    return {refusal->exit};
  }
  const auto& plan = std::get<jobs::Plan>(loaded);
  const auto now = world.clock.now().wall;
  const auto from = v.from.empty() ? Result<WallTime>(now) : parse_when(v.from, now);
  if (!from) {
    world.err.write("rota next: --from: " + from.error().what + "\n");
    return {kExitUsage};
  }
  const auto all = coming(plan, *from, v.count);
  if (v.json) {
    std::vector<control::ComingOccurrence> out;
    for (const Coming& c : all) out.push_back({plan.schedules[c.schedule], c.occurrence});
    world.out.write(control::coming_json(out) + "\n");
  } else if (plan.schedules.empty()) {
    world.err.write(fmt::format("rota next: {} has no 'schedule': it runs when it is submitted\n", one_line(v.file)));
  } else if (all.empty()) {
    world.err.write(fmt::format("rota next: nothing of {} comes again\n", one_line(v.file)));
  } else {
    world.out.write(coming_text(plan, all, look_of(world.out)));
  }
  return {};
}

}  // namespace rota::cli
