// What code of users may change of the process that it runs in, and is put back after it: directory, umask, locale and
// environment when none of it runs any more; signal mask and rounding mode of a thread after each. Pool threads.
#pragma once

#include <fenv.h>
#include <signal.h>
#include <sys/types.h>

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "shared/posix/fd.h"

namespace rota::worker {

/// Whether a target of this name is code of the user's own.
bool is_foreign(const std::string& target);

class Household {
 public:
  /// A thread is about to run such code.
  void enter();
  /// It has come back. Says why the process must go, if something cannot be put back.
  std::optional<std::string> leave();

 private:
  void look();
  std::optional<std::string> put_back();

  std::mutex mutex_;
  std::uint32_t inside_ = 0;
  bool looked_ = false;
  posix::Fd directory_;
  mode_t umask_ = 0;
  std::string locale_;
  std::vector<std::string> environment_;
};

/// Of the calling thread: what is put back when it ends.
class ThreadState {
 public:
  ThreadState();
  ~ThreadState();
  ThreadState(const ThreadState&) = delete;
  ThreadState& operator=(const ThreadState&) = delete;

 private:
  sigset_t mask_;
  fenv_t floating_;
};

/// The process's environment is this one from here on. No other thread may look at it meanwhile.
void set_environment(std::vector<std::string> entries);

}  // namespace rota::worker
