// The words of the command line as values. `args.cpp` is the only user of CLI11.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace rota::cli {

using Params = std::vector<std::pair<std::string, std::string>>;  // `-p k=v`, in order

namespace verb {

struct Run {
  std::string file;                  // "-": standard input; empty when there is a command
  std::vector<std::string> command;  // after `--`
  Params params;
  std::string name;
  bool quiet = false;
};
struct Validate {
  std::vector<std::string> files;
  Params params;
};
struct Plan {
  std::string file;
  Params params;
};
struct Targets {};
struct Limits {
  bool json = false;
};
struct Ps {
  std::string selectors;  // comma list; empty: every run
  bool all = false, jobs = false, json = false, quiet = false;
  std::optional<std::uint64_t> limit;
  std::string states;  // comma list
};
struct Show {
  std::string id;
  bool json = false;
};
enum class Streams : std::uint8_t { both, out, err };
struct Logs {
  std::string id;
  bool follow = false, failed = false;
  Streams streams = Streams::both;
  std::optional<std::uint64_t> last_lines;
  std::optional<std::uint64_t> attempt;
};
struct History {
  bool json = false;
  std::optional<std::uint64_t> limit;
};
struct Version {};

}  // namespace verb

using Verb = std::variant<verb::Run, verb::Validate, verb::Plan, verb::Targets, verb::Limits, verb::Ps, verb::Show,
                          verb::Logs, verb::History, verb::Version>;

struct Invocation {
  std::string state_dir;  // --state-dir; empty: not given
  bool no_color = false;
  Verb verb;
};

/// What the command line itself is answered with: help, or a complaint about usage.
struct Answer {
  int exit = 0;
  std::string text;  // with its newline; to stdout when exit is 0, else to stderr
};

/// `words` are those after the program's name.
std::variant<Invocation, Answer> parse_args(const std::vector<std::string>& words);

}  // namespace rota::cli
