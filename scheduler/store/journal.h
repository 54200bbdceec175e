// The journal: an append-only table of turns in SQLite (WAL, synchronous=FULL), one writer connection, one transaction
// a turn. Interface at the edge of the world: the real one is SqliteJournal, tests have a fake.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "scheduler/core/record.h"
#include "scheduler/core/view.h"
#include "shared/result.h"

namespace rota::store {

/// What one turn makes durable, all or nothing.
struct Turn {
  std::span<const core::Record> records;  // the ones that are not durable are passed over
  std::span<const core::RunView> folded;  // runs that ended: history rows, written in the same transaction
};

class Journal {
 public:
  virtual ~Journal() = default;
  /// Returns after fdatasync. An error is final: the caller stops (exit 75); fsync is never retried.
  /// When every run in the turns is folded with this one, the turns go in the same transaction: nothing needs them.
  virtual Status commit(const Turn& turn) = 0;
  /// Replaces all turns so far by these records, in one transaction.
  virtual Status replace(std::span<const core::Record> snapshot) = 0;
  /// Every stored record, oldest first.
  virtual Status replay(const std::function<void(const core::Record&)>& each) = 0;
  /// Bytes of turns since the last `replace`.
  virtual std::uint64_t bytes_since_snapshot() const = 0;
};

/// A checkpoint costs two syncs and writes every page again: rare, yet the WAL stays small (32 MiB).
inline constexpr std::uint32_t kCheckpointPages = 8192;

/// Creates or opens `<directory>/journal.db`. Refuses a newer schema, a file that is not ours, a wrong owner.
Result<std::unique_ptr<Journal>> open_journal(const std::string& directory,
                                              std::uint32_t checkpoint_pages = kCheckpointPages);

/// Read-only sight of an instance's journal, live or dead; never writes, checkpoints or creates a file (mode=ro).
class Reader {
 public:
  virtual ~Reader() = default;
  /// Runs that were folded and runs still in the turns, newest first. `limit` 0: all.
  virtual Result<std::vector<core::RunSummary>> summaries(std::size_t limit) = 0;
  virtual Result<core::RunView> view(RunId run) = 0;  // Code::not_found
};
Result<std::unique_ptr<Reader>> open_reader(const std::string& directory);

}  // namespace rota::store
