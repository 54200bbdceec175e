// Processes as /proc shows them: identity that survives pid reuse, children, descriptors, threads, environment.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace rota::test {

/// A process that cannot be mistaken for another: the pid with the time it was started.
struct Process {
  pid_t pid = -1;
  unsigned long long start_time = 0;  // clock ticks since boot
  bool operator==(const Process&) const = default;
};

/// Empty start_time when there is no such process.
Process process_of(pid_t pid);
/// Runs, sleeps or is stopped; a zombie (state Z or X) counts as gone, as PID 1 may be slow to reap it.
bool alive(const Process& p);
/// By a signal (state T).
bool is_stopped(const Process& p);
/// Those of `all` that are alive.
std::vector<Process> survivors(const std::vector<Process>& all);

std::vector<Process> children_of(pid_t pid);
/// Children, their children and so on; `pid` itself is not among them.
std::vector<Process> descendants_of(pid_t pid);
/// Living processes whose initial environment has exactly this "K=V". Ours to read only.
std::vector<Process> with_environment(std::string_view entry);
/// Living descendants of `pid` whose command line contains `text` (words joined by spaces).
std::vector<Process> descendants_with_command(pid_t pid, std::string_view text);

/// Its first thread is in a poll() without an end.
bool polls_for_ever(pid_t pid);

std::string command_line(pid_t pid);               // words joined by spaces; empty when gone
std::vector<std::string> thread_names(pid_t pid);  // comm of each thread
std::vector<std::string> open_files(pid_t pid);    // targets of /proc/PID/fd
/// One line per process, for messages of failed tests.
std::string describe(const std::vector<Process>& all);

}  // namespace rota::test
