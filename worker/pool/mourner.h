// The end of a pool worker whose coordinator has died. SIGKILL by PDEATHSIG would be quick, and would leave to nobody
// what the worker's commands have started; so the signal that the death sends is one that a thread of this worker waits
// for. It ends everything below the worker, which is a subreaper, and then the worker, whatever the others are doing.
//
// The signal is SIGCONT: a worker that somebody has stopped runs no thread, so that any other signal but SIGKILL would
// wait in it for as long as nobody continues it.
#pragma once

#include <atomic>
#include <thread>

#include "worker/pool/offspring.h"

namespace rota::worker {

class Mourner {
 public:
  /// For prctl(PR_SET_PDEATHSIG). To be kept before there is a second thread: blocked, and where user code lets it
  /// through nonetheless, passed on to the thread that waits.
  static int death_signal();
  static void keep_death_signal();

  Mourner(int coordinator_pid, Offspring& offspring);
  ~Mourner();

  /// Whoever notices the death first; does not return.
  [[noreturn]] void mourn();

 private:
  void wait();

  const int coordinator_;
  Offspring& offspring_;
  std::atomic<bool> mourning_{false}, over_{false};
  std::thread thread_;
};

}  // namespace rota::worker
