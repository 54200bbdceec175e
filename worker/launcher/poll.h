// What the launcher waits for: an epoll set whose events say what happened to whom. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "shared/clock.h"
#include "shared/posix/fd.h"

namespace rota::worker {

class Poll {
 public:
  enum class What : std::uint8_t { link, signals, exit, out, err, door, progress };
  struct Event {
    What what;
    std::uint64_t key;  // of the attempt; keys are never used again, so a late event finds nobody
  };

  static Result<Poll> make();
  /// Readable (or at its end). `once`: one event, then never again.
  Status watch(int fd, What what, std::uint64_t key, bool once = false);
  /// For the link: writable as well, or not.
  void want_write(int fd, What what, bool also);
  /// No more events of this descriptor: one at its end would be ready for ever.
  void forget(int fd);
  /// Waits until something happens or the time comes. Valid until the next call.
  std::span<const Event> wait(std::optional<Instant> until);

 private:
  explicit Poll(posix::Fd fd) : fd_(std::move(fd)) {}
  posix::Fd fd_;
  std::vector<Event> events_;
};

}  // namespace rota::worker
