// What the service's journal needs to forget runs: which ones, and where their output goes. Without the transaction.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "scheduler/store/prune.h"
#include "scheduler/store/sqlite.h"
#include "shared/result.h"

namespace rota::store {

/// What folded runs take, rows and output; it does not change.
using Weights = std::map<RunId, std::uint64_t>;

/// The folded runs that an order names, and their bytes. `weights`: those known by now; kept up.
Result<Pruned> choose_pruned(sqlite::Database& db, const std::string& instance_directory, const PruneOrder& order,
                             Weights& weights);
Result<bool> has_keys_before(sqlite::Database& db, WallTime before);

/// Output directories of runs that are neither open nor in history: their submission was never committed.
Result<std::vector<RunId>> unknown_outputs(sqlite::Database& db, const std::string& instance_directory,
                                           const std::set<RunId>& open);

/// Renames the output of these runs, durably.
Status set_outputs_aside(const std::string& instance_directory, const std::vector<RunId>& runs);

}  // namespace rota::store
