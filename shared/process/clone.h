// The one way Rota makes a process: a clone that shares memory and suspends the calling thread until exec or exit.
// Internal to shared/process.
#pragma once

/// For functions that run in the child: instrumentation of sanitizers keeps its books in the parent's memory, and a
/// child that execs never comes back to close its entries.
#define ROTA_CHILD_SIDE __attribute__((no_sanitize("address"), no_sanitize("thread"), no_sanitize("undefined")))

namespace rota::process {

struct Cloned {
  int pid = -1;    // -1: `error` says why
  int pidfd = -1;  // CLOEXEC
  int error = 0;
};

/// Runs `body(argument)` in a child with a stack of its own; what it returns is its exit status. cgroup_fd >= 0: the
/// child starts in that cgroup. All signals must be blocked. Any thread.
Cloned clone_sharing_memory(int (*body)(void*), void* argument, int cgroup_fd);

/// Starts a child in this cgroup that ends at once, and reaps it: 0, or the errno of what every spawn there would meet.
int try_clone_into(int cgroup_fd);

}  // namespace rota::process
