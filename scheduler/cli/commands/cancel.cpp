// rota cancel, kill, hold, release, pause, resume and update: wishes about what lives.
#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include "scheduler/cli/commands/commands.h"
#include "scheduler/cli/commands/holder.h"
#include "scheduler/cli/commands/select.h"
#include "scheduler/cli/exit_code.h"
#include "scheduler/cli/view/service.h"
#include "scheduler/cli/words.h"
#include "scheduler/control/answers_json.h"

namespace rota::cli {
namespace {

using control::answer::Done;
using control::answer::Stopped;

// A foreground coordinator, where it listens. Else what its user can do: nobody else can do it.
Result<std::unique_ptr<Contact>> foreground_contact(const Horizon& horizon, const Targets::Foreground& one,
                                                    std::string_view wish) {
  auto contact = horizon.dial(one.directory + "/sock");
  if (contact) return contact;
  const auto run = one.view.summary.run;
  const auto holder = holder_of(one.directory);
  if (!holder) return fail(Code::refused, fmt::format("run {} is just ending: `rota show {}` tells how", run, run));
  return fail(Code::refused,
              fmt::format("run {} is a `rota run` in a terminal and cannot be asked from elsewhere to {}: to cancel "
                          "it, "
                          "press Ctrl-C there{}",
                          run, wish, holder->pid ? fmt::format(", or `kill -INT {}`", holder->pid) : ""));
}

// Asks everybody who has something of the targets in hand, and hands over each answer. The first trouble is returned,
// after all were asked: what can be done is done.
template <class Answer, class Make, class Take>
Status ask_all(const Horizon& horizon, const Targets& targets, std::string_view wish, const Make& make,
               const Take& take) {
  Status trouble;
  const auto one = [&](Contact& contact, const std::string& selectors) {
    auto answer = expect<Answer>(contact.ask(make(selectors)));
    if (answer)
      take(*answer, selectors);
    else if (trouble)
      trouble = answer.error();
  };
  if (!targets.service.empty()) {
    const auto service = horizon.need_service();
    if (service)
      one(**service, to_text(targets.service));
    else
      trouble = service.error();
  }
  for (const auto& f : targets.foreground) {
    const auto contact = foreground_contact(horizon, f, wish);
    if (contact)
      one(**contact, control::to_text(f.selector));
    else if (trouble)
      trouble = contact.error();
  }
  return trouble;
}

// "run 12 has ended already: succeeded".
std::string ended_before(const Targets::Ended& one) {
  return fmt::format("{} has ended already: run {} {}", control::to_text(one.selector), one.view.summary.run,
                     to_text(one.view.summary.outcome.value_or(Outcome::lost)));
}

// What has ended is worth a word, and no error; where nothing else was meant, it is all that there is to say.
void remark_ended(const Surroundings& world, std::string_view verb, const Targets& targets) {
  for (const auto& one : targets.ended) remark(world, verb, ended_before(one));
  if (targets.none()) remark(world, verb, "nothing is active");
}

Result<Targets> look_for(const Invocation& call, const std::string& selectors, const Surroundings& world,
                         std::optional<Horizon>& horizon) {
  auto looked = Horizon::look(call, world);
  if (!looked) return looked.error();
  horizon = std::move(*looked);
  return targets_of(*horizon, selectors);
}

// hold, release and update know runs and jobs: what starts is decided for a whole job.
Status no_tasks_in(const std::string& selectors, std::string_view verb) {
  const auto parsed = control::parse_selectors(selectors);
  if (!parsed) return parsed.error();
  for (const auto& selector : *parsed)
    if (!selector.tasks.empty())
      return fail(Code::invalid, fmt::format("{} is for whole runs and jobs: `rota {} {}`", verb, verb,
                                             control::to_text({selector.which, selector.run, selector.job, {}})));
  return {};
}

// Who asks, for those who look at it later.
std::string user_name() {
  const auto* user = ::getpwuid(::getuid());
  return user && user->pw_name ? std::string(user->pw_name) : "uid " + std::to_string(::getuid());
}

}  // namespace

Exit cancel(const Invocation& call, const verb::Cancel& v, const Surroundings& world) {
  std::optional<Horizon> horizon;
  const auto targets = look_for(call, v.selectors, world, horizon);
  if (!targets) return complain(world, "cancel", targets.error(), v.json);
  Stopped stopped;
  const auto done = ask_all<Stopped>(
      *horizon, *targets, "cancel",
      [&](const std::string& selectors) {
        return control::ask::Cancel{selectors, v.grace, v.now, v.reason};
      },
      [&](Stopped& answer, const std::string&) {
        std::move(answer.tasks.begin(), answer.tasks.end(), std::back_inserter(stopped.tasks));
        std::move(answer.others.begin(), answer.others.end(), std::back_inserter(stopped.others));
      });
  const auto& told = stopped.tasks;
  const bool all_gone = std::all_of(told.begin(), told.end(), [](const auto& t) { return t.note.empty(); });
  const Exit exit{all_gone ? kExitSuccess : kExitFailed};
  if (v.json) {
    if (!done) return complain(world, "cancel", done.error(), true);
    std::vector<RunId> ended;
    for (const auto& one : targets->ended) ended.push_back(one.view.summary.run);
    world.out.write(control::stopped_json(stopped, ended) + "\n");
    return exit;
  }
  world.out.write(stopped_text(stopped, look_of(world.out)));
  remark_ended(world, "cancel", *targets);
  return done ? exit : complain(world, "cancel", done.error());
}

Exit kill(const Invocation& call, const verb::Kill& v, const Surroundings& world) {
  std::optional<Horizon> horizon;
  const auto targets = look_for(call, v.selectors, world, horizon);
  if (!targets) return complain(world, "kill", targets.error());
  std::uint64_t count = 0;
  const auto done = ask_all<Done>(
      *horizon, *targets, "kill",
      [&](const std::string& selectors) {
        return control::ask::Kill{selectors, v.signal};
      },
      [&](const Done& answer, const std::string&) { count += answer.count; });
  remark_ended(world, "kill", *targets);
  if (!done) return complain(world, "kill", done.error());
  // What lives and has no process of its own is refused by its coordinator; what has ended was remarked on.
  if (count == 0) return {kExitRefused};
  world.out.write(fmt::format("{} sent to {}\n", signal_name(v.signal), number_of(count, "attempt")));
  return {};
}

Exit hold(const Invocation& call, const verb::Hold& v, const Surroundings& world) {
  const std::string_view verb = v.hold ? "hold" : "release";
  if (const auto fits = no_tasks_in(v.selectors, verb); !fits) return complain(world, verb, fits.error());
  std::optional<Horizon> horizon;
  const auto targets = look_for(call, v.selectors, world, horizon);
  if (!targets) return complain(world, verb, targets.error());
  const auto done = ask_all<Done>(
      *horizon, *targets, verb,
      [&](const std::string& selectors) {
        return control::ask::Hold{selectors, v.hold};
      },
      [&](const Done&, const std::string& selectors) {
        world.out.write(v.hold ? fmt::format("{} held: nothing of it starts until `{} release {}`\n", selectors,
                                             same_call(call), selectors)
                               : fmt::format("{} released\n", selectors));
      });
  remark_ended(world, verb, *targets);
  return done ? Exit{} : complain(world, verb, done.error());
}

Exit pause(const Invocation& call, const verb::Pause& v, const Surroundings& world) {
  const std::string_view verb = v.pause ? "pause" : "resume";
  std::optional<Horizon> horizon;
  const auto targets = look_for(call, v.selectors, world, horizon);
  if (!targets) return complain(world, verb, targets.error(), v.json);
  const auto done = ask_all<control::answer::Paused>(
      *horizon, *targets, verb,
      [&](const std::string& selectors) {
        return control::ask::Pause{selectors, v.pause, user_name()};
      },
      [&](const control::answer::Paused& answer, const std::string& selectors) {
        world.out.write(v.json ? control::paused_json(answer, v.pause) + "\n"
                               : paused_text(answer, v.pause, selectors, same_call(call)));
      });
  if (!v.json || !done) remark_ended(world, verb, *targets);
  return done ? Exit{} : complain(world, verb, done.error(), v.json);
}

Exit update(const Invocation& call, const verb::Update& v, const Surroundings& world) {
  if (const auto fits = no_tasks_in(v.selectors, "update"); !fits) return complain(world, "update", fits.error());
  std::optional<Horizon> horizon;
  const auto targets = look_for(call, v.selectors, world, horizon);
  if (!targets) return complain(world, "update", targets.error());
  if (!targets->ended.empty())
    return complain(world, "update",
                    fail(Code::refused, ended_before(targets->ended.front()) + ": its terms can no longer change"));
  const auto done = ask_all<Done>(
      *horizon, *targets, "change its terms",
      [&](const std::string& selectors) {
        return control::ask::Update{selectors, v.priority, v.max_parallel};
      },
      [&](const Done&, const std::string& selectors) {
        world.out.write(fmt::format("{} goes on with {}\n", selectors, new_terms(v.priority, v.max_parallel)));
      });
  if (targets->none()) remark(world, "update", "nothing is active");
  return done ? Exit{} : complain(world, "update", done.error());
}

}  // namespace rota::cli
