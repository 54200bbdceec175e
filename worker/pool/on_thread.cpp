// Targets and commands on a pool thread.
#include "worker/pool/on_thread.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>

#include "worker/pool/attempt_context.h"
#include "worker/pool/attempt_output.h"
#include "worker/pool/command_run.h"
#include "worker/pool/warm.h"

namespace rota::worker {
namespace {

void post_started(Attempt& attempt, const Surroundings& with) {
  with.mailbox.post({Event::Kind::started, &attempt, nullptr, attempt.report.started}, Mailbox::Hurry::no);
}

void call_target(Attempt& attempt, AttemptOutput& output, const Surroundings& with) {
  const auto& a = attempt.assignment;
  const auto callee = resolve(with.targets, a.target, a.mode, a.args, a.kwargs);
  if (!callee) return refuse(attempt, Ending::Kind::bad_call, callee.error());
  post_started(attempt, with);
  AttemptContext context(attempt, output);
  if (a.mode == Mode::process) {
    const auto prepared = with.warm.prepare(attempt, context);
    const auto kind = !prepared && prepared.error().code == Code::system ? Ending::Kind::spawn_failed
                                                                        : Ending::Kind::unprepared;
    if (!prepared) return refuse(attempt, kind, prepared.error());
  }
  const Arguments arguments(*callee->signature, a.args, a.kwargs);
  try {
    const auto result = callee->run(context, arguments);
    conclude(attempt.report, result, attempt.stop.cause());
  } catch (...) {
    conclude_thrown(attempt.report, std::current_exception(), attempt.stop.cause());
  }
}

int milliseconds_until(std::optional<Instant> due) {
  if (!due) return -1;
  const auto left = (*due - monotonic_now()).count();
  return left <= 0 ? 0 : static_cast<int>(std::min<std::int64_t>(left / 1'000'000 + 1, 60'000));
}

void drive(CommandRun& command, Attempt& attempt, int stop_bell, const Surroundings& with) {
  pollfd fds[2] = {{command.wait_fd(), POLLIN, 0}, {stop_bell, POLLIN, 0}};
  bool told = false;
  const auto tell_start = [&] {
    if (!told && command.has_begun()) post_started(attempt, with);
    told = told || command.has_begun();
  };
  tell_start();
  while (!command.step()) {
    tell_start();
    const int n = ::poll(fds, 2, milliseconds_until(command.due()));
    if (n <= 0 || !fds[1].revents) continue;
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(stop_bell, &count, sizeof count);
    command.stop(attempt.stop.latest());
  }
}

void run_command(Attempt& attempt, AttemptOutput& output, const Surroundings& with) {
  auto bell = posix::make_eventfd();
  if (!bell) return refuse(attempt, Ending::Kind::spawn_failed, bell.error());
  CommandRun command(attempt, output, with.offspring);
  if (!command.start()) return;
  if (!command.has_begun()) post_stalled(attempt, command, with);
  attempt.stop.on_request([fd = bell->get()] {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto n = ::write(fd, &one, sizeof one);
  });
  drive(command, attempt, bell->get(), with);
  attempt.stop.on_request({});
}

}  // namespace

void post_stalled(Attempt& attempt, const CommandRun& command, const Surroundings& with) {
  with.mailbox.post({Event::Kind::stalled, &attempt, nullptr, {}, command.shortage()}, Mailbox::Hurry::yes);
}

void refuse(Attempt& attempt, Ending::Kind kind, const Error& error) {
  attempt.report.ending.kind = kind;
  attempt.report.ending.value = kind == Ending::Kind::spawn_failed ? error.os_errno : 0;
  attempt.report.message = capped_message(to_text(error));
}

void run_on_thread(Attempt& attempt, const Surroundings& with) {
  attempt.report.started = monotonic_now();
  AttemptOutput output(attempt, with.mailbox);
  if (const auto opened = output.open(); !opened)
    refuse(attempt, Ending::Kind::spawn_failed, opened.error());
  else if (attempt.assignment.argv.empty())
    call_target(attempt, output, with);
  else
    run_command(attempt, output, with);
  output.finish();
  if (attempt.report.ended.ns == 0) attempt.report.ended = monotonic_now();
}

}  // namespace rota::worker
