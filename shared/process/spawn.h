// One child process: Boost.Process v2's initializers with a launcher of our own that shares memory with the child until
// exec (clone CLONE_VM|CLONE_VFORK|CLONE_PIDFD), so that the parent's size costs nothing and errors of the child come
// back by name. The only user of Boost.Process. One thread at a time per process is not required: it is thread-safe.
// The child starts clean: signal mask empty, dispositions default (SIGPIPE too), umask 022 unless kept, only the
// descriptors that the spec names, its own session.
#pragma once

#include <sys/resource.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "shared/outcome.h"
#include "shared/posix/fd.h"
#include "shared/result.h"

namespace rota::process {

/// What the child may use, with all that it starts; 0: as its parent.
struct Bounds {
  std::uint64_t address_space = 0;  // bytes
  std::int32_t nice = 0;            // absolute
  std::uint32_t open_files = 0;
  std::uint64_t cpu_seconds = 0;  // then SIGXCPU, and a little later SIGKILL
  std::uint64_t file_size = 0;    // bytes; beyond: SIGXFSZ
};

struct SpawnSpec {
  std::vector<std::string> argv;  // argv[0] without '/' is looked up in PATH of `env`
  std::vector<std::string> env;   // "K=V", the whole environment; the last of equal keys counts
  std::string working_dir;        // empty: the parent's
  int stdin_fd = -1;              // -1: /dev/null
  int stdout_fd = -1;             // -1: /dev/null
  int stderr_fd = -1;
  std::vector<std::pair<int, int>> extra_fds;  // {ours, number in the child}, child numbers >= 3
  bool new_session = true;
  int parent_death_signal = 0;  // PR_SET_PDEATHSIG: follows the spawning *thread*
  int cgroup_fd = -1;           // directory of a cgroup v2 leaf to start in (clone3 CLONE_INTO_CGROUP)
  std::string joined;           // cgroup.procs of a group, of any version, that it joins before exec; empty: none
  std::optional<int> oom_score_adj;
  std::string program;  // what is executed, if it is not argv[0]
  Bounds bounds;
};

struct Child {
  int pid = -1;
  posix::Fd pidfd;
};

/// Error: what failed ("exec", "chdir", "clone", ...) with its errno; a failed child is reaped.
Result<Child> spawn(const SpawnSpec& spec);

/// Whether the error is a shortage of processes, memory or descriptors that may pass: the start can be tried again.
bool is_shortage(const Error& e);

/// How a child ended. Only after its pidfd is readable; reaps it (wait4 on that pid alone) and closes nothing.
struct Exit {
  Ending ending;  // exited or signalled
  Usage usage;
};
Result<Exit> reap(const Child& child);

/// Sends a signal through the pidfd: never to a stranger. False: it is gone.
bool signal(const Child& child, int signo);

}  // namespace rota::process
