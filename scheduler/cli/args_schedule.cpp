// The words of the verbs about time: next, schedule.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "scheduler/cli/args_draft.h"
#include "shared/limits.h"
#include "shared/text/text.h"

namespace rota::cli {

void declare(CLI::App& app, Draft& d, verb::Next& v) {
  app.description(
      "Print when the schedules of a job file come next, on the clocks of their zone and in UTC. Nights in which the\n"
      "clocks change are marked.");
  d.usage = "Usage: rota next [OPTIONS] FILE";
  app.add_option("FILE", v.file, "The job file; - is standard input")->type_name("");
  add_params(app, d);
  add_limit(app, d, "The next N times; else 10");
  app.add_option("--from", v.from, "Begin there in place of now: \"2026-03-28 12:00\", now+90m")->type_name("TIME");
  app.add_flag("--json", v.json, "As JSON");
  app.footer("Example:\n  rota next nightly.yaml -n 3");
}

void declare(CLI::App& app, Draft& d, verb::Schedule& v) {
  app.description(
      "Look at the job files that the service runs by the calendar (`rota submit` registers a file with `schedule`), "
      "or\nsteer them.\n\n"
      "  list [NAME]   what is registered, when it comes next, and what became of the last time\n"
      "  disable NAME  let its times pass; what runs goes on\n"
      "  enable NAME   from now on again; what passed is not caught up with\n"
      "  trigger NAME  a run of it now, besides\n"
      "  remove NAME   forget it; its runs stay");
  d.usage =
      "Usage: rota schedule list [NAME] [--json]\n       rota schedule disable|enable|remove NAME\n"
      "       rota schedule trigger NAME [-q] [--json]";
  app.add_option("ACTION", d.action, "list, disable, enable, trigger or remove")->type_name("");
  app.add_option("NAME", v.name, "Of the file: `rota schedule list` shows it")->type_name("");
  app.add_flag("-q,--quiet", v.quiet, "(trigger) Only the number of the run");
  app.add_flag("--json", v.json, "(list, trigger) As JSON");
  app.footer(
      "Exit code: 3 no such schedule; 4 when no service answers.\n\n"
      "Examples:\n  rota schedule list\n  rota schedule trigger nightly");
}

void finish(Draft& d, verb::Next& v) {
  v.params = parameters(d.params);
  if (v.file.empty()) throw Complaint{"no job file was given: `rota next FILE`"};
  v.count = static_cast<std::size_t>(whole_number(d.limit, "-n").value_or(v.count));
  if (v.count == 0) throw Complaint{"-n counts from 1"};
  if (v.count > limits::kComing)
    throw Complaint{fmt::format("-n takes at most {} (coming), got {}", limits::kComing, v.count)};
}

void finish(Draft& d, verb::Schedule& v) {
  using Action = verb::Schedule::Action;
  static constexpr auto kActions =
      std::to_array<std::string_view>({"list", "enable", "disable", "trigger", "remove"});
  if (d.action.empty()) d.action = "list";
  const auto at = std::find(kActions.begin(), kActions.end(), d.action);
  if (at == kActions.end()) {
    const auto near = text::nearest(d.action, kActions);
    throw Complaint{fmt::format("what to do is list, enable, disable, trigger or remove, not '{}'{}",
                                text::escape_terminal(d.action), near.empty() ? "" : ": did you mean '" + near + "'?")};
  }
  v.action = static_cast<Action>(at - kActions.begin());
  if (v.action != Action::list && v.name.empty())
    throw Complaint{fmt::format("which one? `rota schedule {} NAME`; `rota schedule list` shows the names", d.action)};
  const bool tells = v.action == Action::list || v.action == Action::trigger;
  if (v.json && !tells) throw Complaint{"--json goes with `rota schedule list` and `rota schedule trigger`"};
  if (v.quiet && v.action != Action::trigger) throw Complaint{"-q goes with `rota schedule trigger`"};
  if (v.quiet && v.json) throw Complaint{"either --json or -q, not both"};
}

}  // namespace rota::cli
