// Everything that is timed, in order: one entry per timed task, and one per run with a timeout. An index only: the
// instants follow from the state (`deadline_of`), so an entry is found again by computing it.
#pragma once

#include <cstddef>
#include <optional>
#include <set>

#include "scheduler/core/run.h"

namespace rota::core {

/// The wall clock may be stepped, and the monotonic one stands still while the machine sleeps: a run that waits for its
/// `begin` looks at the clock at least this often.
inline constexpr Duration kBeginLook = std::chrono::minutes(5);
/// Far instants saturate instead of wrapping round.
Instant after(Instant t, Duration d);
/// When to look whether `begin` has come.
Instant look_for(WallTime begin, Now now);

/// With `now`, a thread or coroutine gets this long to notice its token before its worker is killed.
inline constexpr Duration kStopNowGrace = std::chrono::milliseconds(500);

struct Deadline {
  Instant at;
  TaskRef task;  // slot kNone: the run itself
  auto operator<=>(const Deadline&) const = default;
};

class Deadlines {
 public:
  void add(Instant at, TaskRef task) { entries_.insert({at, task}); }
  void remove(Instant at, TaskRef task) { entries_.erase({at, task}); }
  bool contains(Instant at, TaskRef task) const { return entries_.contains({at, task}); }
  std::optional<Instant> next() const;
  /// Takes the earliest entry that is due.
  std::optional<Deadline> take(Instant now);
  std::size_t size() const { return entries_.size(); }

 private:
  std::set<Deadline> entries_;
};

/// The end of a backoff; the timeout of a thread or coroutine that runs; the end of its grace when it is stopping. None
/// in process mode: the launcher owns those clocks, as it outlives the coordinator.
std::optional<Instant> deadline_of(const Run& run, const Task& task);
/// The next look at `begin` while that keeps the gate closed; the run's own timeout from the opening of its gate on,
/// while it can still make a difference.
std::optional<Instant> deadline_of(const Run& run);

}  // namespace rota::core
