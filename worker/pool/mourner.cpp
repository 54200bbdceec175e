// Waiting for a death, and leaving nothing behind.
#include "worker/pool/mourner.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>

namespace rota::worker {
namespace {

constexpr int kExitBroken = 70;
constexpr std::chrono::milliseconds kEndWithin{800};  // then what is left is for the next coordinator

sigset_t only_the_death_signal() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, Mourner::death_signal());
  return set;
}

}  // namespace

int Mourner::death_signal() { return SIGRTMAX - 1; }

void Mourner::block_death_signal() {
  const auto set = only_the_death_signal();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

Mourner::Mourner(int coordinator_pid, Offspring& offspring)
    : coordinator_(coordinator_pid), offspring_(offspring), thread_([this] { wait(); }) {}

Mourner::~Mourner() {
  over_.store(true);
  ::pthread_kill(thread_.native_handle(), death_signal());
  thread_.join();
}

void Mourner::wait() {
  const auto set = only_the_death_signal();
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
