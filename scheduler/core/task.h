// One task: its state as a case of a variant, with the data of that state inside the case and nowhere else. Whoever
// holds a Task can read everything; only State::move changes the case, because every index of the core follows from it.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <variant>

#include "scheduler/core/record.h"
#include "scheduler/core/view.h"
#include "shared/ids.h"
#include "shared/outcome.h"
#include "shared/progress.h"

namespace rota::core {

inline constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

/// Position of a task in the table of its run. A job's tasks lie side by side, from Node::first on.
using TaskSlot = std::uint32_t;

/// A task wherever its run is.
struct TaskRef {
  RunId run = 0;
  TaskSlot slot = 0;
  auto operator<=>(const TaskRef&) const = default;
};

/// An attempt that a worker answers for. `seat` and `place` say where the fleet lists it, so that it leaves in O(1).
struct Hold {
  WorkerId worker;
  std::uint32_t number = 0;
  std::uint32_t seat = kNone;
  std::uint32_t place = kNone;
  std::uint32_t crew = kNone;  // index into Run::crews; kNone: not entered yet
  bool ready = false;
  bool pause = false;           // its user wants it to stand still
  std::uint16_t paused_by = 0;  // who that is, index into Run::pausers
  Duration stood{};             // how long it stood still, before now
  Progress progress = kProgressUnknown;
  Instant granted;
};

struct Pending {  // waits for needs, or for a release
  Instant since;
};
/// Neighbours in a Line.
struct Links {
  std::uint32_t before = kNone;
  std::uint32_t after = kNone;
};
struct Queued {  // waits for a slot; linked into its job's line, unless it is fresh
  Instant since;
  Links links;
  bool suspect = false;  // set by State::move: it waits for a quarantine worker
};
struct Starting {  // granted; the worker has not said that it began
  Hold hold;
};
struct Running {
  Hold hold;
  Instant started;
  std::int32_t pid = 0;
};
struct Paused {  // stands still, as its worker says
  Hold hold;
  Instant started;
  std::int32_t pid = 0;
  Instant since;
};
struct Backoff {  // waits for its next try; holds no slot
  Instant since;
  Instant due;
};
struct Stopping {  // was asked to end
  Hold hold;
  Instant started;  // 0: not begun, as far as is known
  std::int32_t pid = 0;
  StopCause cause = StopCause::none;
  Instant asked;
  Instant hurried;  // by itself, to end without its grace; 0: not
  Instant due;      // by itself, to be killed before its job's grace is over; 0: not
};
struct Finished {
  Outcome outcome = Outcome::succeeded;
  Reason reason;
  Instant at;
};

using TaskCase = std::variant<Pending, Queued, Starting, Running, Paused, Backoff, Stopping, Finished>;

/// An attempt that has ended, in its page's list of them; `previous` is the one before it of the same task.
struct PastAttempt {
  record::AttemptEnded end;
  Instant granted;       // process mode only: other grants are not durable
  std::int32_t pid = 0;  // likewise, unless the start was durable
  bool ready = false;
  std::uint32_t previous = kNone;
};

struct Task {
  TaskCase now;
  JobIndex job = 0;
  std::uint32_t past = kNone;  // its newest ended attempt, in its page
  std::uint32_t last = 0;      // the number of that attempt
  bool fresh = true;           // nothing has happened to it: it is what its Node says, and `now` means nothing
};

TaskState state_of(const Task& t);

/// The attempt that is alive, or null.
inline const Hold* hold_of(const TaskCase& c) {
  if (const auto* s = std::get_if<Running>(&c)) return &s->hold;
  if (const auto* s = std::get_if<Starting>(&c)) return &s->hold;
  if (const auto* s = std::get_if<Paused>(&c)) return &s->hold;
  if (const auto* s = std::get_if<Stopping>(&c)) return &s->hold;
  return nullptr;
}
inline Hold* hold_of(TaskCase& c) { return const_cast<Hold*>(hold_of(static_cast<const TaskCase&>(c))); }

/// When the live attempt began; 0 when it is not known to have begun.
inline Instant started_of(const TaskCase& c) {
  if (const auto* s = std::get_if<Running>(&c)) return s->started;
  if (const auto* s = std::get_if<Paused>(&c)) return s->started;
  if (const auto* s = std::get_if<Stopping>(&c)) return s->started;
  return {};
}

/// The process of the live attempt, 0 where it has none.
inline std::int32_t pid_of(const TaskCase& c) {
  if (const auto* s = std::get_if<Running>(&c)) return s->pid;
  if (const auto* s = std::get_if<Paused>(&c)) return s->pid;
  if (const auto* s = std::get_if<Stopping>(&c)) return s->pid;
  return 0;
}

inline bool is_finished(const Task& t) { return std::holds_alternative<Finished>(t.now); }

}  // namespace rota::core
