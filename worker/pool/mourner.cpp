// Waiting for a death, and leaving nothing behind.
#include "worker/pool/mourner.h"

#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace rota::worker {
namespace {

constexpr int kExitBroken = 70;
constexpr std::chrono::milliseconds kEndWithin{800};  // then what is left is for the next coordinator

std::atomic<pid_t> waiting_thread{0};
static_assert(std::atomic<pid_t>::is_always_lock_free);

/// In a thread of user code.
void pass_on(int signal) {
  const int before = errno;
  if (const pid_t thread = waiting_thread.load()) ::syscall(SYS_tgkill, ::getpid(), thread, signal);
  errno = before;
}

sigset_t only_the_death_signal() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, Mourner::death_signal());
  return set;
}

}  // namespace

int Mourner::death_signal() { return SIGCONT; }

void Mourner::keep_death_signal() {
  struct sigaction action {};
  action.sa_handler = pass_on;
  action.sa_flags = SA_RESTART;
  ::sigaction(death_signal(), &action, nullptr);
  const auto set = only_the_death_signal();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

Mourner::Mourner(int coordinator_pid, Offspring& offspring)
    : coordinator_(coordinator_pid), offspring_(offspring), thread_([this] { wait(); }) {}

Mourner::~Mourner() {
  over_.store(true);
  waiting_thread.store(0);
  ::pthread_kill(thread_.native_handle(), death_signal());
  thread_.join();
}

void Mourner::wait() {
  const auto set = only_the_death_signal();
  waiting_thread.store(static_cast<pid_t>(::syscall(SYS_gettid)));
  for (;;) {
    if (::sigwaitinfo(&set, nullptr) < 0) continue;
    if (over_.load()) return;
    // Anybody may send a signal; a parent that is no longer ours is dead.
    if (::getppid() != coordinator_) mourn();
  }
}

void Mourner::mourn() {
  if (mourning_.exchange(true))
    for (;;) ::pause();
  if (!offspring_.end_all(kEndWithin))
    std::fputs("rota-worker: some processes could not be ended; they are left to the next coordinator\n", stderr);
  ::_exit(kExitBroken);
}

}  // namespace rota::worker
