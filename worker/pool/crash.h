// What a deadly signal leaves behind: the handler writes the signal into the slot of the thread that took it, and lets
// the signal do its work. Each thread that runs user code has an alternate stack, so that a stack overflow is told too.
#pragma once

#include <memory>

#include "shared/lane/blame.h"

namespace rota::worker {

/// Once per process, before threads start: SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT.
void install_crash_handler();

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
