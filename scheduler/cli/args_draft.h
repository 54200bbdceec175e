// The command line while it is being read: what the declarations of the verbs share. Only for args*.cpp.
#pragma once

#include <CLI/App.hpp>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scheduler/cli/args.h"

namespace rota::cli {

/// What CLI11 writes into; turned into an Invocation when all is read.
struct Draft {
  Invocation invocation;
  std::vector<std::string> params;
  std::vector<std::string> ids;
  std::string limit, attempt, from, keep;  // numbers
  std::string grace, timeout, older_than;  // durations
  std::string until, signal, exports, priority, parallel;
  std::string action;  // of a noun: `daemon stop`
  bool out_only = false, err_only = false;
  std::string usage;  // of the verb, for its help
};

/// A mistake of the caller in our own words; ends as exit code 2.
struct Complaint {
  std::string what;
};

// What several verbs take.
void add_params(CLI::App& app, Draft& d);
void add_only(CLI::App& app, std::string& only);
void add_limit(CLI::App& app, Draft& d, const char* meaning);
void add_ids(CLI::App& app, Draft& d, const char* meaning);

// From text to values; they throw Complaint.
std::optional<std::uint64_t> whole_number(const std::string& text, std::string_view option);
std::optional<std::uint32_t> count(const std::string& text, std::string_view option);
std::optional<Duration> duration(const std::string& text, std::string_view option);
Params parameters(const std::vector<std::string>& words);
std::string joined(const std::vector<std::string>& words);
/// "TERM", "SIGTERM", "9".
int signal_number(const std::string& text, std::string_view option);

// One pair per verb. `declare` says which options there are and where they go; `finish` makes the checks that CLI11
// cannot word well, and throws Complaint.
void declare(CLI::App& app, Draft& d, verb::Run& v);
void declare(CLI::App& app, Draft& d, verb::Validate& v);
void declare(CLI::App& app, Draft& d, verb::Plan& v);
void declare(CLI::App& app, Draft& d, verb::Graph& v);
void declare(CLI::App& app, Draft& d, verb::Next& v);
void declare(CLI::App& app, Draft& d, verb::Schedule& v);
void declare(CLI::App& app, Draft& d, verb::Targets& v);
void declare(CLI::App& app, Draft& d, verb::Limits& v);
void declare(CLI::App& app, Draft& d, verb::Schema& v);
void declare(CLI::App& app, Draft& d, verb::Init& v);
void declare(CLI::App& app, Draft& d, verb::Version& v);
void finish(Draft& d, verb::Run& v);
void finish(Draft& d, verb::Validate& v);
void finish(Draft& d, verb::Plan& v);
void finish(Draft& d, verb::Graph& v);
void finish(Draft& d, verb::Next& v);
void finish(Draft& d, verb::Schedule& v);

void declare(CLI::App& app, Draft& d, verb::Ps& v);
void declare(CLI::App& app, Draft& d, verb::Show& v);
void declare(CLI::App& app, Draft& d, verb::Logs& v);
void declare(CLI::App& app, Draft& d, verb::History& v);
void declare(CLI::App& app, Draft& d, verb::Explain& v);
void declare(CLI::App& app, Draft& d, verb::Events& v);
void declare(CLI::App& app, Draft& d, verb::Workers& v);
void declare(CLI::App& app, Draft& d, verb::Doctor& v);
void finish(Draft& d, verb::Ps& v);
void finish(Draft& d, verb::Show& v);
void finish(Draft& d, verb::Logs& v);
void finish(Draft& d, verb::History& v);
void finish(Draft& d, verb::Explain& v);
void finish(Draft& d, verb::Events& v);
void finish(Draft& d, verb::Workers& v);

void declare(CLI::App& app, Draft& d, verb::Submit& v);
void declare(CLI::App& app, Draft& d, verb::Retry& v);
void declare(CLI::App& app, Draft& d, verb::Rescue& v);
void declare(CLI::App& app, Draft& d, verb::Wait& v);
void declare(CLI::App& app, Draft& d, verb::Cancel& v);
void declare(CLI::App& app, Draft& d, verb::Kill& v);
void declare(CLI::App& app, Draft& d, verb::Hold& v);
void declare(CLI::App& app, Draft& d, verb::Pause& v);
void declare(CLI::App& app, Draft& d, verb::Update& v);
void declare(CLI::App& app, Draft& d, verb::Prune& v);
void declare(CLI::App& app, Draft& d, verb::Daemon& v);
void finish(Draft& d, verb::Submit& v);
void finish(Draft& d, verb::Retry& v);
void finish(Draft& d, verb::Rescue& v);
void finish(Draft& d, verb::Wait& v);
void finish(Draft& d, verb::Cancel& v);
void finish(Draft& d, verb::Kill& v);
void finish(Draft& d, verb::Hold& v);
void finish(Draft& d, verb::Pause& v);
void finish(Draft& d, verb::Update& v);
void finish(Draft& d, verb::Prune& v);
void finish(Draft& d, verb::Daemon& v);

/// The verbs without such checks.
template <class V>
requires std::same_as<V, verb::Targets> || std::same_as<V, verb::Limits> || std::same_as<V, verb::Doctor> ||
    std::same_as<V, verb::Schema> || std::same_as<V, verb::Init> ||
    std::same_as<V, verb::Version>
void finish(Draft&, V&) {}

}  // namespace rota::cli
