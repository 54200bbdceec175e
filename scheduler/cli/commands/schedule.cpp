// rota schedule: what the service runs by the calendar.
#include <fmt/format.h>

#include <algorithm>

#include "jobs/calendar/occurrence.h"
#include "scheduler/cli/commands/commands.h"
#include "scheduler/cli/commands/select.h"
#include "scheduler/cli/commands/submitting.h"
#include "scheduler/cli/exit_code.h"
#include "scheduler/cli/view/schedules.h"
#include "scheduler/cli/words.h"
#include "scheduler/control/answers_json.h"
#include "scheduler/control/calendar_json.h"
#include "scheduler/core/schedule.h"
#include "scheduler/store/instances.h"
#include "scheduler/store/journal.h"

namespace rota::cli {
namespace {

using Action = verb::Schedule::Action;
using control::answer::Schedules;
using To = control::ask::Reschedule::To;

constexpr Duration kLookWithin = std::chrono::seconds(10);

Schedules::File file_of(const std::string& name, const core::Scheduled& file, const core::Schedules& all, Now now) {
  Schedules::File out{name, file.plan.source_path, file.enabled, file.registered.wall, {}, {}};
  if (const auto runs = all.alive.find(name); runs != all.alive.end())
    out.alive.assign(runs->second.begin(), runs->second.end());
  for (std::size_t i = 0; i < file.marks.size(); ++i) {
    const auto& schedule = file.plan.schedules[i];
    const auto& mark = file.marks[i];
    const bool comes = file.enabled && schedule.enabled;
    const auto next = comes ? jobs::next_occurrence(schedule, jobs::Zone::known(schedule.zone), mark.since, now.wall)
                            : std::nullopt;
    out.entries.push_back({schedule.text, schedule.zone, schedule.enabled, next ? next->at : WallTime{}, mark.became,
                           mark.became_at, mark.last, mark.passed});
  }
  return out;
}

/// As last recorded: nothing comes at its time while the service does not run.
Result<Schedules> from_files(const Horizon& horizon, const std::string& only) {
  Schedules out;
  core::Schedules all;
  auto reader = store::open_reader(store::service_directory(horizon.root()));
  if (!reader && reader.error().code != Code::not_found) return reader.error();
  if (reader) {
    auto stored = (*reader)->schedules();
    if (!stored) return stored.error();
    all = std::move(*stored);
  }
  const auto now = horizon.world().clock.now();
  for (const auto& [name, file] : all.files)
    if (only.empty() || only == name) out.files.push_back(file_of(name, file, all, now));
  if (out.files.empty() && !only.empty())
    return fail(Code::not_found, "no such schedule '" + one_line(only) + "': `rota schedule list` lists them");
  return out;
}

Result<Schedules> registered(const Horizon& horizon, const std::string& only) {
  if (auto* service = horizon.service())
    return expect<Schedules>(service->ask(control::ask::Schedules{only}, std::nullopt, kLookWithin));
  const auto silence = horizon.silence();
  remark(horizon.world(), "schedule",
         silence.empty() ? "the service is not running: this is as last recorded, and nothing comes before `rotad` is "
                           "started again"
                         : silence);
  return from_files(horizon, only);
}

Exit list(const verb::Schedule& v, const Horizon& horizon) {
  const auto& world = horizon.world();
  const auto answer = registered(horizon, v.name);
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
  if (v.action == Action::list) return list(v, *horizon);
  const auto service = horizon->need_service();
  if (!service) return complain(world, "schedule", service.error(), v.json);
  if (v.action == Action::trigger) return trigger(v, *horizon);
  return steer(call, v, world, **service);
}

}  // namespace rota::cli
