// What the service's journal needs to forget runs: which ones, and where their output goes. Without the transaction.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "scheduler/store/prune.h"
#include "scheduler/store/sqlite.h"
#include "shared/result.h"

namespace rota::store {

/// How many folded runs there are, and what each takes, rows and output, which does not change. Counted and weighed
/// once in a life, some at a time, and kept up from then on: so that to find that nothing has to go costs the same
/// whether ten have ended or a million.
class Weights {
 public:
  void folded(RunId run, bool is_new);
  void forgot(RunId run);
  void set(RunId run, std::uint64_t bytes);
  std::optional<std::uint64_t> of(RunId run) const;

  std::optional<std::uint64_t> count;  // none: not counted yet
  bool whole = false;                  // all but `fresh` are weighed
  RunId looked_up_to = 0;              // those up to here are
  std::vector<RunId> fresh;            // folded since
  std::uint64_t total() const { return total_; }
  const std::map<RunId, std::uint64_t>& by_run() const { return known_; }

 private:
  std::map<RunId, std::uint64_t> known_;
  std::uint64_t total_ = 0;
};

/// What else names runs: adds them to `out`, the oldest, about as many as it is told to. True: there are more.
using NameMore = std::function<Result<bool>(std::size_t runs, std::size_t looks, std::set<RunId>& out)>;

/// The folded runs that an order names, and their bytes. `weights`: what is known by now; kept up. `name_more` is asked
/// where the order has `named_at`, when all are weighed.
Result<Pruned> choose_pruned(sqlite::Database& db, const std::string& instance_directory, const PruneOrder& order,
                             Weights& weights, const NameMore& name_more);
Result<bool> has_keys_before(sqlite::Database& db, WallTime before);

/// Output directories of runs that are neither open nor in history: their submission was never committed.
Result<std::vector<RunId>> unknown_outputs(sqlite::Database& db, const std::string& instance_directory,
                                           const std::set<RunId>& open);

/// Renames the output of these runs, durably.
Status set_outputs_aside(const std::string& instance_directory, const std::vector<RunId>& runs);

}  // namespace rota::store
