// Tells the service manager how the service does, as sd_notify(3) says, without its library. Where nobody asked
// (NOTIFY_SOCKET is unset) every call does nothing. Coordinator's thread only; never waits.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shared/posix/fd.h"

namespace rota::daemon {

class Notify {
 public:
  Notify() = default;
  /// `env`: "K=V"; NOTIFY_SOCKET is a path or, after '@', an abstract name.
  explicit Notify(const std::vector<std::string>& env);

  bool wanted() const { return static_cast<bool>(socket_); }
  /// The socket serves; MAINPID goes along. `status` is one line for people.
  void ready(std::string_view status);
  void status(std::string_view status);
  void stopping(std::string_view status);

 private:
  void send(const std::string& message);
  posix::Fd socket_;
  std::string address_;  // a sockaddr_un's bytes, as long as they count
};

}  // namespace rota::daemon
