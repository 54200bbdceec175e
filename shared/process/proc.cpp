// Reading /proc.
#include "shared/process/proc.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace rota::process {
namespace {

constexpr std::size_t kEnvironmentBytes = 4u << 20;  // more than the kernel lets a process have
constexpr unsigned kExiting = 0x4;                   // PF_EXITING, the kernel's own flag in field 9

std::string of(int pid, const char* file) { return "/proc/" + std::to_string(pid) + "/" + file; }

/// A short file at one go; empty if it cannot be read.
std::string short_file(const std::string& path) {
  const posix::Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char buffer[4096];
  const auto n = fd ? ::read(fd.get(), buffer, sizeof buffer) : -1;
  return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : std::string();
}

std::vector<int> numbers_in(std::string_view text) {
  std::vector<int> out;
  int value = 0;
  bool inside = false;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (digit) value = value * 10 + (c - '0');
    if (!digit && inside) out.push_back(std::exchange(value, 0));
    inside = digit;
  }
  if (inside) out.push_back(value);
  return out;
}

}  // namespace

bool all_threads_stand(const Process& process) {
  const auto tasks = of(process.pid, "task");
  DIR* threads = ::opendir(tasks.c_str());
  if (!threads) return true;  // gone
  bool all = true;
  while (const dirent* entry = ::readdir(threads)) {
    if (entry->d_name[0] == '.') continue;
    const auto text = short_file(tasks + "/" + entry->d_name + "/stat");
    const auto name_end = text.rfind(')');
    const char state = name_end != std::string::npos && name_end + 2 < text.size() ? text[name_end + 2] : 'X';
    if (!std::strchr("TtDZX", state)) all = false;
  }
  ::closedir(threads);
  return all;
}

std::optional<Process> process_at(int pid) {
  const auto text = short_file(of(pid, "stat"));
  const auto name_end = text.rfind(')');  // the name may hold anything, also ") Z 1"
  if (name_end == std::string::npos) return std::nullopt;
  Process p;
  p.pid = pid;
  char state = 0;
  unsigned flags = 0;
  unsigned long long start = 0;
  // Fields 3 to 6, 9 and 22: state, parent, group, session ... flags ... start time.
  const int got = std::sscanf(text.c_str() + name_end + 1,
                              " %c %d %d %d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &state,
                              &p.parent, &p.group, &p.session, &flags, &start);
  if (got != 6) return std::nullopt;
  p.start = start;
  p.dead = state == 'Z' || state == 'X';
  p.stopped = state == 'T' || state == 't';
  p.blocked = state == 'D';
  p.dying = (flags & kExiting) != 0;
  return p;
}

std::vector<Process> all_processes() {
  std::vector<Process> out;
  DIR* proc = ::opendir("/proc");
  if (!proc) return out;
  while (const dirent* entry = ::readdir(proc)) {
    const int pid = std::atoi(entry->d_name);
    if (pid <= 0) continue;
    if (const auto p = process_at(pid)) out.push_back(*p);
  }
  ::closedir(proc);
  return out;
}

std::vector<Process> descendants(const std::vector<Process>& all, int root) {
  std::vector<Process> out;
  std::vector<int> parents{root};
  for (std::size_t i = 0; i < parents.size(); ++i) {
    for (const auto& p : all) {
      if (p.parent != parents[i] || p.pid == root) continue;
      out.push_back(p);
      parents.push_back(p.pid);
    }
  }
  return out;
}

std::vector<int> children_of(int pid) {
  std::vector<int> out;
  bool listed = false;
  // The kernel's own lists, one per thread, where it is configured to have them.
  if (DIR* threads = ::opendir(of(pid, "task").c_str())) {
    while (const dirent* entry = ::readdir(threads)) {
      if (entry->d_name[0] == '.') continue;
      const posix::Fd fd(
          ::openat(::dirfd(threads), (std::string(entry->d_name) + "/children").c_str(), O_RDONLY | O_CLOEXEC));
      if (!fd) continue;
      listed = true;
      std::string text;
      char buffer[4096];
      for (ssize_t n; (n = ::read(fd.get(), buffer, sizeof buffer)) > 0;)
        text.append(buffer, static_cast<std::size_t>(n));
      for (const int pid : numbers_in(text)) out.push_back(pid);
    }
    ::closedir(threads);
  }
  if (listed) return out;
  for (const auto& p : all_processes()) {
    if (p.parent == pid) out.push_back(p.pid);
  }
  return out;
}

std::vector<int> children_of_this_process() { return children_of(::getpid()); }

ChildList::ChildList() {
  const std::string self = std::to_string(::getpid());
  fd_ = posix::Fd(::open(("/proc/self/task/" + self + "/children").c_str(), O_RDONLY | O_CLOEXEC));
}

std::vector<int> ChildList::pids() const {
  std::string text;
  char buffer[4096];
  ssize_t n = -1;
  for (off_t at = 0; fd_ && (n = ::pread(fd_.get(), buffer, sizeof buffer, at)) > 0; at += n)
    text.append(buffer, static_cast<std::size_t>(n));
  return n < 0 ? children_of_this_process() : numbers_in(text);
}

namespace {

/// Each entry between two zeros; empty: it may not be read.
std::string framed_environment(int pid) {
  auto fd = posix::open_file(of(pid, "environ"), O_RDONLY);
  if (!fd) return {};
  const auto text = posix::read_all(fd->get(), kEnvironmentBytes, {});
  return text ? '\0' + *text + '\0' : std::string();
}

bool holds(const std::string& framed, const std::string& entry) {
  return framed.find('\0' + entry + '\0') != std::string::npos;
}

}  // namespace

bool environment_has(int pid, const std::vector<std::string>& entries) {
  if (entries.empty()) return false;
  const auto framed = framed_environment(pid);
  return std::all_of(entries.begin(), entries.end(), [&](const std::string& entry) { return holds(framed, entry); });
}

bool environment_has_any(int pid, const std::vector<std::string>& entries) {
  const auto framed = framed_environment(pid);
  return std::any_of(entries.begin(), entries.end(), [&](const std::string& entry) { return holds(framed, entry); });
}

bool signal_exactly(const Process& process, int signo) {
  const posix::Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0)));
  if (!pidfd) return false;
  // The descriptor holds whoever has the number now: it is ours if it has the same start.
  const auto now = process_at(process.pid);
  if (!now || now->start != process.start || now->dead) return false;
  return ::syscall(SYS_pidfd_send_signal, pidfd.get(), signo, nullptr, 0) == 0;
}

bool kill_exactly(const Process& process) { return signal_exactly(process, SIGKILL); }

}  // namespace rota::process
