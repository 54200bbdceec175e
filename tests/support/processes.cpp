// Reading /proc. Everything here may vanish between two reads: a missing file is "gone", never an error.
#include "tests/support/processes.h"

#include <sys/syscall.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <sstream>

#include "tests/support/temp_dir.h"

namespace rota::test {
namespace {

namespace fs = std::filesystem;

struct Stat {
  char state = 'X';
  pid_t parent = 0;
  unsigned long long start_time = 0;
};

std::string proc(pid_t pid, std::string_view name) { return "/proc/" + std::to_string(pid) + "/" + std::string(name); }

std::optional<Stat> stat_of(pid_t pid) {
  const std::string text = read_file(proc(pid, "stat"));
  const auto after_name = text.rfind(')');  // the name may hold anything, brackets too
  if (after_name == std::string::npos) return std::nullopt;
  std::istringstream rest(text.substr(after_name + 1));
  Stat s;
  std::string skipped;
  rest >> s.state >> s.parent;
  for (int field = 5; field < 22; ++field) rest >> skipped;
  rest >> s.start_time;
  return s;
}

std::vector<pid_t> all_pids() {
  std::vector<pid_t> pids;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename();
    if (std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; }))
      pids.push_back(std::stoi(name));
  }
  return pids;
}

std::vector<std::string> names_in(const std::string& directory, bool targets) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    std::error_code gone;
    names.push_back(targets ? fs::read_symlink(it->path(), gone).string() : it->path().string());
  }
  return names;
}

}  // namespace

Process process_of(pid_t pid) {
  const auto s = stat_of(pid);
  return {pid, s ? s->start_time : 0};
}

bool alive(const Process& p) {
  const auto s = stat_of(p.pid);
  return s && s->start_time == p.start_time && s->state != 'Z' && s->state != 'X';
}

bool is_stopped(const Process& p) {
  const auto s = stat_of(p.pid);
  return s && s->start_time == p.start_time && s->state == 'T';
}

std::vector<Process> survivors(const std::vector<Process>& all) {
  std::vector<Process> found;
  std::copy_if(all.begin(), all.end(), std::back_inserter(found), alive);
  return found;
}

std::vector<Process> children_of(pid_t pid) {
  std::vector<Process> found;
  for (const pid_t p : all_pids()) {
    const auto s = stat_of(p);
    if (s && s->parent == pid && s->state != 'Z') found.push_back({p, s->start_time});
  }
  return found;
}

std::vector<Process> descendants_of(pid_t pid) {
  std::multimap<pid_t, Process> by_parent;
  for (const pid_t p : all_pids()) {
    if (const auto s = stat_of(p)) by_parent.emplace(s->parent, Process{p, s->start_time});
  }
  std::vector<Process> found;
  std::vector<pid_t> open{pid};
  while (!open.empty()) {
    const auto [first, last] = by_parent.equal_range(open.back());
    open.pop_back();
    for (auto it = first; it != last; ++it) {
      found.push_back(it->second);
      open.push_back(it->second.pid);
    }
  }
  return survivors(found);
}

std::vector<Process> with_environment(std::string_view entry) {
  const std::string wanted = '\0' + std::string(entry) + '\0';
  std::vector<Process> found;
  for (const pid_t p : all_pids()) {
    const std::string environment = '\0' + read_file(proc(p, "environ")) + '\0';
    if (environment.find(wanted) == std::string::npos) continue;
    if (const Process process = process_of(p); alive(process)) found.push_back(process);
  }
  return found;
}

std::vector<Process> descendants_with_command(pid_t pid, std::string_view text) {
  auto found = descendants_of(pid);
  std::erase_if(found, [&](const Process& p) { return command_line(p.pid).find(text) == std::string::npos; });
  return found;
}

bool polls_for_ever(pid_t pid) {
  std::istringstream call(read_file(proc(pid, "syscall")));
  std::string number, descriptors, count, within;
  call >> number >> descriptors >> count >> within;
  return number == std::to_string(SYS_poll) && within == "0xffffffff";
}

std::string command_line(pid_t pid) {
  std::string words = read_file(proc(pid, "cmdline"));
  while (!words.empty() && words.back() == '\0') words.pop_back();
  std::replace(words.begin(), words.end(), '\0', ' ');
  return words;
}

std::vector<std::string> thread_names(pid_t pid) {
  std::vector<std::string> names;
  for (const auto& thread : names_in(proc(pid, "task"), false)) {
    std::string name = read_file(thread + "/comm");
    if (!name.empty()) names.push_back(name.substr(0, name.find('\n')));
  }
  return names;
}

std::vector<std::string> open_files(pid_t pid) { return names_in(proc(pid, "fd"), true); }

std::string describe(const std::vector<Process>& all) {
  std::ostringstream text;
  for (const auto& p : all) {
    const auto s = stat_of(p.pid);
    text << p.pid << " (parent " << (s ? s->parent : 0) << ", state " << (s ? s->state : '-')
         << "): " << command_line(p.pid) << '\n';
  }
  return text.str();
}

}  // namespace rota::test
