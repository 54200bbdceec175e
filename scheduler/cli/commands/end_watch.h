// Learns that a run has ended while its output is being read. For `logs -f` and `submit --follow`.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "scheduler/cli/commands/horizon.h"

namespace rota::cli {

/// Made and asked on one thread. A run of the service is waited for over a connection of its own, on a thread of its
/// own; should the service go away, it is expected back for limits::kServiceReturnSeconds.
class EndWatch {
 public:
  /// The run must not have ended. `dial` and the strings are copied.
  EndWatch(const Horizon& horizon, const Seen& seen);
  ~EndWatch();
  EndWatch(const EndWatch&) = delete;
  EndWatch& operator=(const EndWatch&) = delete;

  /// True: it has ended, or nobody can say any more. Ask before reading: what was written before the end is then read.
  bool over();
  /// Why nobody can say any more; empty when the run has ended.
  std::string trouble();

 private:
  void watch();
  bool ask_once();  // true: there is an answer
  void end(std::string trouble);

  RunId run_;
  std::string instance_directory_;  // of a foreground run
  Dial dial_;
  std::string socket_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool over_ = false;
  bool leaving_ = false;  // nobody wants to know any more
  std::string trouble_;
  Contact* asked_ = nullptr;  // while it is being asked
  std::thread thread_;        // of a run of the service
};

}  // namespace rota::cli
