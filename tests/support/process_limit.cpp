// Of version 1 or 2, whichever has the pids controller.
#include "tests/support/process_limit.h"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <fstream>

#include "tests/support/eventually.h"

namespace rota::test {
namespace {

std::string first_line(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

bool write_line(const std::string& path, const std::string& line) {
  std::ofstream out(path);
  out << line << std::flush;
  return out.good();
}

}  // namespace

ProcessLimit::ProcessLimit(int pid) {
  static std::atomic<unsigned> made{0};
  const auto name = "/rota-test-" + std::to_string(::getpid()) + "-" + std::to_string(++made);
  for (const char* root : {"/sys/fs/cgroup/pids", "/sys/fs/cgroup"}) {
    const auto group = root + name;
    if (::mkdir(group.c_str(), 0700) != 0) continue;
    const bool has_limit = ::access((group + "/pids.max").c_str(), W_OK) == 0;
    if (has_limit && write_line(group + "/cgroup.procs", std::to_string(pid))) {
      group_ = group;
      return;
    }
    ::rmdir(group.c_str());
  }
  why_not_ = "no control group with a limit on processes can be had here";
}

ProcessLimit::~ProcessLimit() {
  if (!there()) return;
  lift();
  const auto above = group_.substr(0, group_.rfind('/')) + "/cgroup.procs";
  eventually(kPatience, [&] {
    std::ifstream in(group_ + "/cgroup.procs");
    for (std::string pid; std::getline(in, pid);) write_line(above, pid);
    return ::rmdir(group_.c_str()) == 0;
  });
}

void ProcessLimit::close() { write_line(group_ + "/pids.max", first_line(group_ + "/pids.current")); }

void ProcessLimit::lift() { write_line(group_ + "/pids.max", "max"); }

std::uint64_t ProcessLimit::refusals() const {
  const auto line = first_line(group_ + "/pids.events");  // "max 12"
  return line.starts_with("max ") ? std::stoull(line.substr(4)) : 0;
}

}  // namespace rota::test
