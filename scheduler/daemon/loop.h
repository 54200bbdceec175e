// The coordinator's only wait: descriptors and one deadline, on epoll. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>

#include "shared/clock.h"
#include "shared/posix/fd.h"
#include "shared/result.h"

namespace rota::daemon {

class Loop {
 public:
  using Ready = std::function<void(std::uint32_t events)>;

  static Result<Loop> create();

  /// Calls `ready` from `wait` whenever one of `events` (EPOLLIN, EPOLLOUT) holds. Level-triggered.
  Status watch(int fd, std::uint32_t events, Ready ready);
  void change(int fd, std::uint32_t events);
  /// Must come before the descriptor is closed. Safe inside a callback, also for its own descriptor.
  void forget(int fd);

  /// Sleeps until something is ready or the deadline has come (none: until something is ready), then runs callbacks.
  void wait(std::optional<Instant> deadline);

 private:
  explicit Loop(posix::Fd epoll) : epoll_(std::move(epoll)) {}
  posix::Fd epoll_;
  std::unordered_map<int, Ready> watched_;
};

}  // namespace rota::daemon
