// rota wait.
#include "scheduler/cli/commands/await.h"
#include "scheduler/cli/commands/commands.h"
#include "scheduler/cli/exit_code.h"
#include "scheduler/control/answers_json.h"

namespace rota::cli {

Exit wait(const Invocation& call, const verb::Wait& v, const Surroundings& world) {
  auto horizon = Horizon::look(call, world);
  if (!horizon) return complain(world, "wait", horizon.error(), v.json);
  const auto awaited = await(*horizon, v, "wait");
  if (!awaited) return complain(world, "wait", awaited.error(), v.json);
  if (v.json)
    world.out.write(control::waited_json(awaited->satisfied && !awaited->timed_out, awaited->timed_out, awaited->runs) +
                    "\n");
  else if (!v.quiet && !awaited->timed_out)
    world.out.write(awaited_text(*awaited));
  if (awaited->timed_out && !v.quiet && !v.json) remark(world, "wait", time_was_up(*awaited, *v.timeout));
  return {exit_of(*awaited, v.until)};
}

}  // namespace rota::cli
