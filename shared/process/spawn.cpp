// Spawning by a VM-sharing clone. The only user of Boost.Process: its initializers (on_setup, on_exec_setup) describe
// the child, a launcher of ours derived from its default_launcher starts it.
#include "shared/process/spawn.h"

#include <boost/optional.hpp>     // v2's headers with std::filesystem forget this one
#include <boost/type_traits.hpp>  // and this one

#include <boost/asio/any_io_executor.hpp>
#include <boost/process/v2/posix/default_launcher.hpp>
#include <boost/process/v2/start_dir.hpp>

#include <fcntl.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <unordered_set>

#include "shared/process/clone.h"

namespace rota::process {
namespace {

namespace bp = boost::process::v2;
using boost::system::error_code;
using Launcher = bp::posix::default_launcher;
using Path = std::filesystem::path;

// From clone to exec the child runs in the parent's memory while the parent's thread waits. It may not allocate, throw,
// take a lock, or call what a sanitizer intercepts and keeps book of: hence raw system calls and prepared arguments.
error_code result_of(long returned) {
  return returned < 0 ? error_code(errno, boost::system::system_category()) : error_code();
}

/// What the child is doing: names the step that failed. Written in the child, read by the parent: memory is shared.
struct Progress {
  const char* step = "clone";
  int error = 0;
};

/// Marks the step that the initializers after it belong to.
struct Step {
  Progress& progress;
  const char* name;
  error_code on_exec_setup(Launcher&, const Path&, const char* const*) {
    progress.step = name;
    return {};
  }
};

/// Own session, umask, and the signal that the parent's death sends.
struct Surroundings {
  const SpawnSpec& spec;
  pid_t parent;
  error_code on_exec_setup(Launcher&, const Path&, const char* const*) {
    if (spec.new_session && ::syscall(SYS_setsid) < 0) return result_of(-1);
    ::syscall(SYS_umask, 022);
    if (spec.parent_death_signal == 0) return {};
    if (::syscall(SYS_prctl, PR_SET_PDEATHSIG, spec.parent_death_signal, 0, 0, 0) < 0) return result_of(-1);
    errno = ESRCH;
    return result_of(::syscall(SYS_getppid) == parent ? 0 : -1);  // the parent died before prctl: nobody would tell us
  }
};

/// stdin, stdout, stderr and the extra descriptors at their numbers; all others are closed by exec.
struct Descriptors {
  const std::vector<std::pair<int, int>>& moves;  // {ours, number in the child}; no source is another's target
  error_code on_exec_setup(Launcher&, const Path&, const char* const*) {
    if (::syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC) < 0) return result_of(-1);
    for (const auto& [from, to] : moves) {
      const long done = from == to ? ::syscall(SYS_fcntl, from, F_SETFD, 0) : ::syscall(SYS_dup3, from, to, 0);
      if (done < 0) return result_of(-1);
    }
    return {};
  }
};

/// A text into a file; nothing where either is empty. exec closes it.
struct Written {
  const char* path;
  std::string_view text;
  error_code on_exec_setup(Launcher&, const Path&, const char* const*) {
    if (text.empty() || *path == '\0') return {};
    const long fd = ::syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return result_of(-1);
    return result_of(::syscall(SYS_write, fd, text.data(), text.size()));
  }
};

/// Last of all: what the child has done so far needs no room in them.
struct Limits {
  struct One {
    int resource;
    rlimit64 bound;
  };
  const std::vector<One>& all;
  int nice;
  error_code on_exec_setup(Launcher&, const Path&, const char* const*) {
    if (nice != 0 && ::syscall(SYS_setpriority, PRIO_PROCESS, 0, nice) < 0) return result_of(-1);
    for (const One& one : all)
      if (::syscall(SYS_prlimit64, 0, one.resource, &one.bound, nullptr) < 0) return result_of(-1);
    return {};
  }
};

std::vector<Limits::One> limits_of(const Bounds& b) {
  constexpr std::uint64_t kLastSeconds = 5;  // for one that takes SIGXCPU and goes on
  std::vector<Limits::One> out;
  if (b.address_space) out.push_back({RLIMIT_AS, {b.address_space, b.address_space}});
  if (b.open_files) out.push_back({RLIMIT_NOFILE, {b.open_files, b.open_files}});
  if (b.cpu_seconds) out.push_back({RLIMIT_CPU, {b.cpu_seconds, b.cpu_seconds + kLastSeconds}});
  if (b.file_size) out.push_back({RLIMIT_FSIZE, {b.file_size, b.file_size}});
  return out;
}

/// Every disposition to default, ignored ones too (exec would keep those), then no signal blocked.
void reset_signals() {
  struct {
    void* handler;
    unsigned long flags;
    void* restorer;
    std::uint64_t mask;
  } const by_default{};
  for (int signo = 1; signo <= 64; ++signo) ::syscall(SYS_rt_sigaction, signo, &by_default, nullptr, 8);
  const std::uint64_t none = 0;
  ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, nullptr, 8);
}

/// Tries the candidates as execvp does: a file that may not be executed is remembered while others are tried. A script
/// without an interpreter line is an error (ENOEXEC), not food for a shell.
ROTA_CHILD_SIDE int exec_first(const char* const* candidates, const char* const* argv, const char* const* env) {
  int remembered = ENOENT;
  for (const char* const* at = candidates; *at; ++at) {
    ::syscall(SYS_execve, *at, argv, env);
    const int err = errno;
    const bool absent = err == ENOENT || err == ENOTDIR || err == ESTALE || err == ENODEV || err == ETIMEDOUT;
    if (!candidates[1] || !(absent || err == EACCES)) return err;
    if (err == EACCES) remembered = err;
  }
  return remembered;
}

/// Replaces Boost's fork by one clone: no copy of page tables, the pidfd at once, errors through shared memory.
class CloneLauncher : public Launcher {
 public:
  CloneLauncher(Progress& progress, int cgroup_fd) : progress_(progress), cgroup_fd_(cgroup_fd) {}

  template <class... Inits>
  Result<Child> launch(const Path& executable, const char* const* candidates, const char* const* argv,
                       Inits&&... inits) {
    if (const auto ec = bp::posix::detail::on_setup(*this, executable, argv, inits...)) return failed(ec.value());
    auto child_side = [&]() ROTA_CHILD_SIDE -> int {
      const error_code ec = bp::posix::detail::on_exec_setup(*this, executable, argv, inits...);
      if (ec) {
        progress_.error = ec.value();
        return 126;
      }
      progress_.step = "exec";
      reset_signals();
      progress_.error = exec_first(candidates, argv, env);
      return 127;
    };
    using Side = decltype(child_side);
    return run([](void* side) ROTA_CHILD_SIDE -> int { return (*static_cast<Side*>(side))(); }, &child_side);
  }

 private:
  Error failed(int err) const { return system_error(progress_.step, {}, err); }

  Result<Child> run(int (*body)(void*), void* argument) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);  // no handler of ours may run in the child
    const auto cloned = clone_sharing_memory(body, argument, cgroup_fd_);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (cloned.pid < 0) return failed(cloned.error);
    Child child{cloned.pid, posix::Fd(cloned.pidfd)};
    if (progress_.error == 0) return child;
    while (::waitpid(child.pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    return failed(progress_.error);
  }

  Progress& progress_;
  int cgroup_fd_;
};

// ---- the parent's preparations ----

std::string_view key_of(std::string_view entry) { return entry.substr(0, entry.find('=')); }

/// The environment with the last of equal keys, as pointers into `env`.
std::vector<const char*> unique_env(const std::vector<std::string>& env) {
  std::unordered_set<std::string_view> seen;
  seen.reserve(env.size());
  std::vector<const char*> out;
  out.reserve(env.size() + 1);
  for (auto e = env.rbegin(); e != env.rend(); ++e) {
    if (seen.insert(key_of(*e)).second) out.push_back(e->c_str());
  }
  std::reverse(out.begin(), out.end());
  out.push_back(nullptr);
  return out;
}

std::string_view path_of(const std::vector<const char*>& env) {
  for (const char* e : env) {
    if (e && std::strncmp(e, "PATH=", 5) == 0) return e + 5;
  }
  return "/usr/local/bin:/usr/bin:/bin";
}

/// Where argv[0] may lie, in the order of PATH. An empty element is the working directory.
std::vector<std::string> candidates_for(const std::string& program, std::string_view path) {
  if (program.empty()) return {};
  if (program.find('/') != std::string::npos) return {program};
  std::vector<std::string> out;
  for (;;) {
    const auto colon = path.find(':');
    const auto directory = path.substr(0, colon);
    out.push_back(directory.empty() ? "./" + program : std::string(directory) + "/" + program);
    if (colon == std::string_view::npos) return out;
    path.remove_prefix(colon + 1);
  }
}

std::vector<const char*> pointers(const std::vector<std::string>& strings) {
  std::vector<const char*> out;
  out.reserve(strings.size() + 1);
  for (const auto& s : strings) out.push_back(s.c_str());
  out.push_back(nullptr);
  return out;
}

/// /dev/null, opened once for the life of the process; a shortage of descriptors is not remembered.
int dev_null() {
  static std::atomic<int> kept{-1};
  int known = kept.load();
  if (known >= 0) return known;
  const int fd = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (fd < 0 || kept.compare_exchange_strong(known, fd)) return fd;
  ::close(fd);  // another thread was first
  return known;
}

/// The child's descriptors as moves that can be done one after the other: a source that is also another move's target
/// is copied out of the way first. `copies` keeps those until the child has them.
Result<std::vector<std::pair<int, int>>> descriptor_moves(const SpawnSpec& spec, std::vector<posix::Fd>& copies) {
  const bool any_null = spec.stdin_fd < 0 || spec.stdout_fd < 0 || spec.stderr_fd < 0;
  const int null = any_null ? dev_null() : -1;
  if (any_null && null < 0) return system_error("descriptors", "/dev/null");
  const auto or_null = [null](int fd) { return fd >= 0 ? fd : null; };
  std::vector<std::pair<int, int>> moves{
      {or_null(spec.stdin_fd), 0}, {or_null(spec.stdout_fd), 1}, {or_null(spec.stderr_fd), 2}};
  moves.insert(moves.end(), spec.extra_fds.begin(), spec.extra_fds.end());
  int past_all = 3;
  for (const auto& [from, to] : moves) past_all = std::max(past_all, to + 1);
  for (auto& [from, to] : moves) {
    const bool overwritten = std::any_of(moves.begin(), moves.end(), [&, f = from, t = to](const auto& other) {
      return other.second == f && other.second != t;
    });
    if (!overwritten) continue;
    const int copy = ::fcntl(from, F_DUPFD_CLOEXEC, past_all);
    if (copy < 0) return system_error("descriptors");
    copies.emplace_back(copy);
    from = copy;
  }
  return moves;
}

const std::string& program_of(const SpawnSpec& spec) { return spec.program.empty() ? spec.argv.front() : spec.program; }

/// Names the place of an error: the directory of a chdir, the program of an exec.
Error placed(Error e, const SpawnSpec& spec) {
  if (e.what.starts_with("chdir")) e.where = spec.working_dir;
  if (e.what.starts_with("exec")) {
    e.where = program_of(spec);
    const bool there = e.where.find('/') != std::string::npos && ::access(e.where.c_str(), F_OK) == 0;
    if (e.os_errno == ENOENT && there) e.what += " (the file is there: its interpreter is not)";
    if (e.os_errno == ENOEXEC) e.what += " (neither a program nor a script that begins with #!)";
  }
  return e;
}

}  // namespace

Result<Child> spawn(const SpawnSpec& spec) {
  if (spec.argv.empty()) return fail(Code::invalid, "exec: no program is named");
  const auto env = unique_env(spec.env);
  const auto candidates = candidates_for(program_of(spec), path_of(env));
  const auto candidate_pointers = pointers(candidates);
  const auto argv = pointers(spec.argv);
  std::vector<posix::Fd> copies;
  const auto moves = descriptor_moves(spec, copies);
  if (!moves) return moves.error();
  const std::string oom = spec.oom_score_adj ? std::to_string(*spec.oom_score_adj) : std::string();

  Progress progress;
  CloneLauncher launcher(progress, spec.cgroup_fd);
  launcher.env = env.data();
  const auto limits = limits_of(spec.bounds);
  const auto go = [&](auto&&... where) {
    return launcher.launch(program_of(spec), candidate_pointers.data(), argv.data(), Step{progress, "session"},
                           Surroundings{spec, ::getpid()}, Step{progress, "oom_score_adj"},
                           Written{"/proc/self/oom_score_adj", oom}, Step{progress, "cgroup"},
                           Written{spec.joined.c_str(), "0"}, where..., Step{progress, "descriptors"},
                           Descriptors{*moves}, Step{progress, "limits"}, Limits{limits, spec.bounds.nice});
  };
  auto child = spec.working_dir.empty() ? go() : go(Step{progress, "chdir"}, bp::process_start_dir(spec.working_dir));
  if (!child) return placed(child.error(), spec);
  return child;
}

bool is_shortage(const Error& e) {
  const bool cloning = e.what.starts_with("clone") && (e.os_errno == EAGAIN || e.os_errno == ENOMEM);
  return cloning || e.os_errno == EMFILE || e.os_errno == ENFILE;
}

Result<Exit> reap(const Child& child) {
  int status = 0;
  rusage used{};
  pid_t got = 0;
  do got = ::wait4(child.pid, &status, 0, &used);
  while (got < 0 && errno == EINTR);
  if (got < 0) return system_error("wait4");
  Exit exit;
  exit.ending.kind = WIFSIGNALED(status) ? Ending::Kind::signalled : Ending::Kind::exited;
  exit.ending.value = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
  const auto micros = [](const timeval& t) { return std::int64_t{t.tv_sec} * 1'000'000 + t.tv_usec; };
  const auto system_us = micros(used.ru_stime);
  exit.usage = {micros(used.ru_utime) + system_us, system_us, used.ru_maxrss, used.ru_nvcsw, used.ru_nivcsw, -1};
  return exit;
}

bool signal(const Child& child, int signo) {
  return child.pidfd && ::syscall(SYS_pidfd_send_signal, child.pidfd.get(), signo, nullptr, 0) == 0;
}

}  // namespace rota::process
