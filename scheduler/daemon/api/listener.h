// The socket that clients connect to: private from the moment it is there, and polite when descriptors run out.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>

#include "scheduler/control/protocol.h"
#include "shared/posix/fd.h"
#include "shared/result.h"

namespace rota::daemon {

class Listener {
 public:
  /// Binds `path`, absolute, with mode 0600; its directory is made with mode 0700 where it is missing. The caller holds
  /// the lock of its instance: a socket that nobody listens at is a dead coordinator's and goes. Code::refused:
  /// somebody listens there, the directory is open to others, or what is there is no socket.
  static Result<std::unique_ptr<Listener>> open(const std::string& path);
  /// Removes the socket, if it is still its own.
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int fd() const { return socket_.get(); }

  struct Visitor {
    posix::Fd socket;  // non-blocking
    uid_t uid = 0;
    pid_t pid = 0;
  };
  enum class Came { visitor, nobody, no_descriptor };
  /// The next one who waits. With no_descriptor, the one who waits can only be turned away.
  Came accept(Visitor& visitor);
  /// Spends the reserve descriptor on telling the one who waits why. False: no descriptor could be had again: leave the
  /// listener alone for a while, then call regain().
  bool turn_away(const control::answer::Refused& why);
  bool regain();

 private:
  Listener() = default;
  std::string path_;
  posix::Fd socket_;
  posix::Fd reserve_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

/// Says it as the only word, as far as the socket takes it at once, and closes.
void turn_away(posix::Fd socket, const control::answer::Refused& why);

}  // namespace rota::daemon
