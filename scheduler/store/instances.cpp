// Locks and instance directories.
#include "scheduler/store/instances.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "scheduler/store/journal.h"
#include "scheduler/store/layout.h"
#include "scheduler/store/numbers.h"
#include "scheduler/store/own_files.h"
#include "scheduler/store/schema.h"

namespace rota::store {
namespace {

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

/// Where even the lock cannot be read, or is no file, reading the journal will say why.
bool is_live(const std::string& directory) {
  const auto path = lock_path(directory);
  struct stat st {};
  if (::lstat(path.c_str(), &st) || !S_ISREG(st.st_mode)) return false;
  const auto locked = posix::is_locked(path);
  return locked && *locked;
}

bool is_directory(const std::string& path) {
  struct stat st {};
  return ::lstat(path.c_str(), &st) == 0 && S_ISDIR(st.st_mode);
}

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

/// The output directory says so at once; after a power cut only the journal may.
bool is_of_service(const std::string& directory, RunId run) {
  if (is_directory(output_directory(directory, run))) return true;
  auto reader = open_reader(directory);
  return reader && (*reader)->view(run);
}

}  // namespace

Result<posix::Fd> lock_instance(const std::string& directory) {
  const auto path = lock_path(directory);
  auto fd = open_own_file(path, O_RDWR | O_CREAT);
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
  if (auto made = make_own_directory(runs_directory(state_root)); !made) return made.error();
  auto run = take_number_for_run(state_root);
  if (!run) return run.error();
  return make_instance(state_root, *run);
}

Result<Instance> open_service_instance(const std::string& state_root) {
  const auto directory = service_directory(state_root);
  auto made = make_own_directory(directory);
  if (!made) return made.error();
  auto lock = lock_instance(directory);
  if (!lock) return lock.error();
  bool new_parts = false;
  for (const auto& part : {output_directory(directory), directory + "/launchers"}) {
    auto made_part = make_own_directory(part);
    if (!made_part) return made_part.error();
    new_parts |= *made_part;
  }
  if (new_parts) {
    if (auto s = sync_directory(directory); !s) return s.error();
  }
  if (*made) {
    if (auto s = sync_directory(state_root); !s) return s.error();
  }
  return Instance{0, directory, std::move(*lock)};
}

Result<std::string> make_output_directory(const std::string& instance_directory, RunId run) {
  auto path = output_directory(instance_directory, run);
  if (auto made = make_own_directory(path); !made) return made.error();
  return path;
}

Result<std::vector<InstanceEntry>> list_instances(const std::string& state_root) {
  auto runs = run_numbers(state_root);
  if (!runs) return runs.error();
  std::vector<InstanceEntry> out;
  for (auto it = runs->rbegin(); it != runs->rend(); ++it) {
    InstanceEntry entry{*it, runs_directory(state_root) + "/" + std::to_string(*it), false};
    entry.live = is_live(entry.directory);
    out.push_back(std::move(entry));
  }
  return out;
}

Result<std::optional<InstanceEntry>> find_service(const std::string& state_root) {
  const auto directory = service_directory(state_root);
  struct stat st {};
  if (::lstat(directory.c_str(), &st) && errno == ENOENT) return std::optional<InstanceEntry>();
  if (auto s = check_own_directory(directory); !s) return s.error();
  return std::optional(InstanceEntry{0, directory, is_live(directory)});
}

Result<InstanceEntry> find_instance(const std::string& state_root, RunId run) {
  const auto directory = runs_directory(state_root) + "/" + std::to_string(run);
  if (is_directory(directory)) return InstanceEntry{run, directory, is_live(directory)};
  auto service = find_service(state_root);
  if (!service) return service.error();
  if (*service && is_of_service((*service)->directory, run))
    return InstanceEntry{run, (*service)->directory, (*service)->live};
  return fail(Code::not_found, "no such run " + std::to_string(run) + ": `rota ps -a` lists them");
}

}  // namespace rota::store
