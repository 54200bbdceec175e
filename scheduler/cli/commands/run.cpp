// rota run: plan in, display out; the coordinator is injected.
#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "scheduler/cli/commands/commands.h"
#include "scheduler/cli/commands/load_plan.h"
#include "scheduler/cli/commands/select.h"
#include "scheduler/cli/commands/single_plan.h"
#include "scheduler/cli/display/display.h"
#include "scheduler/cli/display/outbox.h"
#include "scheduler/cli/exit_code.h"
#include "scheduler/cli/view/usage.h"
#include "scheduler/store/instances.h"

namespace rota::cli {
namespace {

std::variant<jobs::Plan, Refusal> plan_to_run(const verb::Run& v, const Surroundings& world) {
  if (v.command.empty()) {
    auto loaded = load_part(v.file, v.params, v.only, "run", world);
    auto* plan = std::get_if<jobs::Plan>(&loaded);
    if (!plan || v.name.empty()) return loaded;
    auto name = Name::parse(v.name);
    if (!name) return Refusal{"rota run: --name: " + to_text(name.error()) + "\n", kExitUsage};
    plan->name = std::move(*name);
    return loaded;
  }
  auto plan = plan_of_command(v.command, world.directory, v.name);
  if (!plan) return Refusal{"rota run: --name: " + to_text(plan.error()) + "\n", kExitUsage};
  return std::move(*plan);
}

// A reader that has had enough (EPIPE) is no trouble; a full disk is.
void warn_of_lost_output(const Invocation& call, RunId run, const Surroundings& world) {
  const int error = world.out.broken_by();
  if (error == 0 || error == EPIPE) return;
  world.err.write(fmt::format("rota run: not all output could be written to stdout: {}; `{} logs {}` has it\n",
                              std::strerror(error), same_call(call), run));
}

}  // namespace

Exit run(const Invocation& call, const verb::Run& v, const Surroundings& world,
         const control::RunForeground& run_foreground) {
  auto made = plan_to_run(v, world);
  if (const auto* refusal = std::get_if<Refusal>(&made)) {
    world.err.write(refusal->text);
    return {refusal->exit};
  }
  auto& plan = std::get<jobs::Plan>(made);
  auto root = store::state_root(call.state_dir, world.env);
  if (!root) return complain(world, "run", root.error());

  // A reader that went away (`| head`) ends the display, not the run.
  std::signal(SIGPIPE, SIG_IGN);
  Outbox outbox(world.out, world.err);
  Display display({.quiet = v.quiet, .single = !v.command.empty(), .rota = same_call(call)}, roster_of(plan),
                  Console(outbox.out(), outbox.err()), world.clock);
  const control::ForegroundOptions options{.state_directory = *root, .env = world.env};
  const auto twins = serial_twins(plan);
  auto end = run_foreground(std::move(plan), options, display);
  if (!end) {
    display.abandon();
    outbox.drain();
    return complain(world, "run", end.error());
  }
  display.close(end->view.summary);
  outbox.drain();
  if (!v.quiet) world.err.write(speed_table(end->view, twins, look_of(world.err)));
  warn_of_lost_output(call, end->run, world);
  return {exit_code(end->view.summary.outcome.value_or(Outcome::lost)), end->signal};
}

}  // namespace rota::cli
