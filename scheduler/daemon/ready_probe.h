// `ready: {tcp: host:port}`: tries to connect until somebody accepts. Each probe has a thread of its own, so that a
// slow name server holds up nobody else; there are only as many as daemons that are not ready yet.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "shared/ids.h"
#include "shared/posix/fd.h"
#include "shared/result.h"

namespace rota::daemon {

class ReadyProbes {
 public:
  static Result<std::unique_ptr<ReadyProbes>> create();
  ~ReadyProbes();

  /// Coordinator's thread. Starting one that is there, or ending one that is not, changes nothing.
  void start(AttemptId attempt, const std::string& address);
  void end(AttemptId attempt);
  /// Readable when `take` has something.
  int bell() const { return bell_.get(); }
  std::vector<AttemptId> take();

 private:
  explicit ReadyProbes(posix::Fd bell) : bell_(std::move(bell)) {}
  void probe(const std::stop_token& stop, AttemptId attempt, const std::string& address);

  posix::Fd bell_;
  std::map<AttemptId, std::jthread> threads_;
  std::vector<std::jthread> ending_;
  std::mutex mutex_;
  std::vector<AttemptId> ready_;  // under mutex_
};

}  // namespace rota::daemon
