// rota retry: a new run of what a run of the service has not done.
#include <fmt/format.h>

#include <filesystem>

#include "jobs/read/load.h"
#include "scheduler/cli/commands/commands.h"
#include "scheduler/cli/commands/select.h"
#include "scheduler/cli/commands/submitting.h"
#include "scheduler/cli/exit_code.h"
#include "scheduler/cli/words.h"
#include "shared/text/text.h"

namespace rota::cli {
namespace {

using control::SubmittedFile;
using control::answer::Submitted;

constexpr std::size_t kJobsNamed = 5;

// The run, if it is one of the service.
Result<Seen> run_to_retry(const Horizon& horizon, const control::Selector& selector) {
  const auto runs = horizon.runs_of(selector);
  if (!runs) return runs.error();
  auto seen = horizon.see(runs->front());
  if (!seen || seen->of_service) return seen;
  const auto& run = seen->sight.view.summary;
  const auto again = run.source_path.empty()
                         ? std::string("`rota run` runs it again")
                         : fmt::format("`rota submit {}` hands it to the service", shell_word(run.source_path));
  return fail(Code::refused,
              fmt::format("run {} is of `rota run`, not of the service: {}; `rota rescue {}` writes what is left of it",
                          run.run, again, run.run));
}

// What is to be done again: of one run, and maybe of one job of it.
struct Named {
  Seen seen;
  std::string job, tasks;
};

Result<Named> named_by(const Horizon& horizon, const verb::Retry& v) {
  const auto selectors = control::parse_selectors(v.id);
  if (!selectors) return selectors.error();
  const auto& selector = selectors->front();
  if (selectors->size() > 1 || selector.which == control::Selector::Which::all)
    return fail(Code::invalid, "one run at a time can be retried; give one ID");
  const bool of_a_job = !selector.job.empty() || !selector.tasks.empty();
  if (of_a_job && !v.job.empty())
    return fail(Code::invalid, fmt::format("name the job once: in the ID ({}) or by --job", one_line(v.id)));
  if (v.downstream && !of_a_job && v.job.empty())
    return fail(Code::invalid, fmt::format("--downstream goes with a job: `rota retry {}/NAME --downstream`",
                                           one_line(v.id)));
  auto seen = run_to_retry(horizon, selector);
  if (!seen) return seen.error();
  auto job = v.job.empty() ? selector.job : v.job;
  return Named{std::move(*seen), std::move(job), control::tasks_text(selector)};
}

std::vector<std::pair<std::string, std::string>> texts_of(const jobs::Plan& plan) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [name, value] : plan.params) out.emplace_back(name, to_text(value));
  return out;
}

std::vector<std::pair<std::string, std::string>> split_env(const std::vector<std::string>& env) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& word : env)
    if (const auto eq = word.find('='); eq != word.npos && eq > 0)
      out.emplace_back(word.substr(0, eq), word.substr(eq + 1));
  return out;
}

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < std::min(names.size(), kJobsNamed); ++i) out += (i ? ", " : "") + names[i];
  if (names.size() > kJobsNamed) out += fmt::format(" and {} more", names.size() - kJobsNamed);
  return out;
}

// What the file does otherwise by now; empty: nothing.
std::string difference(const jobs::Plan& before, const jobs::Plan& now) {
  std::vector<std::string> changed, added, gone;
  const auto find = [](const jobs::Plan& plan, const Name& id) -> const jobs::Job* {
    const auto at = std::find_if(plan.jobs.begin(), plan.jobs.end(), [&](const jobs::Job& j) { return j.id == id; });
    return at == plan.jobs.end() ? nullptr : &*at;
  };
  for (const auto& job : now.jobs) {
    const auto* old = find(before, job.id);
    if (!old) added.push_back(job.id.text());
    else if (old->content_hash != job.content_hash) changed.push_back(job.id.text());
  }
  for (const auto& job : before.jobs)
    if (!find(now, job.id)) gone.push_back(job.id.text());
  std::string out;
  const auto say = [&](std::string_view what, const std::vector<std::string>& names) {
    if (!names.empty()) out += fmt::format("{}{} {}", out.empty() ? "" : "; ", what, listed(names));
  };
  say("otherwise:", changed);
  say("new:", added);
  say("gone:", gone);
  return out;
}

// The job file may have been changed since: whoever repeats the run wants to know.
void remark_on_changes(const Horizon& horizon, RunId run, const std::string& rota) {
  const auto from = store::submission(horizon.root(), run);
  if (!from || from->plan.source_path.empty()) return;
  const auto source = jobs::read_job_file(from->plan.source_path);
  if (!source) return;
  const auto& world = horizon.world();
  auto loaded = jobs::load(*source, {from->plan.directory, from->plan.source_path, texts_of(from->plan),
                                     split_env(from->terms.env)});
  const auto* now = std::get_if<jobs::Plan>(&loaded);
  const auto file = one_line(from->plan.source_path);
  if (!now)
    return remark(world, "retry", file + " is no good job file any more: the run is repeated as it was submitted");
  if (const auto what = difference(from->plan, *now); !what.empty())
    remark(world, "retry",
           fmt::format("{} has changed since ({}): the run is repeated as it was submitted; `{} retry {} "
                       "--reload` takes the file as it is now",
                       file, what, rota, run));
}

// Adds the file that takes the place of what was submitted, and reads it.
Result<std::string> add_file(const Horizon& horizon, const verb::Retry& v, control::ask::Retry& ask) {
  const auto from = store::submission(horizon.root(), ask.run);
  if (!from) return from.error();
  const auto& world = horizon.world();
  ask.reload = true;
  ask.file = v.file.empty() ? from->plan.source_path : v.file;
  if (ask.file.empty())
    return fail(Code::refused, "it was not submitted from a file: name one with --from-file");
  ask.absolute_path = absolute_path(ask.file, world.directory);
  ask.directory = std::filesystem::path(ask.absolute_path).parent_path().string();
  ask.params = texts_of(from->plan);
  return bytes_of(ask.file, world);
}

Exit tell_answer(const Result<control::Reply>& reply, const Named& what, const verb::Retry& v,
                 const Surroundings& world) {
  if (const auto* invalid = reply ? std::get_if<control::answer::Invalid>(&*reply) : nullptr) {
    if (v.json) return complain(world, "retry", fail(Code::invalid, invalid->rendered), true);
    world.err.write(invalid->rendered);
    return {kExitUsage};
  }
  auto answer = expect<Submitted>(reply);
  if (!answer) return complain(world, "retry", answer.error(), v.json);
  const auto& of = what.seen.sight.view.summary;
  const SubmittedFile one{of.source_path, std::move(*answer), of.run};
  const bool anyway = !v.failed_only && (!what.job.empty() || !what.tasks.empty());
  if (v.json)
    world.out.write(control::submitted_json(std::span(&one, 1)) + "\n");
  else
    tell(one, v.quiet, world.out, anyway ? "again, of" : "what is left of");
  return {};
}

}  // namespace

Exit retry(const Invocation& call, const verb::Retry& v, const Surroundings& world) {
  auto horizon = Horizon::look(call, world);
  if (!horizon) return complain(world, "retry", horizon.error(), v.json);
  const auto named = named_by(*horizon, v);
  if (!named) return complain(world, "retry", named.error(), v.json);
  const auto& run = named->seen.sight.view.summary;
  control::ask::Retry ask{run.run, v.failed_only, named->job, v.downstream, world.fresh_key()};
  ask.tasks = named->tasks;
  std::optional<std::string> bytes;
  if (v.reload) {
    auto read = add_file(*horizon, v, ask);
    if (!read) return complain(world, "retry", read.error(), v.json);
    bytes = std::move(*read);
  } else if (!v.quiet && !v.json) {
    remark_on_changes(*horizon, run.run, same_call(call));
  }
  const auto reply = ask_under_key(*horizon, ask, bytes ? std::optional<std::string_view>(*bytes) : std::nullopt,
                                   "once `rotad` is back, `rota ps` tells");
  return tell_answer(reply, *named, v, world);
}

}  // namespace rota::cli
