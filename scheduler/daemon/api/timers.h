// Many deadlines on one descriptor of the loop. Loop's thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "scheduler/daemon/loop.h"
#include "shared/clock.h"

namespace rota::daemon {

class Timers {
 public:
  using Id = std::uint64_t;  // from 1; 0 is no timer
  static Result<std::unique_ptr<Timers>> create(Loop& loop);
  ~Timers();
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;

  /// Calls `due` from the loop, once, at that time or as soon after as it can.
  Id at(Instant when, std::function<void()> due);
  void cancel(Id id);

 private:
  Timers(Loop& loop, posix::Fd fd) : loop_(loop), fd_(std::move(fd)) {}
  void ring();
  void arm();

  Loop& loop_;
  posix::Fd fd_;
  std::map<std::pair<Instant, Id>, std::function<void()>> waiting_;
  std::map<Id, Instant> when_;
  Id last_ = 0;
  Instant armed_;  // 0: not
};

}  // namespace rota::daemon
