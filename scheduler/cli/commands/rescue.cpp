// rota rescue: what is left of a run as a job file.
#include <fmt/format.h>

#include "jobs/model/graph.h"
#include "jobs/read/load.h"
#include "jobs/write/job_file.h"
#include "scheduler/cli/commands/commands.h"
#include "scheduler/cli/commands/select.h"
#include "scheduler/cli/exit_code.h"
#include "scheduler/cli/words.h"
#include "scheduler/control/rest.h"
#include "shared/text/text.h"

namespace rota::cli {
namespace {

Result<Seen> ended_run(const Horizon& horizon, const std::string& id) {
  const auto selectors = control::parse_selectors(id);
  if (!selectors) return selectors.error();
  const auto& selector = selectors->front();
  if (selectors->size() > 1 || selector.which == control::Selector::Which::all || !selector.job.empty() ||
      !selector.tasks.empty())
    return fail(Code::invalid, "a job file is of one whole run; give the ID of one");
  const auto runs = horizon.runs_of(selector);
  if (!runs) return runs.error();
  auto seen = horizon.see(runs->front());
  if (seen && !seen->ended() && !seen->sight.stopped)
    return fail(Code::refused, fmt::format("run {} is still alive: wait for its end, or `rota cancel` it first",
                                           seen->sight.view.summary.run));
  return seen;
}

// How many tasks are left, whatever the shape of their job in the file.
std::string size_of_rest(const core::RunView& view, const jobs::Plan& rest) {
  std::uint64_t left = 0;
  for (const auto& job : view.jobs)
    if (!job.hook) left += job.task_count() - job.counts.of(Outcome::succeeded) - job.counts.of(Outcome::skipped);
  return number_of(jobs::job_count(rest), "job") + ", " + number_of(left, "task") + " to do";
}

std::string comment(const core::RunView& view, const store::Submission& from, const jobs::Plan& rest, Now now) {
  const auto& run = view.summary;
  auto out = fmt::format("# What is left of run {} ({}), written by `rota rescue` on {}: {}.\n", run.run,
                         one_line(run.name), text::format_local(now.wall), size_of_rest(view, rest));
  if (!from.plan.source_path.empty()) out += "# Its job file was " + one_line(from.plan.source_path) + ".\n";
  out += "# Its paths are absolute, or begin at " + one_line(from.plan.directory) + ".\n";
  if (!from.terms.env.empty())
    out += fmt::format("# Its jobs had {} of the environment of whoever submitted it, which are not in here.\n",
                       number_of(from.terms.env.size(), "variable"));
  return out;
}

// A file is only written when reading it gives the same work again.
Status check(const std::string& text, jobs::Plan rest, const std::string& directory) {
  const auto no = [](const std::string& why) {
    return fail(Code::refused, "a job file cannot say what is left of it: " + why);
  };
  const jobs::Source source{"rescue", text};
  auto loaded = jobs::load(source, {.directory = directory, .absolute_path = "", .params = {}, .env = {}});
  if (const auto* wrong = std::get_if<std::vector<jobs::Diagnostic>>(&loaded))
    return no(wrong->empty() ? "it does not read back" : wrong->front().message);
  auto& again = std::get<jobs::Plan>(loaded);
  const auto other = jobs::first_difference(std::move(again), std::move(rest));
  if (!other.empty()) return no("job " + other);
  return {};
}

Result<std::string> file_of(const Horizon& horizon, const Seen& seen) {
  const auto& view = seen.sight.view;
  auto from = store::submission(horizon.root(), view.summary.run);
  if (!from && from.error().code == Code::not_found)
    return fail(Code::refused, fmt::format("what was submitted as run {} is not kept: of `rota run` only what did not "
                                           "succeed is",
                                           view.summary.run));
  if (!from) return from.error();
  const auto all = [&](const core::JobView& job) -> Result<std::vector<core::TaskView>> {
    auto more = horizon.see(view.summary.run, {{job.index, 0, job.task_count()}});
    if (!more) return more.error();
    return std::move(more->sight.view.jobs.at(job.index).tasks);
  };
  // What a file cannot say can be done all the same.
  const auto instead = [&](Error why) {
    if (why.code != Code::refused) return why;
    const auto& file = from->plan.source_path;
    why.what += seen.of_service ? fmt::format("; `rota retry {}` does just what is left", view.summary.run)
                : file.empty()  ? std::string()
                                : fmt::format("; `rota run {}` does all of it again", shell_word(file));
    return why;
  };
  auto rest = control::rest_of({from->plan, from->terms, view}, all);
  if (!rest) return instead(rest.error());
  auto text = jobs::job_file_text(*rest, comment(view, *from, *rest, horizon.world().clock.now()));
  if (auto good = check(text, std::move(*rest), from->plan.directory); !good) return instead(good.error());
  return text;
}

}  // namespace

Exit rescue(const Invocation& call, const verb::Rescue& v, const Surroundings& world) {
  const auto horizon = Horizon::look(call, world);
  if (!horizon) return complain(world, "rescue", horizon.error());
  const auto seen = ended_run(*horizon, v.id);
  if (!seen) return complain(world, "rescue", seen.error());
  const auto text = file_of(*horizon, *seen);
  if (!text) return complain(world, "rescue", text.error());
  world.out.write(*text);
  return {};
}

}  // namespace rota::cli
