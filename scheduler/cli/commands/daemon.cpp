// rota daemon and rota worker: the service itself.
#include <fmt/format.h>

#include "scheduler/cli/commands/commands.h"
#include "scheduler/cli/commands/holder.h"
#include "scheduler/cli/commands/select.h"
#include "scheduler/cli/exit_code.h"
#include "scheduler/cli/view/service.h"
#include "scheduler/cli/words.h"
#include "scheduler/control/answers_json.h"
#include "shared/limits.h"
#include "shared/text/text.h"

namespace rota::cli {
namespace {

constexpr Duration kLookWithin = std::chrono::seconds(10);
constexpr Duration kLong = std::chrono::hours(1);

Exit status(const Invocation& call, const verb::Daemon& v, const Horizon& horizon, Contact& service) {
  const auto& world = horizon.world();
  const auto answer = expect<control::answer::Status>(service.ask(control::ask::Status{}, std::nullopt, kLookWithin));
  if (!answer) return complain(world, "daemon", answer.error(), v.json);
  world.out.write(v.json ? control::status_json(*answer) + "\n"
                         : status_text(*answer, world.clock.now(), same_call(call), look_of(world.out)));
  return {};
}

Exit drain(const Invocation& call, const verb::Daemon& v, const Surroundings& world, Contact& service) {
  const auto answer = expect<control::answer::Done>(service.ask(control::ask::Drain{!v.off}));
  if (!answer) return complain(world, "daemon", answer.error());
  world.out.write(v.off ? "the service takes up new work again\n"
                        : fmt::format("the service starts nothing new and finishes what runs; `{} daemon drain --off` "
                                      "ends that\n",
                                      same_call(call)));
  return {};
}

// It is true when nobody holds the instance any more: that, and not the answer, is waited for.
Status await_release(const Horizon& horizon, std::optional<Duration> at_most) {
  const auto& world = horizon.world();
  const auto begin = world.clock.now().mono;
  while (const auto holder = holder_of(horizon.service_directory())) {
    const auto left = at_most ? *at_most - (world.clock.now().mono - begin) : kLong;
    if (left <= Duration::zero())
      return fail(Code::unreachable,
                  fmt::format("the service ({}) took the wish to stop and still runs: see its log", to_text(*holder)));
    world.rest(std::min(left, kLong), holder->pid);
  }
  return {};
}

Exit stop(const verb::Daemon& v, const Horizon& horizon, Contact& service) {
  const auto& world = horizon.world();
  const auto pid = service.coordinator().pid;
  const auto answer = expect<control::answer::Done>(service.ask(control::ask::Stop{v.all}));
  if (!answer) return complain(world, "daemon", answer.error());
  // Cancelling everything takes what it takes.
  const auto at_most =
      v.all ? std::nullopt : std::optional<Duration>(std::chrono::seconds(limits::kServiceStopSeconds));
  if (const auto gone = await_release(horizon, at_most); !gone) return complain(world, "daemon", gone.error());
  world.out.write(v.all ? fmt::format("rotad (pid {}) stopped; everything was cancelled\n", pid)
                        : fmt::format("rotad (pid {}) stopped; process jobs go on, and the next `rotad` takes them "
                                      "over\n",
                                      pid));
  return {};
}

}  // namespace

Exit daemon(const Invocation& call, const verb::Daemon& v, const Surroundings& world) {
  const auto horizon = Horizon::look(call, world);
  if (!horizon) return complain(world, "daemon", horizon.error(), v.json);
  const auto service = horizon->need_service();
  if (!service) return complain(world, "daemon", service.error(), v.json);
  switch (v.action) {
    case verb::Daemon::Action::status: return status(call, v, *horizon, **service);
    case verb::Daemon::Action::stop: return stop(v, *horizon, **service);
    case verb::Daemon::Action::drain: return drain(call, v, world, **service);
  }
  return {kExitUsage};
}

Exit workers(const Invocation& call, const verb::Workers& v, const Surroundings& world) {
  const auto horizon = Horizon::look(call, world);
  if (!horizon) return complain(world, "worker", horizon.error(), v.json);
  const auto service = horizon->need_service();
  if (!service) return complain(world, "worker", service.error(), v.json);
  const auto answer =
      expect<control::answer::Workers>((*service)->ask(control::ask::Workers{}, std::nullopt, kLookWithin));
  if (!answer) return complain(world, "worker", answer.error(), v.json);
  const auto now = world.clock.now();
  if (v.json)
    world.out.write(control::workers_json(*answer, now) + "\n");
  else if (answer->workers.empty())
    remark(world, "worker", "there are none: workers are started when there is work for them");
  else
    world.out.write(workers_table(*answer, now, look_of(world.out)));
  return {};
}

}  // namespace rota::cli
