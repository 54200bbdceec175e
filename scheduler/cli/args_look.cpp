// The words of the verbs that look at runs, at the service and at what happened.
#include "scheduler/cli/args_draft.h"

namespace rota::cli {

void declare(CLI::App& app, Draft& d, verb::Ps& v) {
  app.description(
      "List runs: all that are active, and of those that ended within a day the newest 20.\n"
      "Runs of the service and of every `rota run` alike; without a service, from the files that it left.");
  d.usage = "Usage: rota ps [OPTIONS] [ID...]";
  add_ids(app, d, "Only these runs: 12, last, 3,7");
  app.add_flag("-a,--all", v.all, "All runs that are kept");
  add_limit(app, d, "At most N runs, the newest");
  app.add_flag("--jobs", v.jobs, "A line for each job");
  app.add_flag("--tasks", v.tasks, "A line for each task (with -n: at most N lines)");
  app.add_option("-t,--state", v.states, "Only these states: running, R, held, failed, F, ...")->type_name("STATE,...");
  app.add_flag("--json", v.json, "As JSON");
  app.add_flag("-q,--quiet", v.quiet, "Only the numbers");
  app.footer("Examples:\n  rota ps\n  rota ps -a -t failed,lost\n  rota ps --jobs 12");
}

void declare(CLI::App& app, Draft& d, verb::Show& v) {
  app.description("Show one run or one job on one screen.");
  d.usage = "Usage: rota show [--json] ID";
  app.add_option("ID", v.id, "A run (12, last), a job of it (12/build) or tasks (12/build.17, 12/build[5-9])")
      ->type_name("");
  app.add_flag("--json", v.json, "The whole run as JSON");
  app.footer("Examples:\n  rota show last\n  rota show 12/build\n  rota show 12/render.17");
}

void declare(CLI::App& app, Draft& d, verb::Logs& v) {
  app.description(
      "Print what a run or a job wrote, byte by byte as it came; several jobs line by line after their names.");
  d.usage = "Usage: rota logs [OPTIONS] ID";
  app.add_option("ID", v.id, "A run (12, last), a job of it (12/build) or tasks (12/build[5-9])")->type_name("");
  app.add_flag("-f,--follow", v.follow, "Go on until the run has ended; Ctrl-C ends the following, not the run");
  add_limit(app, d, "Only the last N lines");
  app.add_flag("--stdout", d.out_only, "Only what went to stdout");
  app.add_flag("--stderr", d.err_only, "Only what went to stderr");
  app.add_option("--attempt", d.attempt, "Of this attempt; else of the last one")->type_name("K");
  app.add_flag("--failed", v.failed, "Only of jobs that ended badly");
  app.footer("Examples:\n  rota logs -f last\n  rota logs 12/build --stderr -n 20");
}

void declare(CLI::App& app, Draft& d, verb::History& v) {
  app.description("List finished runs, the newest first.");
  d.usage = "Usage: rota history [OPTIONS]";
  add_limit(app, d, "At most N runs");
  app.add_flag("--json", v.json, "As JSON");
  app.footer("Example:\n  rota history -n 50");
}

void declare(CLI::App& app, Draft& d, verb::Explain& v) {
  app.description(
      "Say why: for what waits, every condition that blocks it and what would lift it; for what ended badly, the\n"
      "chain of causes back to where it began.");
  d.usage = "Usage: rota explain [--json] ID";
  app.add_option("ID", v.id, "A run (12, last), a job of it (12/build) or a task (12/build.17)")->type_name("");
  app.add_flag("--json", v.json, "As JSON");
  app.footer("Examples:\n  rota explain 12/report\n  rota why last");
}

void declare(CLI::App& app, Draft& d, verb::Events& v) {
  app.description(
      "Print the journal of the service as a stream: what happened, one line each, in order, under a number that\n"
      "never changes, so that --from can go on where a reader stopped.");
  d.usage = "Usage: rota events [OPTIONS]";
  app.add_flag("-f,--follow", v.follow, "Go on with what comes, until Ctrl-C");
  app.add_option("--from", d.from, "Begin with this number")->type_name("N");
  app.add_option("-n", d.limit, "Begin with the last N; with -f 10, unless --from says where")->type_name("N");
  app.add_flag("--jsonl", v.jsonl, "A JSON object on each line");
  app.footer("Examples:\n  rota events -f\n  rota events --from 1200 --jsonl");
}

void declare(CLI::App& app, Draft& d, verb::Workers& v) {
  app.description("List the worker processes of the service: pool workers (threads, coroutines) and launchers.");
  d.usage = "Usage: rota worker list [--json]";
  app.add_option("ACTION", d.action, "list")->type_name("");
  app.add_flag("--json", v.json, "As JSON");
  app.footer("Example:\n  rota worker list");
}

void declare(CLI::App& app, Draft& d, verb::Doctor& v) {
  app.description(
      "Look at everything that Rota stands on: state directory, socket, service, control groups, open files, free\n"
      "space, the worker program, versions, and the settings in force with where each comes from.\n"
      "Each line begins with ok, warn or fail.");
  d.usage = "Usage: rota doctor [--json]";
  app.add_flag("--json", v.json, "As JSON");
  app.footer("Exit code: 1 when a line says fail.\n\nExample:\n  rota doctor");
}

void finish(Draft& d, verb::Ps& v) {
  v.selectors = joined(d.ids);
  v.limit = whole_number(d.limit, "-n");
  if (v.json && v.quiet) throw Complaint{"either --json or -q, not both"};
}
void finish(Draft&, verb::Show& v) {
  if (v.id.empty()) throw Complaint{"no run was given: `rota show last`, or a number of `rota ps`"};
}
void finish(Draft& d, verb::Logs& v) {
  if (v.id.empty()) throw Complaint{"no run was given: `rota logs last`, or a number of `rota ps`"};
  v.last_lines = whole_number(d.limit, "-n");
  v.attempt = whole_number(d.attempt, "--attempt");
  if (v.attempt == 0u) throw Complaint{"--attempt counts from 1"};
  if (d.out_only && d.err_only) throw Complaint{"either --stdout or --stderr; without them it prints both"};
  v.streams = d.out_only ? verb::Streams::out : d.err_only ? verb::Streams::err : verb::Streams::both;
}
void finish(Draft& d, verb::History& v) { v.limit = whole_number(d.limit, "-n"); }
void finish(Draft&, verb::Explain& v) {
  if (v.id.empty()) throw Complaint{"no run was given: `rota explain last`, or a number of `rota ps`"};
}
void finish(Draft& d, verb::Events& v) {
  v.from = whole_number(d.from, "--from");
  v.last = whole_number(d.limit, "-n");
  if (v.from && v.last) throw Complaint{"--from and -n both say where to begin: give one of them"};
}
void finish(Draft& d, verb::Workers&) {
  if (d.action.empty()) throw Complaint{"what of the workers? `rota worker list`"};
  if (d.action != "list") throw Complaint{"there is no 'worker " + d.action + "': `rota worker list` lists them"};
}

}  // namespace rota::cli
