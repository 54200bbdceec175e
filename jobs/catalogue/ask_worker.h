// Asking a worker what a plugin offers: its code runs in a process of its own, never in the one that asks.
#pragma once

#include <string>
#include <vector>

#include "jobs/catalogue/plugin_table.h"

namespace rota::jobs {

/// What `WORKER describe-plugin PATH` tells. `env` is "K=V". Errors are about the file at `path` and name it. Waits for
/// the child, at most limits::kPluginSeconds; any thread.
Result<PluginTable> ask_worker(const std::string& worker, const std::string& path, const std::vector<std::string>& env);

/// What any program tells that writes such a table, or {"error": "..."}, to its standard output; `about` is what its
/// errors are about. `json`: all that it wrote.
Result<PluginTable> ask_child(const std::vector<std::string>& argv, const std::vector<std::string>& env,
                              const std::string& about, std::string& json);

}  // namespace rota::jobs
