// Processes as /proc shows them. Internal to shared/process; any thread. What is read may be over when it is looked at:
// nothing is signalled without kill_exactly.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared/posix/fd.h"

namespace rota::process {

struct Process {
  int pid = 0;
  int parent = 0;
  int group = 0;
  int session = 0;
  std::uint64_t start = 0;  // clock ticks since boot: with the pid, an identity
  bool dead = false;        // zombie: only its number is left
  bool stopped = false;     // by a signal, or by who traces it
  bool blocked = false;     // in the kernel, where no signal wakes it
  bool dying = false;       // past the point of no return: its memory, and so its environment, may be gone already
};

std::optional<Process> process_at(int pid);
/// Whether each thread of a process whose first one is stopped is so, too, or is blocked in the kernel: it stops before
/// it comes back.
bool all_threads_stand(const Process& process);
/// Every process that can be seen.
std::vector<Process> all_processes();
/// Those of `all` below `root`, without it.
std::vector<Process> descendants(const std::vector<Process>& all, int root);
/// Children of a process, of all its threads, zombies too.
std::vector<int> children_of(int pid);
std::vector<int> children_of_this_process();

/// The same for a process of one thread, again and again: the kernel's list stays open. Falls back to the other way.
class ChildList {
 public:
  ChildList();
  std::vector<int> pids() const;

 private:
  posix::Fd fd_;
};
/// Whether the environment that the process was started with has all these "K=V" entries. False if it may not be read.
bool environment_has(int pid, const std::vector<std::string>& entries);
/// The same for any one of them.
bool environment_has_any(int pid, const std::vector<std::string>& entries);
/// The signal to this very process; false if it is gone, also when another has its number by now.
bool signal_exactly(const Process& process, int signo);
/// SIGKILL, likewise.
bool kill_exactly(const Process& process);

}  // namespace rota::process
