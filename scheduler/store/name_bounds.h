// How much is kept of the finished runs of one name, where the newest file of that name says so (jobs::History). The
// bounds lie in the journal, a row for each name that has any; what runs there are of them is counted once in a life,
// some at a time, and kept up. A name is looked at only when a run of it has ended, its bounds are others, or its
// oldest run has grown too old: so that others cost nothing, however many there are.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "jobs/model/plan.h"
#include "scheduler/store/service_prune.h"
#include "scheduler/store/sqlite.h"
#include "shared/clock.h"
#include "shared/result.h"

namespace rota::store {

class NameBounds {
 public:
  Status prepare(sqlite::Database& db);

  /// Within the transaction that makes the submission durable: from now on the name has these bounds, or none.
  Status submitted(const std::string& name, const jobs::History& bounds);
  void folded(const std::string& name, RunId run);
  /// Before `weights` forgets it.
  void forgot(RunId run, const Weights& weights);

  struct Order {
    WallTime now;
    std::size_t runs;   // so many go at once, or a few more
    std::size_t looks;  // names and runs that may be read of the journal
    std::function<bool(const std::string& name)> is_open;  // whether a run of it has not ended
  };
  /// Adds runs that are to go to `out`. True: there is more to do, so call it again when they are gone. All that has
  /// ended is in `weights`.
  Result<bool> choose(sqlite::Database& db, const Order& order, const Weights& weights, std::set<RunId>& out);

  /// Names that the last `choose` has found without any run: nobody needs their bounds.
  bool has_unused() const { return !unused_.empty(); }
  /// Within a transaction.
  Status drop_unused();

 private:
  struct Runs {
    jobs::History bounds;
    std::set<RunId> counted;
    std::uint64_t bytes = 0;     // of those
    std::vector<RunId> fresh;    // ended since, and not counted yet
    bool whole = false;          // all others are counted
    std::int64_t ended_ns = 0;   // else: up to this one
    RunId run = 0;
    WallTime due;                // when its oldest has grown too old; 0: never, or it is to be looked at anyway
  };
  using Named = std::pair<const std::string, Runs>;
  /// None of them: no more may be read.
  Result<bool> load(sqlite::Database& db, std::size_t& looks);
  Result<bool> count(sqlite::Database& db, Named& named, std::size_t& looks, const Weights& weights);
  void add(Named& named, RunId run, const Weights& weights);
  /// Whether there is anything to go.
  Result<bool> name_those(sqlite::Database& db, const Named& named, const Order& order, const Weights& weights,
                          std::set<RunId>& out) const;
  Status set_due(sqlite::Database& db, Named& named);
  void no_longer_due(Named& named);
  void wake(WallTime now);
  Result<bool> look(sqlite::Database& db, Named& named, const Order& order, std::size_t& looks, const Weights& weights,
                    std::set<RunId>& out);

  sqlite::Statement put_, drop_;
  std::map<std::string, Runs> names_;
  std::map<RunId, Named*> of_run_;                      // of those that are counted
  std::set<std::string> awake_;                         // to be looked at
  std::set<std::pair<std::int64_t, std::string>> due_;  // when others are
  std::vector<std::string> unused_;
  std::string loaded_up_to_;
  bool loaded_ = false;
};

}  // namespace rota::store
