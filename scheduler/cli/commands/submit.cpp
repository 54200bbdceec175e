// rota submit: new runs for the service.
#include <fmt/format.h>

#include <filesystem>

#include "scheduler/cli/commands/await.h"
#include "scheduler/cli/commands/commands.h"
#include "scheduler/cli/commands/select.h"
#include "scheduler/cli/commands/submitting.h"
#include "scheduler/cli/exit_code.h"
#include "scheduler/cli/view/schedules.h"
#include "scheduler/cli/view/when.h"
#include "scheduler/cli/words.h"
#include "scheduler/control/answers_json.h"
#include "shared/text/text.h"

namespace rota::cli {
namespace {

using control::SubmittedFile;
using control::answer::Submitted;

bool is_carried(std::string_view name) {
  for (const auto* plain : {"PATH", "HOME", "USER", "SHELL", "LANG", "TZ"})
    if (name == plain) return true;
  return name.starts_with("LC_");
}

// What the jobs get of this environment. A name that --export gives must be there.
Result<std::vector<std::string>> exported(const verb::Submit& v, const Surroundings& world) {
  const bool all = v.exports == std::vector<std::string>{"all"};
  if (all) return world.env;
  std::vector<std::string> out;
  for (const auto& word : world.env)
    if (is_carried(std::string_view(word).substr(0, word.find('=')))) out.push_back(word);
  for (const auto& name : v.exports) {
    const auto at = std::find_if(world.env.rbegin(), world.env.rend(),
                                 [&](const std::string& word) { return word.starts_with(name + "="); });
    if (at == world.env.rend())
      return fail(Code::invalid, fmt::format("--export: there is no variable {} in this environment", name));
    if (!is_carried(name)) out.push_back(*at);
  }
  return out;
}

Result<std::vector<RunId>> predecessors(const std::string& list, const Horizon& horizon) {
  std::vector<RunId> out;
  if (list.empty()) return out;
  const auto selectors = control::parse_selectors(list);
  if (!selectors) return selectors.error();
  for (const auto& selector : *selectors) {
    if (!selector.job.empty() || !selector.tasks.empty())
      return fail(Code::invalid, fmt::format("--after waits for whole runs, not for '{}'", control::to_text(selector)));
    const auto runs = horizon.runs_of(selector, true);
    if (!runs) return runs.error();
    for (const auto run : *runs) {
      if (const auto seen = horizon.see(run); !seen) return seen.error();
      out.push_back(run);
    }
  }
  return out;
}

Result<control::ask::Submit> terms_of(const verb::Submit& v, const Horizon& horizon) {
  const auto& world = horizon.world();
  control::ask::Submit ask;
  ask.params = v.params;
  ask.name = v.name;
  ask.hold = v.hold;
  ask.priority = v.priority;
  ask.dry_run = v.dry_run;
  if (!v.begin.empty()) {
    const auto begin = parse_when(v.begin, world.clock.now().wall);
    if (!begin) return fail(Code::invalid, "--begin: " + to_text(begin.error()));
    ask.begin = *begin;
  }
  auto env = exported(v, world);
  if (!env) return env.error();
  ask.env = std::move(*env);
  auto after = predecessors(v.after, horizon);
  if (!after) return after.error();
  ask.after = std::move(*after);
  return ask;
}

class Submission {
 public:
  Submission(const Invocation& call, const verb::Submit& v, Horizon& horizon)
      : call_(call), v_(v), horizon_(horizon), world_(horizon.world()) {}

  Exit run() {
    auto terms = terms_of(v_, horizon_);
    if (!terms) return complain(world_, "submit", terms.error(), v_.json);
    Exit exit = check_all(*terms);
    if (exit.code == kExitSuccess || v_.dry_run)
      for (const auto& file : files_) {
        const auto one = submit(file, *terms);
        exit.code = std::max(exit.code, one.code);
        if (one.code == kExitUnreachable) break;
      }
    if (!submitted_.empty() && !v_.dry_run) {
      if (v_.follow) follow();
      if (v_.wait || v_.follow) exit.code = std::max(exit.code, wait_for_all());
    }
    if (v_.json)
      world_.out.write(control::submitted_json(submitted_, waited_ ? &*waited_ : nullptr, error_ ? &*error_ : nullptr,
                                               error_ ? hint_of(*error_) : "", registered_) +
                       "\n");
    return exit;
  }

 private:
  struct File {
    std::string name, bytes;
  };

  /// Reads the files and, of several, lets the service look at each of them: one that is wrong keeps back all.
  Exit check_all(const control::ask::Submit& terms) {
    Exit exit;
    for (const auto& name : v_.files) {
      const auto one = check(name, terms);
      exit.code = std::max(exit.code, one.code);
      if (one.code == kExitUnreachable) break;
    }
    if (exit.code != kExitSuccess && v_.files.size() > 1 && !v_.json && !v_.dry_run)
      world_.err.write("rota submit: nothing was submitted\n");
    return exit;
  }

  Exit check(const std::string& name, const control::ask::Submit& terms) {
    auto bytes = bytes_of(name, world_);
    if (!bytes) return refused(bytes.error());
    files_.push_back({name, std::move(*bytes)});
    if (v_.files.size() == 1 || v_.dry_run) return {};
    auto ask = about(files_.back(), terms);
    ask.dry_run = true;
    const auto reply = ask_under_key(horizon_, ask, files_.back().bytes, {});
    if (!reply && reply.error().code == Code::unreachable)
      return refused(fail(Code::unreachable, "the service went away while it looked at the files"));
    if (!reply) return refused(reply.error());
    if (const auto* invalid = std::get_if<control::answer::Invalid>(&*reply)) return invalid_file(invalid->rendered);
    if (std::holds_alternative<control::answer::Refused>(*reply)) return refused(unexpected(*reply));
    if (const auto* registered = std::get_if<control::answer::Registered>(&*reply); registered && v_.wait)
      return refused(fail(Code::invalid, registered->name + " has a schedule, and nothing of it runs yet that could be "
                                                            "waited for: submit it by itself"));
    return {};
  }

  control::ask::Submit about(const File& file, control::ask::Submit ask) const {
    const bool is_stdin = file.name == "-";
    ask.file = file.name;
    ask.absolute_path = is_stdin ? std::string() : absolute_path(file.name, world_.directory);
    ask.directory = is_stdin ? world_.directory : std::filesystem::path(ask.absolute_path).parent_path().string();
    return ask;
  }

  Exit submit(const File& file, const control::ask::Submit& terms) {
    auto ask = about(file, terms);
    ask.key = v_.key.empty() ? world_.fresh_key() : v_.key;
    auto reply = ask_under_key(horizon_, ask, file.bytes,
                               fmt::format("once `rotad` is back, the same with --idempotency-key {} finds out and "
                                           "submits nothing twice",
                                           shell_word(ask.key)));
    if (reply)
      if (const auto* invalid = std::get_if<control::answer::Invalid>(&*reply)) return invalid_file(invalid->rendered);
    if (reply)
      if (auto* registered = std::get_if<control::answer::Registered>(&*reply)) return registered_file(*registered);
    auto answer = expect<Submitted>(std::move(reply));
    if (!answer) return refused(answer.error());
    submitted_.push_back({file.name, std::move(*answer)});
    // With --follow stdout is the jobs'.
    if (!v_.json) tell(submitted_.back(), v_.quiet, v_.follow ? world_.err : world_.out);
    return {};
  }

  // In JSON all is said in one document; of several errors the first.
  Exit refused(const Error& error) {
    if (!v_.json) return complain(world_, "submit", error);
    if (!error_) error_ = error;
    return {exit_code(error)};
  }

  Exit invalid_file(const std::string& rendered) {
    if (v_.json) return refused(fail(Code::invalid, rendered));
    world_.err.write(rendered.ends_with('\n') ? rendered : rendered + "\n");
    return {kExitUsage};
  }

  /// A file with schedules: nothing runs yet that could be waited for.
  Exit registered_file(const control::answer::Registered& registered) {
    registered_.push_back(registered);
    const auto text = v_.quiet ? registered.name + "\n" : registered_text(registered, same_call(call_));
    if (!v_.json) (v_.follow ? world_.err : world_.out).write(text);
    if (!v_.wait && !v_.follow) return {};
    return refused(fail(Code::invalid, registered.name + " has a schedule: it was registered, and nothing of it runs "
                                       "yet that could be waited for; `rota schedule trigger` runs it now"));
  }

  void follow() {
    logs(call_, verb::Logs{.id = std::to_string(submitted_.front().submitted.run), .follow = true}, world_);
  }

  int wait_for_all() {
    verb::Wait wait;
    for (const auto& one : submitted_)
      wait.selectors += (wait.selectors.empty() ? "" : ",") + std::to_string(one.submitted.run);
    auto awaited = await(horizon_, wait, "submit");
    if (!awaited) return refused(awaited.error()).code;
    if (!v_.quiet && !v_.json) (v_.follow ? world_.err : world_.out).write(awaited_text(*awaited));
    waited_ = awaited->runs;
    return exit_of(*awaited, wait.until);
  }

  const Invocation& call_;
  const verb::Submit& v_;
  Horizon& horizon_;
  const Surroundings& world_;
  std::vector<File> files_;
  std::vector<SubmittedFile> submitted_;
  std::vector<control::answer::Registered> registered_;
  std::optional<std::vector<core::RunSummary>> waited_;
  std::optional<Error> error_;
};

}  // namespace

Exit submit(const Invocation& call, const verb::Submit& v, const Surroundings& world) {
  auto horizon = Horizon::look(call, world);
  if (!horizon) return complain(world, "submit", horizon.error(), v.json);
  if (const auto contact = horizon->need_service(); !contact) return complain(world, "submit", contact.error(), v.json);
  return Submission(call, v, *horizon).run();
}

}  // namespace rota::cli
