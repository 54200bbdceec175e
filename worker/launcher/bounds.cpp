// Rounding up, and naming.
#include "worker/launcher/bounds.h"

#include <fmt/format.h>

#include <csignal>
#include <string>

namespace rota::worker {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr int kSignalledInShell = 128;  // a shell tells of a signal that ended its command by this and the number

std::string bytes_text(std::uint64_t bytes) {
  static constexpr std::string_view kUnits[] = {"bytes", "KiB", "MiB", "GiB"};
  std::size_t unit = 0;
  while (unit + 1 < std::size(kUnits) && bytes >= 1024 && bytes % 1024 == 0) bytes /= 1024, ++unit;
  return fmt::format("{} {}", bytes, kUnits[unit]);
}

std::uint64_t cpu_seconds(const lane::ProcessLimits& l) {
  return static_cast<std::uint64_t>((l.cpu_time_ns + kSecond - 1) / kSecond);
}

/// Those that a program hears of as an error of a call, and not as a signal.
std::string limits_met(const lane::ProcessLimits& l, bool memory_is_bounded) {
  std::string out;
  const auto add = [&out](const std::string& one) { out += (out.empty() ? "" : ", ") + one; };
  if (l.memory != 0 && !memory_is_bounded) add("memory limit " + bytes_text(l.memory));
  if (l.open_files != 0) add(fmt::format("open files limit {}", l.open_files));
  return out;
}

}  // namespace

int signal_of(const Ending& e) {
  if (e.kind == Ending::Kind::signalled) return e.value;
  return e.kind == Ending::Kind::exited && e.value > kSignalledInShell ? e.value - kSignalledInShell : 0;
}

process::Bounds bounds_of(const lane::ProcessLimits& l, bool memory_is_bounded) {
  return {memory_is_bounded ? 0 : l.memory, l.nice, l.open_files, cpu_seconds(l), l.file_size};
}

void tell_oom_kills(const lane::ProcessLimits& l, std::uint64_t kills, AttemptReport& r) {
  if (kills == 0 || r.ending.oom || r.ending.stopped_by != StopCause::none) return;
  if (!r.message.empty()) r.message += "; ";
  r.message += fmt::format("the kernel killed {} of its processes for want of memory", kills);
  if (l.memory != 0) r.message += fmt::format(" (memory limit {})", bytes_text(l.memory));
}

void name_limit(const lane::ProcessLimits& l, bool memory_is_bounded, AttemptReport& r) {
  const auto& e = r.ending;
  const bool bad = e.kind == Ending::Kind::signalled || (e.kind == Ending::Kind::exited && e.value != 0);
  const auto known = limits_met(l, memory_is_bounded);
  // A function that failed may have met them; what it says stands first.
  if (e.kind == Ending::Kind::threw && !known.empty()) r.message += "; it ran with " + known;
  if (!bad || e.stopped_by != StopCause::none || !r.message.empty()) return;
  const int signo = signal_of(e);
  // The kernel kills one that takes no notice of SIGXCPU so long after it; see bounds_of. Its clocks are not our own.
  const auto used_us = r.usage.cpu_us + 300'000;
  const bool spent = l.cpu_time_ns != 0 && used_us >= l.cpu_time_ns / 1000;
  const bool overspent = spent && used_us >= l.cpu_time_ns / 1000 + 5'000'000;
  if ((signo == SIGXCPU && spent) || (signo == SIGKILL && overspent && !e.oom)) {
    r.message = fmt::format("signal {} (cpu limit {} s)", signo == SIGXCPU ? "SIGXCPU" : "SIGKILL", cpu_seconds(l));
  } else if (l.file_size != 0 && signo == SIGXFSZ) {
    r.message = fmt::format("signal SIGXFSZ (file size limit {})", bytes_text(l.file_size));
  } else if (e.oom && l.memory != 0) {
    r.message = fmt::format("memory limit {}", bytes_text(l.memory));
  } else if (e.kind == Ending::Kind::exited) {
    if (!known.empty()) r.message = "it ran with " + known;  // its own error
  }
}

}  // namespace rota::worker
