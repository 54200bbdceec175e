// A small table of flags.
#include "scheduler/main/rotad_args.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "shared/text/text.h"

namespace rota::rotad {
namespace {

using jobs::Placed;

/// What is wrong with a flag's value; nothing: it is fine.
using Fault = std::optional<std::string>;

struct Flag {
  std::string_view name;   // "--threads"
  std::string_view value;  // "N", for the help
  std::string_view help;
  Fault (*read)(Args&, std::string_view value);
};

Fault read_text(std::string& out, std::string_view value) {
  if (value.empty()) return "it is empty";
  out = value;
  return {};
}

template <class T>
Fault read_whole(jobs::Given<T>& out, std::string_view value, T least, T most) {
  T n = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), n);
  const bool whole = error == std::errc() && end == value.data() + value.size() && !value.empty();
  if (!whole || n < least || n > most) return fmt::format("it takes a whole number from {} to {}", least, most);
  out = Placed<T>{n, 0};
  return {};
}

template <std::size_t I>
Fault read_count(Args& args, std::string_view value) {
  const auto& key = jobs::count_keys()[I];
  return read_whole<std::uint32_t>(args.given.*key.member, value, key.least, key.most);
}

Fault read_size(jobs::Given<std::uint64_t>& out, std::string_view value, std::uint64_t least) {
  const auto bytes = text::parse_size(value);
  if (!bytes) return bytes.error().what;
  if (*bytes < least || *bytes > jobs::kConfigBytesMost)
    return fmt::format("it takes {} to {}", text::format_size(least), text::format_size(jobs::kConfigBytesMost));
  out = Placed<std::uint64_t>{*bytes, 0};
  return {};
}

Fault read_duration(jobs::Given<Duration>& out, std::string_view value, Duration least) {
  const auto d = text::parse_duration(value);
  if (!d) return d.error().what;
  if (*d < least) return fmt::format("it must be at least {}", text::format_duration(least));
  out = Placed<Duration>{*d, 0};
  return {};
}

/// "keep_runs=100,keep_for=30d,max_log_bytes=1GiB", each once or not at all.
Fault read_history(Args& args, std::string_view value) {
  std::set<std::string_view> seen;
  for (std::size_t from = 0; from <= value.size();) {
    const auto end = std::min(value.find(',', from), value.size());
    const auto part = value.substr(from, end - from);
    from = end + 1;
    const auto key = part.substr(0, part.find('='));
    const auto text = part.substr(std::min(part.size(), key.size() + 1));
    if (!seen.insert(key).second) return fmt::format("'{}' is there twice", key);
    Fault fault;
    if (key == "keep_runs") {
      fault = read_whole<std::uint32_t>(args.given.keep_runs, text, 0, jobs::kKeepRunsMost);
    } else if (key == "keep_for") {
      fault = read_duration(args.given.keep_for, text, std::chrono::seconds(1));
    } else if (key == "max_log_bytes") {
      fault = read_size(args.given.max_log_bytes, text, 0);
    } else {
      return "it takes keep_runs=N, keep_for=D and max_log_bytes=SIZE, with commas between them";
    }
    if (fault) return fmt::format("{}: {}", key, *fault);
  }
  return {};
}

Fault read_python(Args& args, std::string_view value) {
  const std::string path(value);
  if (!path.starts_with('/')) return "it takes an absolute path, such as /usr/bin/python3";
  if (::access(path.c_str(), X_OK) != 0) return fmt::format("there is no program that can be run at {}", path);
  args.given.python = Placed<std::string>{path, 0};
  return {};
}

const Flag kFlags[] = {
    {"--state-dir", "DIR", "where runs are kept (else ROTA_STATE_DIR, else $XDG_STATE_HOME/rota)",
     [](Args& a, std::string_view v) { return read_text(a.state_directory, v); }},
    {"--socket", "PATH", "where clients connect (else ROTA_SOCKET, else $XDG_RUNTIME_DIR/rota/rotad.sock)",
     [](Args& a, std::string_view v) { return read_text(a.socket, v); }},
    {"--config", "FILE", "the configuration (else $XDG_CONFIG_HOME/rota/config.yaml, if it is there)",
     [](Args& a, std::string_view v) { return read_text(a.config_file, v); }},
    {"--pool", "N", "pool workers, for thread and async jobs", read_count<0>},
    {"--threads", "N", "threads of each", read_count<1>},
    {"--process-slots", "N", "process jobs at once", read_count<2>},
    {"--launchers", "N", "launchers, the parents of process jobs", read_count<3>},
    {"--command-slots", "N", "commands under thread and async jobs at once", read_count<4>},
    {"--async-slots", "N", "coroutines of each pool worker at once", read_count<5>},
    {"--history", "WORDS", "finished runs kept: keep_runs=100,keep_for=30d,max_log_bytes=1GiB", read_history},
    {"--log-max-bytes", "SIZE", "captured output of one attempt",
     [](Args& a, std::string_view v) { return read_size(a.given.log_max_bytes, v, 1); }},
    {"--stop-grace", "D", "what thread and async jobs get to end when the service stops",
     [](Args& a, std::string_view v) { return read_duration(a.given.stop_grace, v, Duration::zero()); }},
    {"--python", "PATH", "the interpreter of job files that name none (else python3 on the PATH)", read_python},
};

std::string usage() {
  std::string out =
      "The scheduler of Rota as a service, in the foreground. Clients speak to it with `rota`.\n\n"
      "Usage: rotad [OPTIONS]\n\nOptions\n";
  for (const auto& f : kFlags) out += fmt::format("  {:<22} {}\n", fmt::format("{} {}", f.name, f.value), f.help);
  out +=
      "  --help                 this text\n"
      "  --version              the version\n\n"
      "A flag counts before the configuration file, and that before the defaults; `rota doctor` tells what is in\n"
      "force and where it came from. SIGTERM stops: process jobs go on under their launchers, and the next start\n"
      "finds them; a second SIGTERM stops at once.\n"
      "Exit codes: 0 stopped, 2 wrong usage or configuration, 69 already running, 75 storage failed.\n";
  return out;
}

Answer wrong(std::string text) { return {kExitUsage, fmt::format("rotad: {}\n", text)}; }

Answer unknown(std::string_view word) {
  const auto shown = text::escape_terminal(word.substr(0, 80));
  if (!word.starts_with('-')) return wrong(fmt::format("'{}' is no option; `rotad --help` lists them", shown));
  std::vector<std::string_view> names{"--help", "--version"};
  for (const auto& f : kFlags) names.push_back(f.name);
  const auto near = text::nearest(word, names);
  if (near.empty()) return wrong(fmt::format("there is no option '{}'; `rotad --help` lists them", shown));
  return wrong(fmt::format("there is no option '{}': did you mean '{}'?", shown, near));
}

}  // namespace

std::variant<Args, Answer> parse_args(const std::vector<std::string>& words) {
  Args args;
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word == "--help" || word == "-h") return Answer{0, usage()};
    if (word == "--version" || word == "-V") return Answer{0, "rotad " ROTA_VERSION "\n"};
    const auto name = word.substr(0, word.find('='));
    const auto* flag =
        std::find_if(std::begin(kFlags), std::end(kFlags), [&](const Flag& f) { return f.name == name; });
    if (flag == std::end(kFlags)) return unknown(name);
    if (!seen.insert(flag->name).second) return wrong(fmt::format("{} is there twice", name));
    const bool joined = name.size() < word.size();
    if (!joined && ++i == words.size()) return wrong(fmt::format("{} takes a value: {} {}", name, name, flag->value));
    const std::string_view value = joined ? word.substr(name.size() + 1) : std::string_view(words[i]);
    if (const auto fault = flag->read(args, value))
      return wrong(fmt::format("{} {}: {}", name, text::escape_terminal(value.substr(0, 80)), *fault));
  }
  return args;
}

}  // namespace rota::rotad
