// The words of the verbs that ask something of the service: submit, wait, cancel and the like.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "scheduler/cli/args_draft.h"
#include "shared/text/text.h"

namespace rota::cli {
namespace {

// "'sucess'" with the nearest of the words that would do.
std::string not_one_of(std::string_view option, const std::string& word, std::span<const std::string_view> words) {
  const auto near = text::nearest(word, words);
  std::string list;
  for (const auto& w : words) list += (list.empty() ? "" : w == words.back() ? " or " : ", ") + std::string(w);
  return fmt::format("{} is {}, not '{}'{}", option, list, text::escape_terminal(word),
                     near.empty() ? "" : ": did you mean '" + near + "'?");
}

std::vector<std::string> names_of(const std::string& list) {
  std::vector<std::string> out;
  for (std::size_t begin = 0; begin <= list.size();) {
    const auto comma = std::min(list.find(',', begin), list.size());
    const auto name = list.substr(begin, comma - begin);
    if (name.empty() || name.find('=') != name.npos)
      throw Complaint{fmt::format("--export wants names of variables (NAME,... or all), not '{}'", list)};
    out.push_back(name);
    begin = comma + 1;
  }
  return out;
}

std::optional<std::int32_t> priority(const std::string& text) {
  if (text.empty()) return std::nullopt;
  std::int32_t n = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (bad != std::errc() || end != text.data() + text.size() || n < -100 || n > 100)
    throw Complaint{fmt::format("--priority wants a whole number from -100 to 100, not '{}'",
                                text::escape_terminal(text))};
  return n;
}

void need_ids(const Draft& d, std::string_view verb, std::string_view which) {
  if (d.ids.empty())
    throw Complaint{fmt::format("{} was given: `rota {} last`, or a number of `rota ps`", which, verb)};
}

}  // namespace

void declare(CLI::App& app, Draft& d, verb::Submit& v) {
  app.description(
      "Hand job files to the service (rotad) and return: each becomes a run. A file that is wrong is refused whole,\n"
      "with every error. A run that was submitted is on disk: it survives this shell, and the service's own death.\n"
      "Its jobs get PATH, HOME, USER, SHELL, LANG, LC_* and TZ of this environment, and what --export adds.");
  d.usage = "Usage: rota submit [OPTIONS] FILE...";
  app.add_option("FILE", v.files, "Job files; - is standard input")->type_name("");
  add_params(app, d);
  app.add_option("--name", v.name, "Name of the run, in place of the file's")->type_name("NAME");
  app.add_flag("--hold", v.hold, "Start nothing of it until `rota release`");
  app.add_option("--begin", v.begin, "Not before: 2026-03-01T08:00:00Z, 08:00 (the next), now+90m")->type_name("TIME");
  app.add_option("--after", v.after, "Not before these runs have ended, however they end")->type_name("ID,...");
  app.add_option("--priority", d.priority, "-100 to 100: the higher goes first")->type_name("N");
  app.add_option("--export", d.exports, "More variables of this environment for the jobs, or `all`")
      ->type_name("NAME,...")
      ->multi_option_policy(CLI::MultiOptionPolicy::Join)
      ->delimiter(',');
  app.add_option("--idempotency-key", v.key, "The same key within 24 hours gives the same run")->type_name("KEY");
  app.add_flag("--wait", v.wait, "Return when it has ended, with its outcome");
  app.add_flag("--follow", v.follow, "Print its output until it has ended; Ctrl-C leaves it running");
  app.add_flag("--dry-run", v.dry_run, "Let the service read and check the file, and submit nothing");
  app.add_flag("-q,--quiet", v.quiet, "Only the number of the run");
  app.add_flag("--json", v.json, "As JSON");
  app.footer(
      "Exit code: 0 submitted (--wait, --follow: and succeeded); 1 (--wait, --follow) something failed; 2 invalid\n"
      "file; 4 no service answers; 5 refused.\n\n"
      "Examples:\n  rota submit nightly.yaml -p date=2026-03-01\n  rota submit --begin 22:30 --after last a.yaml "
      "b.yaml\n"
      "  R=$(rota submit -q build.yaml) && rota wait $R");
}

void declare(CLI::App& app, Draft& d, verb::Retry& v) {
  app.description(
      "Submit a run of the service again. What succeeded in it is not done again, also of an array: it counts as\n"
      "skipped. A job or tasks that are named are done again even if they succeeded (with --failed: those that did\n"
      "not), and nothing else is. The new run has a number of its own. It runs what was submitted, and says which\n"
      "jobs the file does otherwise by now; --reload takes the file as it is now, and does those again, with all\n"
      "that needs them.");
  d.usage = "Usage: rota retry [OPTIONS] ID";
  app.add_option("ID", v.id, "A run that has ended (12, last), a job of it (12/build) or tasks (12/build[5-99])")
      ->type_name("");
  app.add_flag("--failed", v.failed_only, "Only what failed and what waited for it, not what was cancelled");
  app.add_option("--job", v.job, "Only this job: the same as in the ID")->type_name("NAME");
  app.add_flag("--downstream", v.downstream, "With a job: and every job that needs it");
  app.add_flag("--reload", v.reload, "Take the job file as it is now");
  app.add_option("--from-file", v.file, "Take this job file")->type_name("FILE");
  app.add_flag("-q,--quiet", v.quiet, "Only the number of the new run");
  app.add_flag("--json", v.json, "As JSON");
  app.footer(
      "Examples:\n  rota retry last --failed\n  rota retry 12 --job train --downstream\n  rota retry '12/train[5-99]' "
      "--failed\n  rota retry last --reload");
}

void declare(CLI::App& app, Draft& d, verb::Rescue& v) {
  app.description(
      "Write a job file that holds only what a run has not done, of the service or of `rota run`, as it was "
      "submitted:\n"
      "to be looked at, changed, and run again. What the jobs that are done have left as outputs stands in it.");
  d.usage = "Usage: rota rescue ID > FILE";
  app.add_option("ID", v.id, "A run that has ended (12, last)")->type_name("");
  app.footer(
      "Exit code: 3 no such run; 5 a job file cannot say what is left (the message tells why), or all is done.\n\n"
      "Example:\n  rota rescue last > rest.yaml && rota run rest.yaml");
}

void declare(CLI::App& app, Draft& d, verb::Wait& v) {
  app.description("Return when runs or jobs have ended, and say how. Ctrl-C ends the waiting, not the runs.");
  d.usage = "Usage: rota wait [OPTIONS] ID...";
  add_ids(app, d, "Runs (12, last, all) or jobs (12/build)");
  app.add_flag("--any", v.any, "Return when one of them has");
  app.add_option("--until", d.until, "running, done (the default) or success")->type_name("WHAT");
  app.add_option("--timeout", d.timeout, "At most this long")->type_name("5m");
  app.add_flag("-q,--quiet", v.quiet, "Say nothing; the exit code tells");
  app.add_flag("--json", v.json, "As JSON");
  app.footer(
      "Exit code: 0 all succeeded (--until running: they run); 1 something failed, was cancelled or timed out, or\n"
      "success can no longer be; 3 no such run or job; 124 the time was up.\n\n"
      "Examples:\n  rota wait 41 42 --timeout 30m\n  rota wait --any 41,42\n  rota wait 12/server --until running");
}

void declare(CLI::App& app, Draft& d, verb::Cancel& v) {
  app.description(
      "End runs, jobs or tasks, and return when nothing of them is alive any more. Says for each task how far it had\n"
      "to go: not started, asked (a request, or the job's stop signal), killed, worker replaced.");
  d.usage = "Usage: rota cancel [OPTIONS] ID...";
  add_ids(app, d, "Runs (12, last, all), jobs (12/build) or tasks (12/build.5-99)");
  app.add_option("--grace", d.grace, "Kill after this long (where the job's own `stop` allows more)")->type_name("10s");
  app.add_flag("--now", v.now, "Kill at once");
  app.add_option("--reason", v.reason, "Why, for those who ask later")->type_name("TEXT");
  app.add_flag("--json", v.json, "As JSON");
  app.footer(
      "Exit code: 0 all of it has ended; 1 something may have survived; 3 no such run; 5 it cannot be cancelled from "
      "here.\n\n"
      "Examples:\n  rota cancel 12\n  rota cancel 12/train.5-99 --grace 2s --reason 'wrong data'");
}

void declare(CLI::App& app, Draft& d, verb::Kill&) {
  app.description("Send a signal to the running processes of runs, jobs or tasks. (To end them, use `rota cancel`.)");
  d.usage = "Usage: rota kill [-s SIGNAL] ID...";
  add_ids(app, d, "Runs (12, last), jobs (12/build) or tasks (12/build.7)");
  app.add_option("-s,--signal", d.signal, "TERM (the default), USR1, HUP, 9, ...")->type_name("SIGNAL");
  app.footer(
      "Exit code: 0 sent; 3 no such run; 5 nothing of it has a process of its own now.\n\n"
      "Example:\n  rota kill -s USR1 12/server");
}

void declare(CLI::App& app, Draft& d, verb::Hold& v) {
  app.description(v.hold ? "Start nothing more of runs or jobs until `rota release`. What runs goes on."
                         : "Let runs or jobs start again that were held (`rota hold`, `rota submit --hold`).");
  d.usage = v.hold ? "Usage: rota hold ID..." : "Usage: rota release ID...";
  add_ids(app, d, "Runs (12, last, all) or jobs (12/build)");
  app.footer(v.hold ? "Example:\n  rota hold 12/train" : "Example:\n  rota release 12/train");
}

void declare(CLI::App& app, Draft& d, verb::Pause& v) {
  app.description(
      v.pause ? "Let what runs stand still where it is, and start nothing more of runs or jobs, until `rota resume`.\n"
                "What stands still keeps its slots, its pools and its memory; its timeout does not count meanwhile,\n"
                "that of the whole run does. Only processes (mode: process) can stand still, also warm ones; it is\n"
                "said how much cannot, and goes on. A single task can be paused while it runs."
              : "Let runs, jobs or tasks go on that were paused (`rota pause`). A run takes its jobs and tasks along.");
  d.usage = v.pause ? "Usage: rota pause [--json] ID..." : "Usage: rota resume [--json] ID...";
  add_ids(app, d, "Runs (12, last, all), jobs (12/build) or tasks (12/build.7)");
  app.add_flag("--json", v.json, "As JSON");
  app.footer(
      v.pause ? "Exit code: 0 it stands still, or its run has ended; 3 no such run or job; 5 nothing of it can,\n"
                "or not all of it does within 10s (it stays asked for).\n\n"
                "Examples:\n  rota pause 12\n  rota pause 12/train.5"
              : "Exit code: 0 it goes on, or its run has ended; 3 no such run or job; 5 nothing of it is paused,\n"
                "or not all of it does within 10s (it stays asked for).\n\n"
                "Example:\n  rota resume 12");
}

void declare(CLI::App& app, Draft& d, verb::Update&) {
  app.description(
      "Let runs or jobs that are alive go on under other terms. What runs already goes on; a smaller --max-parallel\n"
      "is kept from the next start on.");
  d.usage = "Usage: rota update ID... [--priority N] [--max-parallel N|none]";
  add_ids(app, d, "Runs (12, last, all) or jobs (12/build)");
  app.add_option("--priority", d.priority, "-100 to 100: the higher goes first")->type_name("N");
  app.add_option("--max-parallel", d.parallel, "Tasks of it at once; none: no bound")->type_name("N");
  app.footer(
      "Exit code: 0 changed; 3 no such run or job; 5 it has ended.\n\n"
      "Examples:\n  rota update 12 --priority 20\n  rota update 12/train --max-parallel none");
}

void declare(CLI::App& app, Draft& d, verb::Prune& v) {
  app.description(
      "Forget finished runs with their output: those of the service through the service, those of `rota run` "
      "directly.");
  d.usage = "Usage: rota prune [--keep N] [--older-than AGE] [--dry-run] [--json]";
  app.add_option("--keep", d.keep, "Keep the newest N, of the service and of `rota run` each")->type_name("N");
  app.add_option("--older-than", d.older_than, "Only what ended longer ago")->type_name("30d");
  app.add_flag("--dry-run", v.dry_run, "Say what would go, and keep it");
  app.add_flag("--json", v.json, "As JSON");
  app.footer("Examples:\n  rota prune --keep 50\n  rota prune --older-than 7d --dry-run");
}

void declare(CLI::App& app, Draft& d, verb::Daemon& v) {
  app.description(
      "Look at the service, or stop it in order. It is started as `rotad` (or by systemd), never by a client.\n\n"
      "  status    what it is, since when, what it does, its settings\n"
      "  stop      admit nothing more and end; process jobs go on under their launchers, and the next rotad takes\n"
      "            them over; threads and coroutines are asked to end and run again then. --all cancels everything\n"
      "  drain     start nothing new, finish what runs; --off goes back");
  d.usage = "Usage: rota daemon status [--json]\n       rota daemon stop [--all]\n       rota daemon drain [--off]";
  app.add_option("ACTION", d.action, "status, stop or drain")->type_name("");
  app.add_flag("--all", v.all, "(stop) Cancel every run first");
  app.add_flag("--off", v.off, "(drain) Take up new work again; also after safe mode");
  app.add_flag("--json", v.json, "(status) As JSON");
  app.footer("Exit code: 4 when no service answers.\n\nExamples:\n  rota daemon status\n  rota daemon drain --off");
}

void finish(Draft& d, verb::Submit& v) {
  v.params = parameters(d.params);
  if (!d.exports.empty()) v.exports = names_of(d.exports);
  v.priority = priority(d.priority).value_or(0);
  if (v.files.empty()) throw Complaint{"no job file was given: `rota submit FILE`; - is standard input"};
  const bool several = v.files.size() > 1;
  if (several && !v.key.empty()) throw Complaint{"--idempotency-key is for one run: submit the files one by one"};
  if (several && v.follow) throw Complaint{"--follow follows one run: submit the files one by one, or use --wait"};
  if (std::count(v.files.begin(), v.files.end(), "-") > 1) throw Complaint{"standard input (-) can be read only once"};
  if (v.follow && v.json) throw Complaint{"--follow prints what the jobs write; with --json use --wait"};
  if (v.quiet && v.json) throw Complaint{"either --json or -q, not both"};
  if (v.dry_run && (v.wait || v.follow)) throw Complaint{"--dry-run submits nothing that could be waited for"};
  if (v.hold && (v.wait || v.follow))
    throw Complaint{"--hold waits for `rota release`: without it, or without --wait and --follow"};
}
void finish(Draft&, verb::Retry& v) {
  if (v.id.empty()) throw Complaint{"no run was given: `rota retry last`, or a number of `rota ps`"};
  v.reload = v.reload || !v.file.empty();
  if (v.quiet && v.json) throw Complaint{"either --json or -q, not both"};
}
void finish(Draft&, verb::Rescue& v) {
  if (v.id.empty()) throw Complaint{"no run was given: `rota rescue last > rest.yaml`, or a number of `rota ps`"};
}
void finish(Draft& d, verb::Wait& v) {
  static constexpr auto kWhat = std::to_array<std::string_view>({"running", "done", "success"});
  need_ids(d, "wait", "no run");
  v.selectors = joined(d.ids);
  v.timeout = duration(d.timeout, "--timeout");
  if (v.quiet && v.json) throw Complaint{"either --json or -q, not both"};
  if (d.until.empty()) return;
  const auto at = std::find(kWhat.begin(), kWhat.end(), d.until);
  if (at == kWhat.end()) throw Complaint{not_one_of("--until", d.until, kWhat)};
  v.until = static_cast<verb::Until>(at - kWhat.begin());
}
void finish(Draft& d, verb::Cancel& v) {
  need_ids(d, "cancel", "nothing to cancel");
  v.selectors = joined(d.ids);
  v.grace = duration(d.grace, "--grace");
  if (v.now && v.grace) throw Complaint{"either --now or --grace, not both"};
}
void finish(Draft& d, verb::Kill& v) {
  need_ids(d, "kill", "nothing to signal");
  v.selectors = joined(d.ids);
  if (!d.signal.empty()) v.signal = signal_number(d.signal, "-s");
}
void finish(Draft& d, verb::Hold& v) {
  need_ids(d, v.hold ? "hold" : "release", v.hold ? "nothing to hold" : "nothing to release");
  v.selectors = joined(d.ids);
}
void finish(Draft& d, verb::Pause& v) {
  need_ids(d, v.pause ? "pause" : "resume", v.pause ? "nothing to pause" : "nothing to resume");
  v.selectors = joined(d.ids);
}
void finish(Draft& d, verb::Update& v) {
  need_ids(d, "update", "nothing to change");
  v.selectors = joined(d.ids);
  v.priority = priority(d.priority);
  if (d.parallel == "none") v.max_parallel = 0;
  else if (v.max_parallel = count(d.parallel, "--max-parallel"); v.max_parallel == 0u)
    throw Complaint{"--max-parallel is at least 1, or none; `rota hold` starts nothing more"};
  if (!v.priority && !v.max_parallel) throw Complaint{"what is to change? --priority N, --max-parallel N or both"};
}
void finish(Draft& d, verb::Prune& v) {
  v.keep = count(d.keep, "--keep");
  v.older_than = duration(d.older_than, "--older-than");
  if (!v.keep && !v.older_than)
    throw Complaint{"what may go? `rota prune --keep 50`, or `rota prune --older-than 30d`"};
}
void finish(Draft& d, verb::Daemon& v) {
  using Action = verb::Daemon::Action;
  static constexpr auto kActions = std::to_array<std::string_view>({"status", "stop", "drain"});
  if (d.action.empty()) throw Complaint{"what of it? `rota daemon status`, `rota daemon stop` or `rota daemon drain`"};
  const auto at = std::find(kActions.begin(), kActions.end(), d.action);
  if (at == kActions.end()) {
    if (d.action == "start")
      throw Complaint{"a client never starts the service: run `rotad`, or enable its systemd unit"};
    throw Complaint{not_one_of("what to do", d.action, kActions)};
  }
  v.action = static_cast<Action>(at - kActions.begin());
  if (v.all && v.action != Action::stop) throw Complaint{"--all goes with `rota daemon stop`"};
  if (v.off && v.action != Action::drain) throw Complaint{"--off goes with `rota daemon drain`"};
  if (v.json && v.action != Action::status) throw Complaint{"--json goes with `rota daemon status`"};
}

}  // namespace rota::cli
