// The words of the verbs that run something in the foreground, or look before anything runs.
#include <fmt/format.h>

#include "scheduler/cli/args_draft.h"
#include "shared/limits.h"

namespace rota::cli {

void declare(CLI::App& app, Draft& d, verb::Run& v) {
  app.description(
      "Run a job file here and now, or one command after `--`.\n"
      "The jobs' output goes to stdout and stderr, line by line after the job's name (a single command's\n"
      "as it is); progress goes to stderr. Ctrl-C cancels everything, a second one kills.");
  d.usage = "Usage: rota run [OPTIONS] FILE\n       rota run [OPTIONS] -- COMMAND [ARGS...]";
  app.add_option("FILE", v.file, "The job file; - is standard input")->type_name("");
  add_params(app, d);
  add_only(app, v.only);
  app.add_option("--name", v.name, "Name of the run, in place of the file's")->type_name("NAME");
  app.add_flag("-q,--quiet", v.quiet, "No progress and no outcome, only the jobs' output");
  app.footer(
      "Exit code: 0 all succeeded; 1 something failed, timed out or was cancelled (also for a single command,\n"
      "whose own status `rota show last` tells); 2 invalid file; after Ctrl-C, SIGTERM or SIGHUP it dies by that\n"
      "signal (130, 143, 129).\n\n"
      "Examples:\n  rota run nightly.yaml -p date=2026-03-01\n  rota run -- make -j4");
}

void declare(CLI::App& app, Draft& d, verb::Validate& v) {
  app.description("Read a job file as `run` would and report everything that is wrong with it.");
  d.usage = "Usage: rota validate [OPTIONS] FILE...";
  app.add_option("FILE", v.files, "Job files; - is standard input")->type_name("");
  add_params(app, d);
  app.footer("Examples:\n  rota validate *.yaml\n  rota validate nightly.yaml -p date=2026-03-01");
}

void declare(CLI::App& app, Draft& d, verb::Plan& v) {
  app.description(
      "Show what a job file would run, and run nothing: the jobs in the order of their needs, how many tasks each is,\n"
      "what it waits for and under which condition, what it does and in which mode, the slots of this machine, the\n"
      "hooks, and where secrets would come from.");
  d.usage = "Usage: rota plan [OPTIONS] FILE";
  app.add_option("FILE", v.file, "The job file; - is standard input")->type_name("");
  add_params(app, d);
  add_only(app, v.only);
  app.add_flag("--json", v.json, "As JSON");
  app.footer("Examples:\n  rota plan nightly.yaml -p date=2026-03-01\n  rota plan sweep.yaml --only report --json");
}

void declare(CLI::App& app, Draft& d, verb::Graph& v) {
  app.description(
      "Draw the graph of a job file: every job below the need that it waits for longest. --dot is for graphviz.");
  d.usage = "Usage: rota graph [OPTIONS] FILE";
  app.add_option("FILE", v.file, "The job file; - is standard input")->type_name("");
  add_params(app, d);
  add_only(app, v.only);
  app.add_flag("--dot", v.dot, "In the DOT language");
  app.add_flag("--json", v.json, "As JSON");
  app.footer("Examples:\n  rota graph nightly.yaml\n  rota graph nightly.yaml --dot | dot -Tsvg > nightly.svg");
}

void declare(CLI::App& app, Draft& d, verb::Targets& v) {
  app.description(
      "List the functions that a job can name as its target: the built-in ones, those of a plugin, or those in "
      "Python.");
  d.usage = "Usage: rota targets [OPTIONS] [FILE.so | FILE.py | py:MODULE]";
  app.add_option("FILE", v.file, "A shared library or a file in Python with functions of your own")->type_name("");
  app.add_flag("--json", v.json, "As JSON");
  app.footer("Examples:\n  rota targets\n  rota targets ./libsim.so\n  rota targets ./sweep.py");
}

void declare(CLI::App& app, Draft& d, verb::Limits& v) {
  app.description("List every limit with its value.");
  d.usage = "Usage: rota limits [--json]";
  app.add_flag("--json", v.json, "As JSON");
  app.footer("Example:\n  rota limits");
}

void declare(CLI::App& app, Draft& d, verb::Schema&) {
  app.description("Print the JSON Schema of job files, for editors and other tools.");
  d.usage = "Usage: rota schema";
  app.footer("Example:\n  rota schema > rota.schema.json");
}

void declare(CLI::App& app, Draft& d, verb::Init& v) {
  app.description("Write a small job file with comments to start from. What is there is never overwritten.");
  d.usage = "Usage: rota init [FILE]";
  app.add_option("FILE", v.file, "The file to write; without it rota.yaml")->type_name("");
  app.footer("Exit code: 0 written; 2 it cannot be written there; 5 there is a file already, or no permission.\n\n"
             "Example:\n  rota init nightly.yaml && rota run nightly.yaml");
}

void declare(CLI::App& app, Draft& d, verb::Version&) {
  app.description("Print the version.");
  d.usage = "Usage: rota version";
  app.footer("Example:\n  rota version");
}

void finish(Draft& d, verb::Run& v) {
  v.params = parameters(d.params);
  if (v.file.empty() && v.command.empty())
    throw Complaint{"no job file was given: `rota run FILE`, or `rota run -- COMMAND` for a single command"};
  if (!v.file.empty() && !v.command.empty())
    throw Complaint{
        fmt::format("either a job file or a command after `--`, not both ('{}' and '{}')", v.file, v.command[0])};
  if (!v.command.empty() && !v.only.empty())
    throw Complaint{"--only names a job of a job file; a single command is one"};
  if (!v.command.empty() && !v.params.empty())
    throw Complaint{"-p sets a parameter of a job file; a single command has none"};
}
void finish(Draft& d, verb::Validate& v) {
  v.params = parameters(d.params);
  if (v.files.empty()) throw Complaint{"no job file was given: `rota validate FILE`"};
}
void finish(Draft& d, verb::Graph& v) {
  v.params = parameters(d.params);
  if (v.file.empty()) throw Complaint{"no job file was given: `rota graph FILE`"};
  if (v.dot && v.json) throw Complaint{"either --dot or --json, not both"};
}
void finish(Draft& d, verb::Plan& v) {
  v.params = parameters(d.params);
  if (v.file.empty()) throw Complaint{"no job file was given: `rota plan FILE`"};
}

}  // namespace rota::cli
