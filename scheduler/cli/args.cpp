// Parsing with CLI11. Its exceptions and its wording end here.
#include "scheduler/cli/args.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <charconv>
#include <memory>

#include "scheduler/cli/exit_code.h"
#include "scheduler/cli/verbs.h"
#include "shared/text/text.h"

namespace rota::cli {
namespace {

// What CLI11 writes into; turned into an Invocation when all is read.
struct Draft {
  Invocation invocation;
  std::vector<std::string> params;
  std::string limit, attempt;
  bool out_only = false, err_only = false;
  std::vector<std::string> ids;
  std::string usage;  // of the verb, for its help
};

// CLI11's help, with our own line of usage.
class HelpText : public CLI::Formatter {
 public:
  explicit HelpText(std::string usage) : usage_(std::move(usage)) {
    column_width(28);
    label("Positionals", "What");
  }
  std::string make_usage(const CLI::App*, std::string) const override { return "\n" + usage_ + "\n"; }

 private:
  std::string usage_;
};

struct Complaint {
  std::string what;
};

std::optional<std::uint64_t> whole_number(const std::string& text, std::string_view option) {
  if (text.empty()) return std::nullopt;
  std::uint64_t n = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (bad != std::errc() || end != text.data() + text.size())
    throw Complaint{fmt::format("{} wants a whole number, not '{}'", option, text)};
  return n;
}

Params parameters(const std::vector<std::string>& words) {
  Params out;
  for (const auto& word : words) {
    const auto eq = word.find('=');
    if (eq == word.npos || eq == 0) throw Complaint{fmt::format("-p wants NAME=VALUE, not '{}'", word)};
    out.emplace_back(word.substr(0, eq), word.substr(eq + 1));
  }
  return out;
}

void add_params(CLI::App& app, Draft& d) {
  app.add_option("-p,--param", d.params, "Set a parameter of the job file; may be repeated")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false);
}

void add_limit(CLI::App& app, Draft& d, const char* meaning) { app.add_option("-n", d.limit, meaning)->type_name("N"); }

// One function per verb: declares the options and where they go.
void declare(CLI::App& app, Draft& d, verb::Run& v) {
  app.description(
      "Run a job file here and now, or one command after `--`.\n"
      "The jobs' output goes to stdout and stderr, line by line after the job's name (a single command's\n"
      "as it is); progress goes to stderr. Ctrl-C cancels everything, a second one kills.");
  d.usage = "Usage: rota run [OPTIONS] FILE\n       rota run [OPTIONS] -- COMMAND [ARGS...]";
  app.add_option("FILE", v.file, "The job file; - is standard input")->type_name("");
  add_params(app, d);
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
}

void declare(CLI::App& app, Draft& d, verb::Plan& v) {
  app.description("Show what a job file would run: the jobs by the order of their needs, with mode and slots.");
  d.usage = "Usage: rota plan [OPTIONS] FILE";
  app.add_option("FILE", v.file, "The job file; - is standard input")->type_name("");
  add_params(app, d);
}

void declare(CLI::App& app, Draft& d, verb::Targets&) {
  app.description("List the functions that a job can name as its target.");
  d.usage = "Usage: rota targets";
}

void declare(CLI::App& app, Draft& d, verb::Limits& v) {
  app.description("List every limit with its value.");
  d.usage = "Usage: rota limits [--json]";
  app.add_flag("--json", v.json, "As JSON");
}

void declare(CLI::App& app, Draft& d, verb::Ps& v) {
  app.description("List runs: those that are active and those that ended within a day, at most 20.");
  d.usage = "Usage: rota ps [OPTIONS] [ID...]";
  app.add_option("ID", d.ids, "Only these runs: 12, last, 3,7")->type_name("");
  app.add_flag("-a,--all", v.all, "All runs that are kept");
  add_limit(app, d, "At most N runs, the newest");
  app.add_flag("--jobs", v.jobs, "A line for each job");
  app.add_option("-t,--state", v.states, "Only these states: running, R, failed, F, lost, ...")->type_name("STATE,...");
  app.add_flag("--json", v.json, "As JSON");
  app.add_flag("-q,--quiet", v.quiet, "Only the numbers");
}

void declare(CLI::App& app, Draft& d, verb::Show& v) {
  app.description("Show one run or one job on one screen.");
  d.usage = "Usage: rota show [--json] ID";
  app.add_option("ID", v.id, "A run (12, last) or a job of it (12/build)")->type_name("");
  app.add_flag("--json", v.json, "The whole run as JSON");
}

void declare(CLI::App& app, Draft& d, verb::Logs& v) {
  app.description(
      "Print what a run or a job wrote, byte by byte as it came; several jobs line by line after their names.");
  d.usage = "Usage: rota logs [OPTIONS] ID";
  app.add_option("ID", v.id, "A run (12, last) or a job of it (12/build)")->type_name("");
  app.add_flag("-f,--follow", v.follow, "Go on until the run has ended");
  add_limit(app, d, "Only the last N lines");
  app.add_flag("--stdout", d.out_only, "Only what went to stdout");
  app.add_flag("--stderr", d.err_only, "Only what went to stderr");
  app.add_option("--attempt", d.attempt, "Of this attempt; else of the last one")->type_name("K");
  app.add_flag("--failed", v.failed, "Only of jobs that ended badly");
}

void declare(CLI::App& app, Draft& d, verb::History& v) {
  app.description("List finished runs, the newest first.");
  d.usage = "Usage: rota history [OPTIONS]";
  add_limit(app, d, "At most N runs");
  app.add_flag("--json", v.json, "As JSON");
}

void declare(CLI::App& app, Draft& d, verb::Version&) {
  app.description("Print the version.");
  d.usage = "Usage: rota version";
}

Verb verb_of(std::string_view word) {
  if (word == "run") return verb::Run{};
  if (word == "validate") return verb::Validate{};
  if (word == "plan") return verb::Plan{};
  if (word == "targets") return verb::Targets{};
  if (word == "limits") return verb::Limits{};
  if (word == "ps" || word == "status") return verb::Ps{};
  if (word == "show") return verb::Show{};
  if (word == "logs") return verb::Logs{};
  if (word == "history") return verb::History{};
  return verb::Version{};
}

// The checks that CLI11 cannot word well. Throw Complaint.
void finish(Draft& d, verb::Run& v) {
  v.params = parameters(d.params);
  if (v.file.empty() && v.command.empty())
    throw Complaint{"no job file was given: `rota run FILE`, or `rota run -- COMMAND` for a single command"};
  if (!v.file.empty() && !v.command.empty())
    throw Complaint{
        fmt::format("either a job file or a command after `--`, not both ('{}' and '{}')", v.file, v.command[0])};
  if (!v.command.empty() && !v.params.empty())
    throw Complaint{"-p sets a parameter of a job file; a single command has none"};
}
void finish(Draft& d, verb::Validate& v) {
  v.params = parameters(d.params);
  if (v.files.empty()) throw Complaint{"no job file was given: `rota validate FILE`"};
}
void finish(Draft& d, verb::Plan& v) {
  v.params = parameters(d.params);
  if (v.file.empty()) throw Complaint{"no job file was given: `rota plan FILE`"};
}
void finish(Draft& d, verb::Ps& v) {
  for (const auto& id : d.ids) v.selectors += (v.selectors.empty() ? "" : ",") + id;
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
template <class V>
void finish(Draft&, V&) {}

// The nearest option to a word that is none.
std::string nearest_option(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    for (const auto& name : option->get_snames()) names.push_back("-" + name);
  }
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  return word.size() < 3 ? std::string() : text::nearest(word.substr(0, word.find('=')), candidates);
}

void refuse_strangers(const CLI::App& app, const std::vector<std::string>& strangers) {
  if (strangers.empty()) return;
  const auto& word = strangers.front();
  const auto shown = text::escape_terminal(word);
  if (word[0] != '-') throw Complaint{fmt::format("'{}' is one word too many", shown)};
  const auto near = nearest_option(app, word);
  throw Complaint{near.empty() ? fmt::format("there is no option '{}'", shown)
                               : fmt::format("there is no option '{}': did you mean '{}'?", shown, near)};
}

// Everything of one verb. `words` without the verb itself and what follows `--`.
std::variant<Invocation, Answer> parse_verb(const std::string& word, std::vector<std::string> words,
                                            std::vector<std::string> command) {
  Draft d;
  d.invocation.verb = verb_of(word);
  if (auto* run = std::get_if<verb::Run>(&d.invocation.verb)) run->command = std::move(command);
  CLI::App app("", "rota " + word);
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.allow_extras();
  app.add_option("--state-dir", d.invocation.state_dir, "Where runs are kept")->type_name("DIR");
  app.add_flag("--no-color", d.invocation.no_color, "No colours");
  std::visit([&](auto& v) { declare(app, d, v); }, d.invocation.verb);
  app.formatter(std::make_shared<HelpText>(d.usage));
  try {
    std::reverse(words.begin(), words.end());  // CLI11 takes them from the back
    app.parse(std::move(words));
    auto strangers = app.remaining();
    std::erase(strangers, "--");
    refuse_strangers(app, strangers);
    std::visit([&](auto& v) { finish(d, v); }, d.invocation.verb);
  } catch (const CLI::CallForHelp&) {
    auto help = app.help();
    if (!help.ends_with('\n')) help += '\n';
    return Answer{kExitSuccess, std::move(help)};
  } catch (const CLI::ParseError& e) {
    return Answer{kExitUsage, fmt::format("rota {0}: {1}; `rota {0} --help` shows how\n", word, e.what())};
  } catch (const Complaint& c) {
    return Answer{kExitUsage, fmt::format("rota {0}: {1}; `rota {0} --help` shows how\n", word, c.what)};
  }
  return std::move(d.invocation);
}

// Words of the program itself may come before the verb.
bool takes_value(const std::string& word) { return word == "--state-dir"; }

}  // namespace

std::variant<Invocation, Answer> parse_args(const std::vector<std::string>& words) {
  const auto dashes = std::find(words.begin(), words.end(), "--");
  std::vector<std::string> before(words.begin(), dashes);
  std::vector<std::string> command(dashes == words.end() ? dashes : dashes + 1, words.end());
  auto at = before.begin();
  while (at != before.end() && at->starts_with('-') && at->size() > 1) {
    if (*at == "-h" || *at == "--help") return Answer{kExitSuccess, overview()};
    if (*at == "-V" || *at == "--version") return Invocation{.verb = verb::Version{}};
    at += takes_value(*at) && at + 1 != before.end() ? 2 : 1;
  }
  if (at == before.end())
    return Answer{kExitUsage, "rota: which verb? For example `rota run FILE`; `rota --help` lists them\n"};
  auto verb = *at;
  at = before.erase(at);
  if (verb == "help") {
    if (before.empty()) return Answer{kExitSuccess, overview()};
    verb = before.front();
    before = {"--help"};
  }
  if (!has_verb(verb)) return Answer{kExitUsage, refuse_verb(verb)};
  if (std::find(before.begin(), before.end(), "--version") != before.end()) return Invocation{.verb = verb::Version{}};
  if (verb != "run") {
    before.insert(before.end(), dashes, words.end());  // elsewhere `--` only ends the options
    command.clear();
  } else if (dashes != words.end() && command.empty()) {
    return Answer{kExitUsage, "rota run: no command after `--`; for example `rota run -- echo hello`\n"};
  }
  return parse_verb(verb, std::move(before), std::move(command));
}

}  // namespace rota::cli
