// The crash handler: async-signal-safe, writes one word in shared memory, rings, and then, while a second lasts, writes
// down where it was.
#include "worker/pool/crash.h"

#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "shared/lane/message.h"

namespace rota::worker {
namespace {

constexpr std::size_t kStackBytes = 128u << 10;  // unwinding takes its part
constexpr int kFrames = 18, kOwnFrames = 2;      // the handler, and what the kernel returns to
/// Of a thread that has none, too, the handler may read it: nothing is allocated for that.
thread_local lane::Blame* witness __attribute__((tls_model("initial-exec"))) = nullptr;
pid_t worker = 0;  // a child that a task forked is not the worker

/// A descriptor as it was when the worker began. A task may have closed it, and opened a file of its own there. What is
/// no file, such as an eventfd, cannot be told from another of its kind.
struct Known {
  int fd = -1;
  dev_t device = 0;
  ino_t node = 0;
  void know(int at) {
    struct stat s {};
    if (::fstat(at, &s) == 0) fd = at, device = s.st_dev, node = s.st_ino;
  }
  bool is_there() const {
    struct stat s {};
    return fd >= 0 && ::fstat(fd, &s) == 0 && s.st_dev == device && s.st_ino == node;
  }
};
Known note;
Known bell;  // of the coordinator, which may have another worker at hand

/// Unwinding a broken stack, or in a process whose loader is locked, may not come to an end.
void only_for_a_second() {
  ::signal(SIGALRM, SIG_DFL);
  sigset_t alarm_only;
  sigemptyset(&alarm_only);
  sigaddset(&alarm_only, SIGALRM);
  ::pthread_sigmask(SIG_UNBLOCK, &alarm_only, nullptr);
  ::alarm(1);
}

extern "C" void on_crash(int signo) {
  if (::getpid() == worker) {
    if (witness) witness->crashed(signo);
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto rung = bell.is_there() ? ::write(bell.fd, &one, sizeof one) : 0;
    if (note.is_there()) {
      only_for_a_second();
      void* frames[kFrames];
      const int n = ::backtrace(frames, kFrames);
      if (n > kOwnFrames) ::backtrace_symbols_fd(frames + kOwnFrames, n - kOwnFrames, note.fd);
    }
  }
  // SA_RESETHAND has restored the default: a fault happens again on return, a sent signal is sent again here.
  ::raise(signo);
}

/// Also with threads in the middle of user code: what exit would destroy under them may crash them, and they would be
/// blamed for it.
void on_exit_called(int status, void*) {
  if (::getpid() != worker || !witness || !witness->is_running()) return;
  witness->called_exit();
  ::_exit(status);
}

extern "C" void on_quick_exit_called() {
  if (::getpid() == worker && witness) witness->called_exit();
}

}  // namespace

void install_crash_handler() {
  worker = ::getpid();
  if (::fcntl(lane::descriptor::kCrashNote, F_SETFD, FD_CLOEXEC) == 0) note.know(lane::descriptor::kCrashNote);
  bell.know(lane::descriptor::kBellToCoordinator);
  void* warm[2];
  ::backtrace(warm, 2);  // loads what it needs, which a handler must not
  struct sigaction action {};
  action.sa_handler = on_crash;
  action.sa_flags = static_cast<int>(SA_ONSTACK | SA_RESETHAND);
  for (const int signo : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS})
    ::sigaction(signo, &action, nullptr);
  ::at_quick_exit(on_quick_exit_called);
  expect_exit();
}

void exit_as_called(int status) {
  on_exit_called(status, nullptr);
  ::_exit(status);
}

void expect_exit() { ::on_exit(on_exit_called, nullptr); }

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
