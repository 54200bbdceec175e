// Names in the state root.
#include "scheduler/store/layout.h"

#include <fcntl.h>

#include <charconv>

#include "scheduler/store/aside.h"
#include "scheduler/store/instances.h"
#include "scheduler/store/own_files.h"

namespace rota::store {

std::string runs_directory(const std::string& state_root) { return state_root + "/runs"; }

std::string service_directory(const std::string& state_root) { return state_root + "/service"; }

std::string lock_path(const std::string& instance_directory) { return instance_directory + "/lock"; }

std::string output_directory(const std::string& instance_directory) { return instance_directory + "/out"; }

std::string output_directory(const std::string& instance_directory, RunId run) {
  const bool of_service = std::string_view(instance_directory).ends_with("/service");
  return output_directory(instance_directory) + (of_service ? "/" + std::to_string(run) : "");
}

std::optional<RunId> run_number(std::string_view name) {
  RunId run = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), run);
  if (error != std::errc() || end != name.data() + name.size() || run == 0 || name.front() == '0') return std::nullopt;
  return run;
}

Result<std::vector<RunId>> run_numbers(const std::string& state_root) {
  auto folder = NumberedFolder::open(runs_directory(state_root));
  if (folder) return folder->numbers();
  if (folder.error().code == Code::not_found) return std::vector<RunId>();
  return folder.error();
}

Result<posix::Fd> lock_numbers(const std::string& state_root) {
  auto fd = open_own_file(state_root + "/next", O_RDWR | O_CREAT);
  if (!fd) return fd.error();
  if (auto s = posix::lock(fd->get()); !s) return s.error();
  return fd;
}

Result<std::optional<posix::Fd>> try_lock_numbers(const std::string& state_root) {
  auto fd = open_own_file(state_root + "/next", O_RDWR | O_CREAT);
  if (!fd) return fd.error();
  const auto mine = posix::try_lock(fd->get());
  if (!mine) return mine.error();
  if (!*mine) return std::optional<posix::Fd>();
  return std::optional(std::move(*fd));
}

}  // namespace rota::store
