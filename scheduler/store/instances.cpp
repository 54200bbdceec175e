// Numbers, locks and instance directories.
#include "scheduler/store/instances.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "scheduler/store/layout.h"
#include "scheduler/store/schema.h"

namespace rota::store {
namespace {

constexpr RunId kLastRun = 4'000'000'000;

std::string lock_path(const std::string& directory) { return directory + "/lock"; }

/// The number to give now. The directories have a say: `next` may have been lost with an old backup.
Result<RunId> read_next(int fd, const std::string& root) {
  char text[16] = {};
  const auto n = ::pread(fd, text, sizeof text - 1, 0);
  if (n < 0) return system_error("cannot read", root + "/next");
  const std::string_view digits(text, std::string_view(text, static_cast<std::size_t>(n)).find('\n'));
  const auto first = std::find_if(digits.begin(), digits.end(), [](char c) { return c != '0'; });
  const auto stored = run_number({first, digits.end()}).value_or(1);
  auto there = run_numbers(root);
  if (!there) return there.error();
  const auto next = std::max(stored, there->empty() ? 1 : there->back() + 1);
  if (next >= kLastRun) return fail(Code::refused, "all run numbers are used up: move the state directory aside", root);
  return next;
}

/// Ten digits and a newline over the old ones: within one sector, so a power cut leaves the old or the new number.
Status write_next(int fd, RunId next, const std::string& root) {
  auto text = std::to_string(next);
  text = std::string(10 - text.size(), '0') + text + "\n";
  if (::pwrite(fd, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    return system_error("cannot write", root + "/next");
  if (::fdatasync(fd)) return system_error("cannot sync", root + "/next");
  return next == 2 ? sync_directory(root) : Status();  // the first number: the file is new, its name must last as well
}

std::string local_time_text() {
  const auto now = std::time(nullptr);
  struct tm parts {};
  ::localtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts)};
}

/// What the holder of a lock says of itself: "pid N since T".
std::string holder(int lock_fd) {
  char text[128] = {};
  const auto n = ::pread(lock_fd, text, sizeof text - 1, 0);
  const std::string_view line(text, n > 0 ? static_cast<std::size_t>(n) : 0);
  return line.empty() ? "by a process that is just starting" : std::string(line.substr(0, line.find('\n')));
}

Result<bool> is_live(const std::string& directory) { return posix::is_locked(lock_path(directory)); }

Result<Instance> make_instance(const std::string& root, RunId run) {
  const auto directory = runs_directory(root) + "/" + std::to_string(run);
  if (::mkdir(directory.c_str(), 0700)) return system_error("cannot make the run's directory", directory);
  const auto out = output_directory(directory);
  if (::mkdir(out.c_str(), 0700)) return system_error("cannot make the run's directory", out);
  auto lock = lock_instance(directory);
  if (!lock) return lock.error();
  if (auto s = sync_directory(runs_directory(root)); !s) return s.error();
  return Instance{run, directory, std::move(*lock)};
}

}  // namespace

std::string output_directory(const std::string& instance_directory) { return instance_directory + "/out"; }

Result<posix::Fd> lock_instance(const std::string& directory) {
  const auto path = lock_path(directory);
  auto fd = posix::open_file(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
  if (!fd) return fd.error();
  auto mine = posix::try_lock(fd->get());
  if (!mine) return mine.error();
  if (!*mine) return fail(Code::refused, "already running, " + holder(fd->get()), directory);
  const auto text = "pid " + std::to_string(::getpid()) + " since " + local_time_text() + "\n";
  if (::ftruncate(fd->get(), 0) || ::pwrite(fd->get(), text.data(), text.size(), 0) < 0)
    return system_error("cannot write", path);
  return fd;
}

Result<Instance> create_run_instance(const std::string& state_root) {
  if (::mkdir(runs_directory(state_root).c_str(), 0700) && errno != EEXIST)
    return system_error("cannot make a directory", runs_directory(state_root));
  auto fd = lock_numbers(state_root);
  if (!fd) return fd.error();
  auto next = read_next(fd->get(), state_root);
  if (!next) return next.error();
  // The number is spent before it is used: a crash in between leaves a gap, never a double.
  if (auto s = write_next(fd->get(), *next + 1, state_root); !s) return s.error();
  return make_instance(state_root, *next);
}

Result<std::vector<InstanceEntry>> list_instances(const std::string& state_root) {
  auto runs = run_numbers(state_root);
  if (!runs) return runs.error();
  std::vector<InstanceEntry> out;
  for (auto it = runs->rbegin(); it != runs->rend(); ++it) {
    InstanceEntry entry{*it, runs_directory(state_root) + "/" + std::to_string(*it), false};
    auto live = is_live(entry.directory);
    entry.live = live && *live;  // where even the lock cannot be read, reading the journal will say why
    out.push_back(std::move(entry));
  }
  return out;
}

Result<InstanceEntry> find_instance(const std::string& state_root, RunId run) {
  InstanceEntry entry{run, runs_directory(state_root) + "/" + std::to_string(run), false};
  struct stat st {};
  if (::lstat(entry.directory.c_str(), &st) || !S_ISDIR(st.st_mode))
    return fail(Code::not_found, "no such run " + std::to_string(run) + ": `rota ps -a` lists them");
  auto live = is_live(entry.directory);
  entry.live = live && *live;
  return entry;
}

}  // namespace rota::store
