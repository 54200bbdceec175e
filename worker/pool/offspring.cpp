// Ending what commands leave.
#include "worker/pool/offspring.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "shared/clock.h"
#include "shared/process/tree.h"

namespace rota::worker {

namespace {
constexpr std::chrono::milliseconds kKillWithin{200};
}

Offspring::Offspring() { ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

Result<process::Child> Offspring::spawn(const process::SpawnSpec& spec) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return fail(Code::unreachable, "the coordinator is gone");
    ++spawning_;
  }
  auto child = process::spawn(spec);
  const std::lock_guard lock(mutex_);
  --spawning_;
  if (child) leaders_.insert(child->pid);
  return child;
}

bool Offspring::has_strays() {
  return process::any_live_child([this](int pid) {
    const std::lock_guard lock(mutex_);
    return !leaders_.contains(pid);
  });
}

bool Offspring::end_tree(int leader, const std::vector<std::string>& env) {
  ::kill(-leader, SIGKILL);  // the leader is not reaped yet, so the number is still its own
  // Its children came to us at its exit. Most commands leave none, and then a walk of /proc is saved.
  if (!has_strays()) return true;
  return process::kill_tree({leader, process::naming_entries(env)}, ::getpid(), kKillWithin);
}

Result<process::Exit> Offspring::reap(const process::Child& child) {
  auto exit = process::reap(child);
  const std::lock_guard lock(mutex_);
  leaders_.erase(child.pid);
  if (leaders_.empty() && spawning_ == 0) process::kill_children_except({});
  bury_orphans();
  return exit;
}

bool Offspring::end_all(std::chrono::milliseconds within) {
  const auto deadline = monotonic_now() + within;
  for (;;) {
    bool spawning = false;
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      spawning = spawning_ > 0;
    }
    process::kill_children_except({});
    if (!spawning && !process::any_live_child()) return true;
    if (monotonic_now() >= deadline) return false;
    ::usleep(500);  // the kernel needs a moment to end them and to hand us their children
  }
}

void Offspring::bury_orphans() {
  for (;;) {
    siginfo_t dead{};
    // Looked at without taking it: a main process is reaped by its owner, with its status.
    if (::waitid(P_ALL, 0, &dead, WEXITED | WNOHANG | WNOWAIT) || dead.si_pid == 0) return;
    if (leaders_.contains(dead.si_pid) || spawning_ > 0) return;  // spawn() reaps a child that failed to start
    ::waitpid(dead.si_pid, nullptr, WNOHANG);
  }
}

}  // namespace rota::worker
