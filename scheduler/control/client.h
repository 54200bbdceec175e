// The client's end of a connection to a coordinator. Blocking, one thread; a connection that fails is of no more use.
#pragma once

#include <optional>
#include <string>

#include "scheduler/control/protocol.h"
#include "shared/posix/fd.h"
#include "shared/result.h"

namespace rota::control {

class Client {
 public:
  /// Connects and says hello. Code::unreachable: nobody listens there ("no coordinator answers at PATH: start rotad, or
  /// use `rota run`"); Code::refused: the socket is another user's, or its protocol is of another time. Waits at most
  /// `within` for each step; SIGINT and friends end the wait as usual.
  static Result<Client> connect(const std::string& socket_path, Duration within = std::chrono::seconds(5));

  const Hello& coordinator() const { return hello_; }

  /// One question, one reply. `file`: bytes that go along with ask::Submit. Waits as long as it takes, or `within`
  /// (Code::unreachable with what "timed out"). EINTR that comes with a handled signal is gone on with.
  Result<Reply> ask(const Ask& question, std::optional<std::string_view> file = std::nullopt,
                    std::optional<Duration> within = std::nullopt);
  int fd() const { return socket_.get(); }

 private:
  Client(posix::Fd socket, Hello hello) : socket_(std::move(socket)), hello_(std::move(hello)) {}
  posix::Fd socket_;
  Hello hello_;
};

/// Where a service listens: `flag` if not empty, else ROTA_SOCKET, else $XDG_RUNTIME_DIR/rota/rotad.sock where that
/// directory is usable, else <state_directory>/run/rotad.sock. Looked up in `env` ("K=V").
std::string socket_path(std::string_view flag, const std::vector<std::string>& env, const std::string& state_directory);

}  // namespace rota::control
