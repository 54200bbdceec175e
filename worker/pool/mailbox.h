// What executors tell the loop: posted by any thread, taken by the loop's thread in the order it was posted.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "shared/clock.h"

namespace rota::worker {

struct Attempt;
struct Run;

struct Event {
  enum class Kind : std::uint8_t {
    started,    // user code is about to run, or the command runs
    progressed,  // its progress is to be told; before finished
    ready,      // the ready text was written
    finished,   // the report is complete; the executor is done with the attempt
    discarded,  // a revoked attempt has left the queue
    grown,      // the run's segment has grown
    stalled,    // its command cannot be started for want of processes, memory or descriptors, and is tried again
  };
  Kind kind;
  Attempt* attempt = nullptr;  // null for grown
  Run* run = nullptr;          // for grown
  Instant at;                  // for started
  int error = 0;               // errno, for stalled
};

class Mailbox {
 public:
  /// `wake` makes the loop's thread call take() soon; it is called by any thread, at most once between two takes.
  explicit Mailbox(std::function<void()> wake) : wake_(std::move(wake)) {}

  enum class Hurry : std::uint8_t { no, yes };
  /// Without hurry the loop is not woken while it has promised to look by itself.
  void post(Event e, Hurry hurry);
  /// Nothing more is to run in this process: told to the loop with the next event that is posted.
  void wear_out(std::string why) {
    const std::lock_guard lock(mutex_);
    if (!worn_) worn_ = std::move(why);
  }
  std::optional<std::string> worn() {
    const std::lock_guard lock(mutex_);
    return worn_;
  }
  /// Swaps the posted events into `events`, whose old content is dropped.
  void take(std::vector<Event>& events);
  /// The loop promises (or no longer promises) to take within a millisecond. Taking the promise back wakes it if
  /// something came without hurry.
  void promise(bool will_look);

 private:
  std::mutex mutex_;
  std::vector<Event> events_;
  std::optional<std::string> worn_;
  bool promised_ = false;
  bool woken_ = false;
  std::function<void()> wake_;
};

}  // namespace rota::worker
