// From flags and the configuration file to the settings in force, each with its origin.
#pragma once

#include <string>
#include <vector>

#include "jobs/read/config_reader.h"
#include "scheduler/control/settings.h"
#include "shared/result.h"

namespace rota::rotad {

/// Where the configuration is looked for: `flag` if not empty, else $XDG_CONFIG_HOME/rota/config.yaml, else
/// ~/.config/rota/config.yaml. Empty: there is no such place. `env`: "K=V".
std::string config_path(const std::string& flag, const std::vector<std::string>& env);

/// The file that a flag named must be there; another may be missing: `found` is false then. An error's `what` may have
/// several lines, as a compiler's.
struct ConfigFile {
  bool found = false;
  jobs::ServiceConfig config;
};
Result<ConfigFile> read_config(const std::string& path, bool must_exist);

/// Flag before file before default.
control::ServiceSettings settle(const jobs::ServiceConfig& flags, const jobs::ServiceConfig& file,
                                const std::string& file_path);

}  // namespace rota::rotad
