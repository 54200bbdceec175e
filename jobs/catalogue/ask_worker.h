// Asking a worker what a plugin offers: its code runs in a process of its own, never in the one that asks.
#pragma once

#include <string>
#include <vector>

#include "jobs/catalogue/plugin_table.h"

namespace rota::jobs {

/// What `WORKER describe-plugin PATH` tells. `env` is "K=V". Errors are about the file at `path` and name it. Waits for
/// the child, at most limits::kPluginSeconds; any thread.
Result<PluginTable> ask_worker(const std::string& worker, const std::string& path, const std::vector<std::string>& env);

}  // namespace rota::jobs
