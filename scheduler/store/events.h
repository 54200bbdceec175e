// The journal as a stream: every durable fact of an instance, in order, under a number that it keeps for ever. For
// `events` and `events -f`: reading goes on from any number, and waiting needs no polling. Any process but the one that
// writes the journal; reads only.
//
// How much of the past there is: the service keeps limits::kEventBytes of it; a foreground run's facts go when its run
// is folded into history. What is gone is told as missing, never passed over in silence.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scheduler/core/record.h"
#include "shared/clock.h"
#include "shared/posix/fd.h"
#include "shared/result.h"

namespace rota::store {

struct NumberedFact {
  std::uint64_t number = 0;  // from 1, one after the other
  WallTime at;               // when it happened, by the clock of that time; 0: not known
  core::Fact fact;
};

/// The numbers that can be read: first to next - 1. Empty: first == next.
struct EventRange {
  std::uint64_t first = 1;
  std::uint64_t next = 1;  // of the fact to come
};

struct EventBatch {
  std::uint64_t missing = 0;  // facts from the number that was asked for on that are gone; `facts` begins after them
  std::vector<NumberedFact> facts;
  std::uint64_t next = 1;     // ask from here
};

/// One thread.
class EventReader {
 public:
  /// Of an instance directory. Code::not_found when there is no journal.
  static Result<EventReader> open(const std::string& instance_directory);

  Result<EventRange> range();
  /// Facts from this number (from 1) on, at most `limit` (0: all); none: there are no more yet.
  Result<EventBatch> read(std::uint64_t from, std::size_t limit);
  /// Waits until the journal has changed since the last `read` or `wait` began, at most this long. True: read again. (A
  /// change need not be a fact.)
  Result<bool> wait(Duration at_most);

 private:
  EventReader(std::string path, posix::Fd watch);
  std::string path_;
  posix::Fd watch_;  // none: the kernel gives no more of them
};

}  // namespace rota::store
