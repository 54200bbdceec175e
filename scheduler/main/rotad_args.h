// The command line of rotad: the configuration's keys as flags, and a few of its own. Pure.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "jobs/read/config_reader.h"

namespace rota::rotad {

struct Args {
  std::string state_directory, socket, config_file;  // empty: not given
  jobs::ServiceConfig given;                         // lines are 0
};
/// Ends the program: text for stdout (status 0) or stderr.
struct Answer {
  int status = 0;
  std::string text;
};

inline constexpr int kExitUsage = 2, kExitRunning = 69, kExitStorage = 75;

/// `words`: without the program's name. Each flag takes its value as `--flag VALUE` or `--flag=VALUE`, once.
std::variant<Args, Answer> parse_args(const std::vector<std::string>& words);

}  // namespace rota::rotad
