// What a deadly signal leaves behind: the handler writes the signal into the slot of the thread that took it, and lets
// the signal do its work, and then where the thread was. A call of exit in a task is written down
// likewise. Each thread that runs user code has an alternate stack, so that a stack overflow is told too.
#pragma once

#include <memory>

#include "shared/lane/blame.h"

namespace rota::worker {

/// Once per process, before threads start: SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS; calls of exit.
void install_crash_handler();
/// What is registered last runs first: after code of a user was loaded, so that exit comes here before its statics go.
void expect_exit();
/// _exit, called by code of a user's that could have called exit: the thread's attempt is named.
[[noreturn]] void exit_as_called(int status);

/// Makes the calling thread's crashes known for as long as it lives; destroyed by the same thread.
class CrashWitness {
 public:
  explicit CrashWitness(lane::Blame blame);
  ~CrashWitness();
  CrashWitness(const CrashWitness&) = delete;
  CrashWitness& operator=(const CrashWitness&) = delete;

 private:
  lane::Blame blame_;
  std::unique_ptr<char[]> stack_;
};

}  // namespace rota::worker
