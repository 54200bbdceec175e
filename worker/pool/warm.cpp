// What a task finds, and what it must not leave.
#include "worker/pool/warm.h"

#include <dirent.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <fstream>
#include <sstream>

#include "shared/limits.h"
#include "shared/process/proc.h"
#include "shared/process/tree.h"
#include "shared/text/text.h"
#include "worker/pool/attempt_context.h"
#include "worker/pool/household.h"
#include "worker/pool/run.h"

namespace rota::worker {
namespace {

constexpr Duration kShort = std::chrono::milliseconds(1);
constexpr std::uint32_t kShortOnes = 16;  // of those the process is looked at after every so many
constexpr int kRounds = 1000;             // of killing, a millisecond apart

std::uint32_t entries_of(const char* directory) {
  DIR* d = ::opendir(directory);
  if (!d) return 0;
  std::uint32_t n = 0;
  while (::readdir(d)) ++n;
  ::closedir(d);
  return n;
}

std::uint64_t memory_bytes() {
  std::ifstream in("/proc/self/statm");
  std::uint64_t size = 0, resident = 0;
  in >> size >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

bool has_children() {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/// False: some live on.
bool end_children(const std::vector<int>& keep) {
  for (int round = 0; round < kRounds; ++round) {
    bool any = false;
    process::kill_children_except(keep);
    for (const int pid : process::children_of_this_process()) {
      if (std::find(keep.begin(), keep.end(), pid) != keep.end()) continue;
      any = true;
      siginfo_t info{};
      ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG);
    }
    if (!any) return true;
    ::poll(nullptr, 0, 1);  // what was killed is dying, and what it leaves becomes a child of this process
  }
  return false;
}

}  // namespace

Status Warm::prepare(const Attempt& attempt, TargetContext& context) {
  const auto& a = attempt.assignment;
  if (!a.working_dir.empty() && ::chdir(a.working_dir.c_str()) != 0) return system_error("chdir", a.working_dir);
  set_environment(environment_of(attempt));
  if (!initialized_) {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // what leaves its parents comes here
    initialized_ = initialize(a, context);
    children_ = process::live_children();
    threads_ = entries_of("/proc/self/task");
    descriptors_ = entries_of("/proc/self/fd");
  }
  return *initialized_;
}

Status Warm::initialize(const lane::Assignment& a, TargetContext& context) {
  if (a.initializer.empty()) return {};
  const auto failed = [&](const std::string& why) {
    return fail(Code::refused, "its initializer '" + a.initializer + "' failed: " + why);
  };
  const auto callee = resolve(targets_, a.initializer, Mode::process, a.initializer_args, {});
  if (!callee) return failed(to_text(callee.error()));
  const ValueMap none;
  const Arguments arguments(*callee->signature, a.initializer_args, none);
  try {
    const auto result = callee->run(context, arguments);
    return result ? Status{} : failed(to_text(result.error()));
  } catch (const std::exception& e) {
    return failed(e.what());
  } catch (...) {
    return failed("it threw something that is not a std::exception");
  }
}

std::optional<std::string> Warm::clear_up(const Attempt& attempt) {
  std::fflush(stdout);
  std::fflush(stderr);
  if (has_children() && !end_children(children_)) return "processes that a task left cannot be ended";
  const auto& r = attempt.report;
  if (r.ended - r.started < kShort && ++attempts_ % kShortOnes != 0) return std::nullopt;
  return worn(attempt.assignment);
}

std::optional<std::string> Warm::worn(const lane::Assignment& a) {
  if (a.max_rss > 0)
    if (const auto bytes = memory_bytes(); bytes > a.max_rss)
      return "its memory is " + text::format_size(bytes) + ", more than max_rss (" + text::format_size(a.max_rss) + ")";
  const auto left = [](const char* of, std::uint32_t before) {
    const auto now = entries_of(of);
    return now > before ? now - before : 0;
  };
  if (const auto n = left("/proc/self/task", threads_); n > limits::kThreadsLeft)
    return "its tasks have left " + std::to_string(n) + " threads (threads_left)";
  if (const auto n = left("/proc/self/fd", descriptors_); n > limits::kDescriptorsLeft)
    return "its tasks have left " + std::to_string(n) + " open descriptors (descriptors_left)";
  return std::nullopt;
}

}  // namespace rota::worker
