// The words of the command line as values. The files args*.cpp are the only users of CLI11.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "shared/clock.h"

namespace rota::cli {

using Params = std::vector<std::pair<std::string, std::string>>;  // `-p k=v`, in order

namespace verb {

struct Run {
  std::string file;                  // "-": standard input; empty when there is a command
  std::vector<std::string> command;  // after `--`
  Params params;
  std::string name;
  std::string only;  // this job and what it needs; empty: all
  bool quiet = false;
};
struct Validate {
  std::vector<std::string> files;
  Params params;
};
struct Plan {
  std::string file;
  Params params;
  std::string only;  // this job and what it needs; empty: all
  bool json = false;
};
struct Graph {
  std::string file;
  Params params;
  std::string only;
  bool dot = false, json = false;
};
struct Next {
  std::string file;
  Params params;
  std::size_t count = 10;
  std::string from;  // empty: now
  bool json = false;
};
struct Targets {
  std::string file;  // a plugin; empty: the built-in ones
  bool json = false;
};
struct Limits {
  bool json = false;
};
struct Ps {
  std::string selectors;  // comma list; empty: every run
  bool all = false, jobs = false, tasks = false, json = false, quiet = false;
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
struct Explain {
  std::string id;
  bool json = false;
};
struct Events {
  bool follow = false, jsonl = false;
  std::optional<std::uint64_t> from;  // the number of the first one
  std::optional<std::uint64_t> last;  // only so many of the past; not with `from`
};
struct Workers {
  bool json = false;
};
struct Doctor {
  bool json = false;
};

struct Submit {
  std::vector<std::string> files;  // "-": standard input
  Params params;
  std::string name, begin, after, key;
  std::vector<std::string> exports;  // names; "all" alone: everything
  std::int32_t priority = 0;
  bool hold = false, wait = false, follow = false, dry_run = false, quiet = false, json = false;
};
struct Retry {
  std::string id;
  std::string job;  // only this one
  std::string file;  // in place of what was submitted; empty: the file that was
  bool failed_only = false, downstream = false, reload = false, quiet = false, json = false;
};
struct Rescue {
  std::string id;
};
enum class Until : std::uint8_t { running, done, success };
struct Wait {
  std::string selectors;
  Until until = Until::done;
  std::optional<Duration> timeout;
  bool any = false, quiet = false, json = false;
};
struct Cancel {
  std::string selectors, reason;
  std::optional<Duration> grace;
  bool now = false, json = false;
};
struct Kill {
  std::string selectors;
  int signal = 15;
};
struct Hold {
  std::string selectors;
  bool hold = true;  // false: `release`
};
struct Pause {
  std::string selectors;
  bool pause = true;  // false: `resume`
  bool json = false;
};
struct Update {
  std::string selectors;
  std::optional<std::int32_t> priority;
  std::optional<std::uint32_t> max_parallel;  // 0: none
};
struct Prune {
  std::optional<std::uint32_t> keep;
  std::optional<Duration> older_than;
  bool dry_run = false, json = false;
};
struct Daemon {
  enum class Action : std::uint8_t { status, stop, drain };
  Action action = Action::status;
  bool all = false;  // stop: cancel everything first
  bool off = false;  // drain: no longer
  bool json = false;
};
struct Schedule {
  enum class Action : std::uint8_t { list, enable, disable, trigger, remove };
  Action action = Action::list;
  std::string name;  // list: empty is all
  bool quiet = false, json = false;
};
struct Schema {};
struct Init {
  std::string file = "rota.yaml";
};
struct Version {};

}  // namespace verb

using Verb =
    std::variant<verb::Run, verb::Validate, verb::Plan, verb::Graph, verb::Next, verb::Targets, verb::Limits, verb::Ps,
                 verb::Show, verb::Logs, verb::History, verb::Explain, verb::Events, verb::Workers, verb::Doctor,
                 verb::Submit, verb::Retry, verb::Rescue, verb::Wait, verb::Cancel, verb::Kill, verb::Hold, verb::Prune,
                 verb::Update, verb::Pause, verb::Daemon, verb::Schedule, verb::Schema, verb::Init, verb::Version>;

struct Invocation {
  std::string state_dir;  // --state-dir; empty: not given
  std::string socket;     // --socket; empty: not given
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
