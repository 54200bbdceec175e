// Parsing with CLI11. Its exceptions and its wording end here; what each verb takes is in the other args_*.cpp.
#include "scheduler/cli/args.h"

#include <fmt/format.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstring>
#include <limits>
#include <memory>

#include "scheduler/cli/args_draft.h"
#include "scheduler/cli/exit_code.h"
#include "scheduler/cli/verbs.h"
#include "shared/text/text.h"

namespace rota::cli {
namespace {

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

Verb verb_of(std::string_view word) {
  if (word == "run") return verb::Run{};
  if (word == "validate") return verb::Validate{};
  if (word == "plan") return verb::Plan{};
  if (word == "graph") return verb::Graph{};
  if (word == "next") return verb::Next{};
  if (word == "targets") return verb::Targets{};
  if (word == "limits") return verb::Limits{};
  if (word == "schema") return verb::Schema{};
  if (word == "init") return verb::Init{};
  if (word == "ps" || word == "status") return verb::Ps{};
  if (word == "show") return verb::Show{};
  if (word == "logs") return verb::Logs{};
  if (word == "history") return verb::History{};
  if (word == "explain" || word == "why") return verb::Explain{};
  if (word == "events") return verb::Events{};
  if (word == "schedule") return verb::Schedule{};
  if (word == "worker") return verb::Workers{};
  if (word == "doctor") return verb::Doctor{};
  if (word == "submit") return verb::Submit{};
  if (word == "retry") return verb::Retry{};
  if (word == "rescue") return verb::Rescue{};
  if (word == "wait") return verb::Wait{};
  if (word == "cancel") return verb::Cancel{};
  if (word == "kill") return verb::Kill{};
  if (word == "hold" || word == "release") return verb::Hold{.hold = word == "hold"};
  if (word == "pause" || word == "resume") return verb::Pause{.pause = word == "pause"};
  if (word == "update") return verb::Update{};
  if (word == "prune") return verb::Prune{};
  if (word == "daemon") return verb::Daemon{};
  return verb::Version{};
}

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

// "--keep takes a value: --keep N", for "--keep: 1 required N missing" and "--keep: At Most 1 required but received 2".
std::string mismatch(const CLI::App& app, const std::string& what) {
  const auto name = what.substr(0, what.find(':'));
  const auto* option = app.get_option_no_throw(name);
  if (!option || name == what) return what;
  const auto usage = fmt::format("{} {}", name, option->get_type_name());
  if (option->count() > 1) return fmt::format("{} is given more than once: {} once is enough", name, usage);
  return fmt::format("{} takes a value: {}", name, usage);
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
  app.add_option("--socket", d.invocation.socket, "Where the service listens")->type_name("PATH");
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
  } catch (const CLI::ArgumentMismatch& e) {
    const auto what = mismatch(app, e.what());
    return Answer{kExitUsage, fmt::format("rota {0}: {1}; `rota {0} --help` shows how\n", word, what)};
  } catch (const CLI::ParseError& e) {
    return Answer{kExitUsage, fmt::format("rota {0}: {1}; `rota {0} --help` shows how\n", word, e.what())};
  } catch (const Complaint& c) {
    return Answer{kExitUsage, fmt::format("rota {0}: {1}; `rota {0} --help` shows how\n", word, c.what)};
  }
  return std::move(d.invocation);
}

// Words of the program itself may come before the verb.
bool takes_value(const std::string& word) { return word == "--state-dir" || word == "--socket"; }

}  // namespace

void add_params(CLI::App& app, Draft& d) {
  app.add_option("-p,--param", d.params, "Set a parameter of the job file; may be repeated")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false);
}

void add_only(CLI::App& app, std::string& only) {
  app.add_option("--only", only, "Only this job and what it needs")->type_name("JOB");
}

void add_limit(CLI::App& app, Draft& d, const char* meaning) { app.add_option("-n", d.limit, meaning)->type_name("N"); }

void add_ids(CLI::App& app, Draft& d, const char* meaning) { app.add_option("ID", d.ids, meaning)->type_name(""); }

std::optional<std::uint64_t> whole_number(const std::string& text, std::string_view option) {
  if (text.empty()) return std::nullopt;
  std::uint64_t n = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (bad != std::errc() || end != text.data() + text.size())
    throw Complaint{fmt::format("{} wants a whole number, not '{}'", option, text::escape_terminal(text))};
  return n;
}

std::optional<std::uint32_t> count(const std::string& text, std::string_view option) {
  const auto n = whole_number(text, option);
  if (!n) return std::nullopt;
  if (*n > std::numeric_limits<std::uint32_t>::max())
    throw Complaint{fmt::format("{} {} is more than there can be", option, text)};
  return static_cast<std::uint32_t>(*n);
}

std::optional<Duration> duration(const std::string& text, std::string_view option) {
  if (text.empty()) return std::nullopt;
  const auto d = text::parse_duration(text);
  if (!d) throw Complaint{fmt::format("{}: {}", option, to_text(d.error()))};
  return *d;
}

Params parameters(const std::vector<std::string>& words) {
  Params out;
  for (const auto& word : words) {
    const auto eq = word.find('=');
    if (eq == word.npos || eq == 0)
      throw Complaint{fmt::format("-p wants NAME=VALUE, not '{}'", text::escape_terminal(word))};
    out.emplace_back(word.substr(0, eq), word.substr(eq + 1));
  }
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ",") + word;
  return out;
}

int signal_number(const std::string& text, std::string_view option) {
  int n = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (bad == std::errc() && end == text.data() + text.size() && n > 0 && n < NSIG) return n;
  const auto name = text.starts_with("SIG") ? text.substr(3) : text;
  for (int s = 1; s < NSIG; ++s)
    if (const char* known = sigabbrev_np(s); known && name == known) return s;
  throw Complaint{
      fmt::format("{} wants a signal such as TERM, SIGUSR1 or 9, not '{}'", option, text::escape_terminal(text))};
}

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
