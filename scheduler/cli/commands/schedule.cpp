// rota schedule: what the service runs by the calendar.
#include <fmt/format.h>

#include <algorithm>

#include "scheduler/cli/commands/commands.h"
#include "scheduler/cli/commands/select.h"
#include "scheduler/cli/commands/submitting.h"
#include "scheduler/cli/exit_code.h"
#include "scheduler/cli/view/schedules.h"
#include "scheduler/cli/words.h"
#include "scheduler/control/answers_json.h"
#include "scheduler/control/calendar_json.h"

namespace rota::cli {
namespace {

using Action = verb::Schedule::Action;
using control::answer::Schedules;
using To = control::ask::Reschedule::To;

constexpr Duration kLookWithin = std::chrono::seconds(10);

Exit list(const verb::Schedule& v, const Horizon& horizon, Contact& service) {
  const auto& world = horizon.world();
  const auto answer =
      expect<Schedules>(service.ask(control::ask::Schedules{v.name}, std::nullopt, kLookWithin));
  if (!answer) return complain(world, "schedule", answer.error(), v.json);
  if (v.json)
    world.out.write(control::schedules_json(*answer) + "\n");
  else if (answer->files.empty())
    world.err.write("rota schedule: nothing is registered; `rota submit FILE` registers a job file with `schedule`\n");
  else
    world.out.write(schedules_text(*answer, world.clock.now(), look_of(world.out)));
  return {};
}

Exit trigger(const verb::Schedule& v, Horizon& horizon) {
  const auto& world = horizon.world();
  auto answer = expect<control::answer::Submitted>(
      ask_under_key(horizon, control::ask::Trigger{v.name, world.fresh_key()}, std::nullopt,
                    "once `rotad` is back, `rota schedule list` tells"));
  if (!answer) return complain(world, "schedule", answer.error(), v.json);
  const control::SubmittedFile one{{}, std::move(*answer), 0};
  if (v.json)
    world.out.write(control::submitted_json(std::span(&one, 1)) + "\n");
  else
    tell(one, v.quiet, world.out);
  return {};
}

std::string told(const std::string& name, To to, bool changed, const std::string& rota) {
  switch (to) {
    case To::enable: return changed ? name + " is enabled: it runs from its next time on\n" : name + " is enabled\n";
    case To::disable:
      return fmt::format("{} is disabled: its times pass until `{} schedule enable {}`\n", name, rota, name);
    case To::remove: return name + " is removed: it runs no more; its runs stay\n";
  }
  return {};
}

Exit steer(const Invocation& call, const verb::Schedule& v, const Surroundings& world, Contact& service) {
  const To to = v.action == Action::enable ? To::enable : v.action == Action::disable ? To::disable : To::remove;
  const auto answer = expect<control::answer::Done>(service.ask(control::ask::Reschedule{v.name, to}));
  if (!answer) return complain(world, "schedule", answer.error());
  world.out.write(told(one_line(v.name), to, answer->count > 0, same_call(call)));
  return {};
}

}  // namespace

Exit schedule(const Invocation& call, const verb::Schedule& v, const Surroundings& world) {
  auto horizon = Horizon::look(call, world);
  if (!horizon) return complain(world, "schedule", horizon.error(), v.json);
  const auto service = horizon->need_service();
  if (!service) return complain(world, "schedule", service.error(), v.json);
  if (v.action == Action::list) return list(v, *horizon, **service);
  if (v.action == Action::trigger) return trigger(v, *horizon);
  return steer(call, v, world, **service);
}

}  // namespace rota::cli
