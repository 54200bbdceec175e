// The journal: an append-only table of turns in SQLite (WAL, synchronous=FULL), one writer connection, one transaction
// a turn. Interface at the edge of the world: the real ones are of SqliteJournal, tests have a fake.
//
// There are two kinds. A foreground run's keeps only what its one run needs: its turns go when the run is folded. The
// service's holds many runs, what was submitted as each, idempotency keys, and the turns of the past as an archive, so
// that the stream of events has no hole (events.h).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/model/plan.h"
#include "scheduler/core/record.h"
#include "scheduler/core/schedule.h"
#include "scheduler/core/terms.h"
#include "scheduler/core/view.h"
#include "scheduler/store/prune.h"
#include "shared/limits.h"
#include "shared/result.h"

namespace rota::store {

/// A run that ended, on its way into history.
struct FoldedRun {
  core::RunView view;
  const jobs::Plan* plan = nullptr;     // the service's: what was submitted is kept with it. Both or none.
  const core::Terms* terms = nullptr;
  std::vector<core::PackedPage> pages;  // of a large run: its tasks, which then are not taken from the view
};

/// What one turn makes durable, all or nothing.
struct Turn {
  std::span<const core::Record> records;  // the ones that are not durable are passed over
  std::span<const FoldedRun> folded;      // runs that ended: history rows, written in the same transaction
};

/// What was submitted as a run.
struct Submission {
  jobs::Plan plan;
  core::Terms terms;
};

class Journal {
 public:
  virtual ~Journal() = default;
  /// Returns after fdatasync. An error is final: the caller stops (exit 75); fsync is never retried.
  /// A Submitted with a key makes the key known in the same transaction. In a foreground run's journal the turns go
  /// with this one when every run in them is folded: nothing needs them.
  virtual Status commit(const Turn& turn) = 0;
  /// From now on a replay begins with these records, in one transaction. The service's journal keeps the turns so far
  /// as events, within limits::kEventBytes; a foreground run's forgets them.
  virtual Status replace(std::span<const core::Record> snapshot) = 0;
  /// Every stored record since the last snapshot, oldest first, without those of runs that were folded.
  virtual Status replay(const std::function<void(const core::Record&)>& each) = 0;
  /// Bytes of turns since the last `replace`.
  virtual std::uint64_t bytes_since_snapshot() const = 0;

  // History, through the writer's own connection. (A coordinator must not open a Reader of its own journal: closing it
  // would drop the file's POSIX locks.) All are of folded runs; Code::not_found when there is no such row.
  /// Newest first; `limit` 0: all.
  virtual Result<std::vector<core::RunSummary>> recent(std::size_t limit) = 0;
  virtual Result<core::RunView> view(RunId run, const core::Wanted& wanted = {}) = 0;
  virtual Result<Submission> submission(RunId run) = 0;
  /// The run that was submitted under this key at `since` or later, whatever became of it. An error of reading is kept
  /// and fails the next commit, so that nothing is submitted twice for want of an answer.
  virtual std::optional<RunId> find_key(std::string_view key, WallTime since) = 0;
  /// The highest run number that this journal ever held; 0: none. For take_run_number.
  virtual RunId highest_run() const = 0;
  /// Forgets folded runs: their rows in one transaction; their output is only set aside (a rename, no long work), and
  /// `remove_set_aside` (prune.h) deletes it, on any thread. Keys from before `order.keys_before` go too. Killed at any
  /// step, the next prune finishes what this one began. An error is final, as of commit.
  virtual Result<Pruned> prune(const PruneOrder& order) = 0;
};

/// A checkpoint costs two syncs and writes every page again: rare, yet the WAL stays small (32 MiB).
inline constexpr std::uint32_t kCheckpointPages = 8192;

/// Creates or opens `<directory>/journal.db` of a foreground run. Refuses a newer schema, a file that is not ours, a
/// wrong owner.
Result<std::unique_ptr<Journal>> open_journal(const std::string& directory,
                                              std::uint32_t checkpoint_pages = kCheckpointPages);

/// The same for the service's instance directory. `event_bytes`: how much of the past is kept as events.
Result<std::unique_ptr<Journal>> open_service_journal(const std::string& directory,
                                                      std::uint64_t event_bytes = limits::kEventBytes,
                                                      std::uint32_t checkpoint_pages = kCheckpointPages);

/// Which folded runs a list is of. The defaults: all.
struct Pick {
  std::size_t limit = 0;                // newest; 0: all
  std::optional<WallTime> ended_since;  // at or after
  std::optional<Outcome> outcome;
};

/// Read-only sight of an instance's journal, live or dead; never writes, checkpoints or creates a file (mode=ro). Any
/// process but the one that writes the journal.
class Reader {
 public:
  virtual ~Reader() = default;
  /// Runs that were folded, newest first. With a limit it costs little more than what it returns.
  virtual Result<std::vector<core::RunSummary>> folded(const Pick& pick) = 0;
  /// Runs that are still in the turns, newest first, each as `see` makes of its view: one replay for all.
  using See = std::function<core::RunSummary(core::RunView)>;
  virtual Result<std::vector<core::RunSummary>> unfolded(const See& see) = 0;
  /// Both together, newest first. `limit` 0: all.
  virtual Result<std::vector<core::RunSummary>> summaries(std::size_t limit) = 0;
  /// Code::not_found.
  virtual Result<core::RunView> view(RunId run, const core::Wanted& wanted = {}) = 0;
  /// Code::not_found also for a foreground run that was folded: its plan is not kept.
  virtual Result<Submission> submission(RunId run) = 0;
  /// What is registered to run by the calendar.
  virtual Result<core::Schedules> schedules() = 0;
  virtual Result<RunId> highest_run() = 0;                   // that the journal ever held; 0: none
};
Result<std::unique_ptr<Reader>> open_reader(const std::string& directory);

}  // namespace rota::store
