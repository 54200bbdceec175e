// Finding and ending orphans through /proc.
#include "scheduler/daemon/orphans.h"

#include <dirent.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>

#include "shared/clock.h"

namespace rota::daemon {
namespace {

/// Parent of a process from /proc/PID/stat; the name in parentheses may hold anything, so the last ')' counts. 0: gone.
int parent_of(const char* pid) {
  std::ifstream in(std::string("/proc/") + pid + "/stat");
  std::string line;
  if (!std::getline(in, line)) return 0;
  const auto close = line.rfind(')');
  if (close == std::string::npos) return 0;
  char state = 0;
  int parent = 0;
  return std::sscanf(line.c_str() + close + 1, " %c %d", &state, &parent) == 2 ? parent : 0;
}

std::vector<int> scan_all_processes() {
  std::vector<int> out;
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), ::closedir);
  if (!proc) return out;
  const int self = ::getpid();
  while (const dirent* e = ::readdir(proc.get())) {
    if (e->d_name[0] < '1' || e->d_name[0] > '9') continue;
    if (parent_of(e->d_name) == self) out.push_back(std::atoi(e->d_name));
  }
  return out;
}

}  // namespace

std::vector<int> child_pids() {
  std::vector<int> out;
  const std::unique_ptr<DIR, int (*)(DIR*)> tasks(::opendir("/proc/self/task"), ::closedir);
  if (!tasks) return scan_all_processes();
  while (const dirent* e = ::readdir(tasks.get())) {
    if (e->d_name[0] == '.') continue;
    std::ifstream in(std::string("/proc/self/task/") + e->d_name + "/children");
    if (!in) return scan_all_processes();  // a kernel without CONFIG_PROC_CHILDREN
    for (int pid = 0; in >> pid;) out.push_back(pid);
  }
  return out;
}

Orphans::Orphans() {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  for (const int pid : child_pids()) before_.insert(pid);
}

int Orphans::sweep(const std::function<bool(int pid)>& is_worker) {
  int killed = 0;
  std::set<int> seen;
  const auto deadline = monotonic_now() + std::chrono::seconds(1);
  do {
    bool any = false;
    for (const int pid : child_pids()) {
      if (before_.count(pid) || is_worker(pid)) continue;
      any = true;
      siginfo_t info{};
      const bool dead =
          ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
      if (!dead && seen.insert(pid).second) ++killed;
      if (!dead) ::kill(pid, SIGKILL);  // our own unreaped child: the number cannot be a stranger's
      ::waitpid(pid, nullptr, dead ? 0 : WNOHANG);
    }
    if (!any) break;
    ::usleep(500);  // the kernel needs a moment to end them and to hand us their children
  } while (monotonic_now() < deadline);
  return killed;
}

}  // namespace rota::daemon
