// The crash handler: async-signal-safe, writes one word in shared memory.
#include "worker/pool/crash.h"

#include <signal.h>

namespace rota::worker {
namespace {

constexpr std::size_t kStackBytes = 64u << 10;
/// Of a thread that has none, too, the handler may read it: nothing is allocated for that.
thread_local lane::Blame* witness __attribute__((tls_model("initial-exec"))) = nullptr;

extern "C" void on_crash(int signo) {
  if (witness) witness->crashed(signo);
  // SA_RESETHAND has restored the default: a fault happens again on return, a sent signal is sent again here.
  ::raise(signo);
}

}  // namespace

void install_crash_handler() {
  struct sigaction action {};
  action.sa_handler = on_crash;
  action.sa_flags = static_cast<int>(SA_ONSTACK | SA_RESETHAND);
  for (const int signo : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) ::sigaction(signo, &action, nullptr);
}

CrashWitness::CrashWitness(lane::Blame blame) : blame_(blame), stack_(new char[kStackBytes]) {
  stack_t stack{};
  stack.ss_sp = stack_.get();
  stack.ss_size = kStackBytes;
  ::sigaltstack(&stack, nullptr);
  witness = &blame_;
}

CrashWitness::~CrashWitness() {
  witness = nullptr;
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  ::sigaltstack(&none, nullptr);
}

}  // namespace rota::worker
