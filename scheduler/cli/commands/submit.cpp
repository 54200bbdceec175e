// rota submit and rota retry: new runs for the service.
#include <fmt/format.h>

#include <filesystem>

#include "jobs/read/load.h"
#include "scheduler/cli/commands/await.h"
#include "scheduler/cli/commands/commands.h"
#include "scheduler/cli/commands/select.h"
#include "scheduler/cli/exit_code.h"
#include "scheduler/cli/view/when.h"
#include "scheduler/cli/words.h"
#include "scheduler/control/answers_json.h"
#include "shared/text/text.h"

namespace rota::cli {
namespace {

using control::SubmittedFile;
using control::answer::Submitted;

constexpr int kTries = 50;  // of one submission under the same key, while the service goes away and comes back
constexpr Duration kTryAgain = std::chrono::milliseconds(200);

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

Result<std::string> bytes_of(const std::string& file, const Surroundings& world) {
  if (file == "-") return world.read_stdin();
  auto source = jobs::read_job_file(absolute_path(file, world.directory));
  if (source) return std::move(source->bytes);
  // A file that cannot be read is an invalid file to whoever named it: never 3, which is about runs.
  auto error = source.error();
  if (error.code != Code::refused) error.code = Code::invalid;
  return error;
}

// Asks until there is an answer: should the service go away before it answers, the same key finds out afterwards
// whether the run was taken.
Result<control::Reply> ask_under_key(Horizon& horizon, const control::Ask& question,
                                     std::optional<std::string_view> bytes, const std::string& remedy) {
  const auto contact = horizon.need_service();
  if (!contact) return contact.error();
  auto reply = (*contact)->ask(question, bytes);
  for (int tries = 1; !reply && reply.error().code == Code::unreachable && tries < kTries; ++tries) {
    if (tries > 1) horizon.world().rest(kTryAgain, 0);
    if (horizon.redial()) reply = horizon.service()->ask(question, bytes);
  }
  if (reply || reply.error().code != Code::unreachable) return reply;
  return fail(Code::unreachable,
              "the service went away before it answered: whether the run was taken is not known; " + remedy);
}

std::string told(const SubmittedFile& one) {
  const auto& s = one.submitted;
  const auto what = one_line(s.name) + ", " + number_of(s.tasks, "job");
  if (s.run == 0) return fmt::format("{}: ok: {} (dry run: nothing was submitted)\n", one_line(one.file), what);
  const auto of = one.retry_of ? fmt::format(" (what is left of run {})", one.retry_of) : std::string();
  if (s.known) return fmt::format("run {} was submitted before under this key: {}\n", s.run, what);
  return fmt::format("run {} submitted: {}{}\n", s.run, what, of);
}

void tell(const SubmittedFile& one, bool quiet, const Stream& to) {
  if (quiet && one.submitted.run) to.write(std::to_string(one.submitted.run) + "\n");
  if (!quiet) to.write(told(one));
}

class Submission {
 public:
  Submission(const Invocation& call, const verb::Submit& v, Horizon& horizon)
      : call_(call), v_(v), horizon_(horizon), world_(horizon.world()) {}

  Exit run() {
    auto terms = terms_of(v_, horizon_);
    if (!terms) return complain(world_, "submit", terms.error(), v_.json);
    Exit exit;
    for (const auto& file : v_.files) {
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
                                               error_ ? hint_of(*error_) : "") +
                       "\n");
    return exit;
  }

 private:
  Exit submit(const std::string& file, control::ask::Submit ask) {
    const auto bytes = bytes_of(file, world_);
    if (!bytes) return refused(bytes.error());
    ask.file = file;
    ask.absolute_path = file == "-" ? std::string() : absolute_path(file, world_.directory);
    ask.directory = file == "-" ? world_.directory : std::filesystem::path(ask.absolute_path).parent_path().string();
    ask.key = v_.key.empty() ? world_.fresh_key() : v_.key;
    auto reply = ask_under_key(horizon_, ask, *bytes,
                               fmt::format("once `rotad` is back, the same with --idempotency-key {} finds out and "
                                           "submits nothing twice",
                                           shell_word(ask.key)));
    if (reply)
      if (const auto* invalid = std::get_if<control::answer::Invalid>(&*reply)) return invalid_file(invalid->rendered);
    auto answer = expect<Submitted>(std::move(reply));
    if (!answer) return refused(answer.error());
    submitted_.push_back({file, std::move(*answer)});
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
  std::vector<SubmittedFile> submitted_;
  std::optional<std::vector<core::RunSummary>> waited_;
  std::optional<Error> error_;
};

// The one run that is to be done again.
Result<Seen> run_to_retry(const Horizon& horizon, const std::string& id) {
  const auto selectors = control::parse_selectors(id);
  if (!selectors) return selectors.error();
  const auto& selector = selectors->front();
  if (selectors->size() > 1 || selector.which == control::Selector::Which::all)
    return fail(Code::invalid, "one run at a time can be retried; give one ID");
  if (!selector.job.empty() || !selector.tasks.empty())
    return fail(Code::invalid, fmt::format("give the run, and its job by --job: `rota retry {} --job {}`", selector.run,
                                           selector.job.empty() ? "NAME" : selector.job));
  const auto runs = horizon.runs_of(selector);
  if (!runs) return runs.error();
  auto seen = horizon.see(runs->front());
  if (!seen || seen->of_service) return seen;
  const auto& run = seen->sight.view.summary;
  const auto again = run.source_path.empty()
                         ? std::string("`rota run` runs it again")
                         : fmt::format("`rota submit {}` hands it to the service", shell_word(run.source_path));
  return fail(Code::refused, fmt::format("run {} is of `rota run`, not of the service: {}", run.run, again));
}

}  // namespace

Exit submit(const Invocation& call, const verb::Submit& v, const Surroundings& world) {
  auto horizon = Horizon::look(call, world);
  if (!horizon) return complain(world, "submit", horizon.error(), v.json);
  if (const auto contact = horizon->need_service(); !contact) return complain(world, "submit", contact.error(), v.json);
  return Submission(call, v, *horizon).run();
}

Exit retry(const Invocation& call, const verb::Retry& v, const Surroundings& world) {
  auto horizon = Horizon::look(call, world);
  if (!horizon) return complain(world, "retry", horizon.error(), v.json);
  const auto seen = run_to_retry(*horizon, v.id);
  if (!seen) return complain(world, "retry", seen.error(), v.json);
  const auto key = world.fresh_key();
  const auto run = seen->sight.view.summary.run;
  auto answer =
      expect<Submitted>(ask_under_key(*horizon, control::ask::Retry{run, v.failed_only, v.job, v.downstream, key},
                                      std::nullopt, "once `rotad` is back, `rota ps` tells"));
  if (!answer) return complain(world, "retry", answer.error(), v.json);
  const SubmittedFile one{seen->sight.view.summary.source_path, std::move(*answer), run};
  if (v.json)
    world.out.write(control::submitted_json(std::span(&one, 1)) + "\n");
  else
    tell(one, v.quiet, world.out);
  return {};
}

}  // namespace rota::cli
