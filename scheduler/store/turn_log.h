// The writer's side of the table of turns: appending, snapshots, and what of the past is kept as events. Every call but
// `open` belongs into a transaction; after one that failed the object is of no more use.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "scheduler/core/record.h"
#include "scheduler/store/schema.h"
#include "scheduler/store/sqlite.h"
#include "shared/result.h"

namespace rota::store {

class TurnLog {
 public:
  /// `event_bytes`: turns before the last snapshot that are kept; 0: none, they go with `replace`.
  Status open(sqlite::Database& db, std::uint64_t event_bytes);
  bool empty() const { return next_seq_ == 1; }
  std::uint64_t bytes_since_snapshot() const { return total_ - snapshot_total_; }

  /// The durable ones of these records as one turn; none: nothing is written.
  Status append(std::span<const core::Record> records, std::string_view encoded);
  /// A replay begins here from now on.
  Status replace(std::string_view encoded);
  /// Forgets what is too old, a bounded piece of it at a time: replacing 64 MiB must not hold up a turn.
  Status trim();

 private:
  Status write(Kind kind, std::string_view body);
  Status find_snapshot(sqlite::Database& db);
  void look_at_the_clock(std::span<const core::Record> records);

  sqlite::Statement add_, clear_, drop_, oldest_;
  std::uint64_t event_bytes_ = 0;
  std::int64_t next_seq_ = 1;
  std::uint64_t next_fact_ = 1;
  std::uint64_t total_ = 0;                            // bytes of turns ever
  std::int64_t clock_ns_ = 0;                          // wall less monotonic
  std::int64_t snapshot_first_ = 0, snapshot_end_ = 0; // its rows: [first, end)
  std::uint64_t snapshot_total_ = 0;                   // total_ when it was taken
  std::uint64_t kept_from_ = 0;                        // total_ before the oldest turn that is kept
};

}  // namespace rota::store
