// From words to a verb.
#include "scheduler/cli/program.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "scheduler/cli/args.h"
#include "scheduler/cli/commands/commands.h"
#include "scheduler/cli/exit_code.h"
#include "shared/limits.h"
#include "shared/posix/fd.h"

namespace rota::cli {
namespace {

template <class... F>
struct Overload : F... {
  using F::operator()...;
};

Exit carry_out(const Invocation& call, const Surroundings& world, const control::RunForeground& run_foreground) {
  return std::visit(Overload{[&](const verb::Run& v) { return run(call, v, world, run_foreground); },
                             [&](const verb::Validate& v) { return validate(v, world); },
                             [&](const verb::Plan& v) { return plan(v, world); },
                             [&](const verb::Graph& v) { return graph(v, world); },
                             [&](const verb::Next& v) { return next(v, world); },
                             [&](const verb::Targets& v) { return targets(v, world); },
                             [&](const verb::Limits& v) { return limits(v, world); },
                             [&](const verb::Ps& v) { return ps(call, v, world); },
                             [&](const verb::Show& v) { return show(call, v, world); },
                             [&](const verb::Logs& v) { return logs(call, v, world); },
                             [&](const verb::History& v) { return history(call, v, world); },
                             [&](const verb::Explain& v) { return explain(call, v, world); },
                             [&](const verb::Events& v) { return events(call, v, world); },
                             [&](const verb::Workers& v) { return workers(call, v, world); },
                             [&](const verb::Doctor& v) { return doctor(call, v, world); },
                             [&](const verb::Submit& v) { return submit(call, v, world); },
                             [&](const verb::Retry& v) { return retry(call, v, world); },
                             [&](const verb::Rescue& v) { return rescue(call, v, world); },
                             [&](const verb::Wait& v) { return wait(call, v, world); },
                             [&](const verb::Cancel& v) { return cancel(call, v, world); },
                             [&](const verb::Kill& v) { return kill(call, v, world); },
                             [&](const verb::Hold& v) { return hold(call, v, world); },
                             [&](const verb::Pause& v) { return pause(call, v, world); },
                             [&](const verb::Update& v) { return update(call, v, world); },
                             [&](const verb::Prune& v) { return prune(call, v, world); },
                             [&](const verb::Daemon& v) { return daemon(call, v, world); },
                             [&](const verb::Schedule& v) { return schedule(call, v, world); },
                             [&](const verb::Schema&) { return schema(world); },
                             [&](const verb::Init& v) { return init(v, world); },
                             [&](const verb::Version&) { return version(world); }},
                    call.verb);
}

// A reader that has had enough (EPIPE) is no trouble; a full disk is, whatever the verb.
Exit with_lost_output(Exit exit, const Surroundings& world, bool told) {
  const int error = world.out.broken_by();
  if (error == 0 || error == EPIPE) return exit;
  if (!told)
    world.err.write(fmt::format("rota: not all output could be written to stdout: {}\n", std::strerror(error)));
  if (exit.code == kExitSuccess) exit.code = kExitFailed;
  return exit;
}

}  // namespace

Exit run_program(const std::vector<std::string>& words, Surroundings world,
                 const control::RunForeground& run_foreground) {
  const auto parsed = parse_args(words);
  if (const auto* answer = std::get_if<Answer>(&parsed)) {
    (answer->exit == kExitSuccess ? world.out : world.err).write(answer->text);
    return with_lost_output({answer->exit}, world, false);
  }
  const auto& call = std::get<Invocation>(parsed);
  if (call.no_color) world.out.colour = world.err.colour = false;
  return with_lost_output(carry_out(call, world, run_foreground), world, std::holds_alternative<verb::Run>(call.verb));
}

Exit run_process(int argc, char** argv, const control::RunForeground& run_foreground,
                 std::function<Result<std::string>()> worker_program) {
  // A reader that went away (`| head`), or a service that did, is an error of a write.
  std::signal(SIGPIPE, SIG_IGN);
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc), env;
  for (char** e = environ; e && *e; ++e) env.emplace_back(*e);
  std::error_code gone;
  auto directory = std::filesystem::current_path(gone);
  SystemClock clock;
  Surroundings world{stream_on(STDOUT_FILENO, env),
                     stream_on(STDERR_FILENO, env),
                     env,
                     gone ? "/" : directory.string(),
                     [] { return posix::read_all(STDIN_FILENO, limits::kJobFileBytes, "standard input"); },
                     clock};
  if (worker_program) world.worker_program = std::move(worker_program);
  return run_program(words, std::move(world), run_foreground);
}

void end_process(const Exit& exit) {
  if (exit.signal != 0) {
    std::signal(exit.signal, SIG_DFL);
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, exit.signal);
    pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
    ::raise(exit.signal);
  }
  std::exit(exit.signal != 0 ? 128 + exit.signal : exit.code);
}

}  // namespace rota::cli
