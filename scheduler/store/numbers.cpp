// The counter: <root>/next, under its lock.
#include "scheduler/store/numbers.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "scheduler/store/aside.h"
#include "scheduler/store/instances.h"
#include "scheduler/store/journal.h"
#include "scheduler/store/layout.h"
#include "scheduler/store/schema.h"

namespace rota::store {
namespace {

constexpr RunId kLastRun = 4'000'000'000;

constexpr RunId kReserved = 64;  // numbers that one sync makes safe

/// "next reserved boot": the number to come; one below which all may have been given, known to the disk; and the boot
/// of the machine in which `next` was written. A write without a sync outlives every process, but not the machine:
/// after a power cut `next` may be an old one, and numbers go on from `reserved`.
struct Counter {
  RunId next = 0;  // 0: it is lost
  RunId reserved = 0;
  std::string boot;
};

/// Empty when it cannot be told: then every number is synced.
std::string this_boot() {
  auto fd = posix::open_file("/proc/sys/kernel/random/boot_id", O_RDONLY);
  if (!fd) return {};
  auto text = posix::read_all(fd->get(), 64, "boot_id");
  return text ? text->substr(0, text->find('\n')) : std::string();
}

RunId number_in(std::string_view digits) {
  const auto first = std::find_if(digits.begin(), digits.end(), [](char c) { return c != '0'; });
  return run_number({first, digits.end()}).value_or(0);
}

Result<Counter> read_counter(int fd, const std::string& root) {
  char text[128] = {};
  const auto n = ::pread(fd, text, sizeof text - 1, 0);
  if (n < 0) return system_error("cannot read", root + "/next");
  std::string_view line(text, static_cast<std::size_t>(n));
  line = line.substr(0, line.find('\n'));
  const auto word = [&line] {
    const auto out = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(line.size(), out.size() + 1));
    return out;
  };
  Counter counter;
  counter.next = number_in(word());
  counter.reserved = std::max(counter.next, number_in(word()));
  counter.boot = word();
  if (counter.boot != this_boot() && counter.next != 0) counter.next = counter.reserved;
  return counter;
}

std::string ten_digits(RunId n) {
  const auto text = std::to_string(n);
  return std::string(10 - text.size(), '0') + text;
}

/// Over the old one: within one sector, so a power cut leaves the old or the new one.
Status write_counter(int fd, RunId next, Counter counter, const std::string& root) {
  const auto boot = this_boot();
  const bool sync = next > counter.reserved || boot.empty() || boot != counter.boot;
  if (sync) counter.reserved = boot.empty() ? next : next + kReserved;
  const auto text = ten_digits(next) + " " + ten_digits(counter.reserved) + " " + boot + "\n";
  if (::pwrite(fd, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    return system_error("cannot write", root + "/next");
  if (sync && ::fdatasync(fd)) return system_error("cannot sync", root + "/next");
  return {};
}

Result<RunId> highest_directory(const std::string& path) {
  auto folder = NumberedFolder::open(path);
  if (!folder) return folder.error().code == Code::not_found ? Result<RunId>(0) : folder.error();
  auto numbers = folder->numbers();
  if (!numbers) return numbers.error();
  return numbers->empty() ? 0 : numbers->back();
}

Result<RunId> highest_in_service_journal(const std::string& root) {
  auto reader = open_reader(service_directory(root));
  auto highest = reader ? (*reader)->highest_run() : Result<RunId>(reader.error());
  if (!highest && highest.error().code == Code::not_found) return RunId{0};
  return highest;
}

bool is_there(const std::string& path) {
  struct stat st {};
  return ::lstat(path.c_str(), &st) == 0;
}

enum class Taker { service, run };

/// The number to give now. The directories have a say: the counter may have been lost, or be of an old backup.
Result<RunId> next_number(RunId counter, const std::string& root, RunId above, Taker taker) {
  auto runs = highest_directory(runs_directory(root));
  if (!runs) return runs.error();
  auto next = std::max({counter, above + 1, *runs + 1});
  // The service may have thousands of these, and knows its own runs: it looks only when there is reason to.
  const auto outputs = output_directory(service_directory(root));
  if (taker == Taker::run || counter == 0 || is_there(outputs + "/" + std::to_string(next))) {
    auto highest = highest_directory(outputs);
    if (!highest) return highest.error();
    next = std::max(next, *highest + 1);
  }
  if (counter == 0 && taker == Taker::run) {
    auto highest = highest_in_service_journal(root);
    if (!highest) return highest.error();
    next = std::max(next, *highest + 1);
  }
  if (next >= kLastRun) return fail(Code::refused, "all run numbers are used up: move the state directory aside", root);
  return next;
}

Result<RunId> take(int locked, const std::string& root, RunId above, Taker taker) {
  auto counter = read_counter(locked, root);
  if (!counter) return counter.error();
  auto next = next_number(counter->next, root, above, taker);
  if (!next) return next.error();
  // The number is spent before it is used: a crash in between leaves a gap, never a double.
  if (auto s = write_counter(locked, *next + 1, *counter, root); !s) return s.error();
  if (counter->next == 0) {  // the file may be new: its name must last as well
    if (auto s = sync_directory(root); !s) return s.error();
  }
  return next;
}

}  // namespace

Result<RunId> take_run_number(const std::string& state_root, RunId above) {
  auto fd = lock_numbers(state_root);
  if (!fd) return fd.error();
  return take(fd->get(), state_root, above, Taker::service);
}

Result<std::optional<RunId>> try_take_run_number(const std::string& state_root, RunId above) {
  auto fd = try_lock_numbers(state_root);
  if (!fd) return fd.error();
  if (!*fd) return std::optional<RunId>();
  auto run = take((*fd)->get(), state_root, above, Taker::service);
  if (!run) return run.error();
  return std::optional(*run);
}

Result<RunId> take_number_for_run(const std::string& state_root) {
  auto fd = lock_numbers(state_root);
  if (!fd) return fd.error();
  return take(fd->get(), state_root, 0, Taker::run);
}

}  // namespace rota::store
