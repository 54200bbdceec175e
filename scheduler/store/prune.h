// Forgetting finished runs, of foreground instances and of the service, with their output. What is to go is first set
// aside under another name, so that no reader sees half of it; what a killed prune leaves, the next one finishes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "jobs/model/plan.h"
#include "shared/clock.h"
#include "shared/ids.h"
#include "shared/result.h"

namespace rota::store {

/// What goes: a finished run that any of these conditions names. None: nothing.
struct PruneOrder {
  std::optional<std::uint32_t> keep_runs;   // beyond the newest so many finished ones
  std::optional<WallTime> ended_before;
  std::optional<std::uint64_t> keep_bytes;  // beyond so many bytes of the newest ones, output and rows (service only)
  WallTime named_at;                        // what files say of the runs of their name counts, too, as of now, which
                                            // is this (service only, and not in a rehearsal); 0: it does not
  WallTime keys_before;                     // idempotency keys from before this (service only); 0: none
  std::uint32_t at_most = 0;                // the oldest so many of them, so that a turn is not held up; 0: all.
                                            // A service weighs no more than kWeighedForEach times as many, either.
  bool dry_run = false;                     // say what would go, and change nothing
};

struct Pruned {
  std::vector<RunId> runs;  // newest first
  std::uint64_t bytes = 0;  // of their files and rows
  bool more = false;        // `at_most` has left something to do: the same again. (A rehearsal tells all in the end.)
};

/// Looking at what a run takes costs so much less than forgetting it.
inline constexpr std::uint32_t kWeighedForEach = 5;

/// Of the foreground runs of one name, what else goes when a run of it ends.
struct NamedOrder {
  std::string name;
  jobs::History bounds;
  WallTime now;
  RunId ending = 0;  // is counted and stays
};

/// Deletes foreground instances whose coordinator is gone; one is as old as the last write to its journal. Only what is
/// a directory named by a number; symbolic links are removed, never followed.
Result<Pruned> prune_finished(const std::string& state_root, const PruneOrder& order,
                              const std::optional<NamedOrder>& named = std::nullopt);

/// Forgets runs of a service that is not running, and deletes their output: takes its lock for the time. Code::refused
/// "already running, ..." when it does run: then ask it. No service: nothing goes.
Result<Pruned> prune_service(const std::string& state_root, const PruneOrder& order);

/// Deletes the output that Journal::prune has set aside in this instance directory. Any thread, any time.
Status remove_set_aside(const std::string& instance_directory);

}  // namespace rota::store
