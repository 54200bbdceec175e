// The proof that the pool workers of earlier lives are gone. One lock (of an open file description, so that it is held
// by whoever inherited it) is passed to every pool worker; a new life has it only when the last of the old one's has
// died. Everything that a pool worker starts carries a random mark in its environment besides: what a dead one left is
// known by it. Coordinator's thread only.
#pragma once

#include <functional>
#include <string>

#include "shared/clock.h"
#include "shared/posix/fd.h"
#include "shared/result.h"

namespace rota::daemon {

class PoolLock {
 public:
  /// Ends what carries the mark, waits for the lock and takes it. Call when the instance is ours and before anything is
  /// dispatched. Code::refused when something still holds it after `within`; Code::unreachable when `give_up` said so.
  static Result<PoolLock> take(const std::string& path, Duration within, const std::function<bool()>& give_up);

  /// For descriptor kPoolLock of a pool worker.
  int fd() const { return lock_.get(); }
  /// "ROTA_POOL_KEY=..." for the environment of pool workers and of what they start.
  const std::string& mark() const { return mark_; }

 private:
  PoolLock(posix::Fd lock, std::string mark) : lock_(std::move(lock)), mark_(std::move(mark)) {}
  posix::Fd lock_;
  std::string mark_;
};

/// A random word of 20 hexadecimal digits: nobody else has it.
Result<std::string> random_key();

}  // namespace rota::daemon
