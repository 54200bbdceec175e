// Reading and writing the files of cgroups.
#include "shared/process/cgroup_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

namespace rota::process {
namespace {

constexpr int kLockTries = 1000;  // about a second: as long as sweepers may take

}  // namespace

std::string first_bytes(int fd) {
  char buffer[512];
  const auto n = ::pread(fd, buffer, sizeof buffer, 0);
  return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : std::string();
}

std::uint64_t keyed(std::string_view text, std::string_view key) {
  for (std::size_t at = 0; at < text.size();) {
    const auto line = text.substr(at, text.find('\n', at) - at);
    if (line.starts_with(key) && line.size() > key.size() && line[key.size()] == ' ')
      return std::strtoull(std::string(line.substr(key.size() + 1)).c_str(), nullptr, 10);
    at += line.size() + 1;
  }
  return 0;
}

std::vector<std::string> directories(const std::string& path, std::string_view prefix) {
  std::vector<std::string> out;
  DIR* d = ::opendir(path.c_str());
  if (!d) return out;
  while (const dirent* entry = ::readdir(d)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != ".." && name.starts_with(prefix) && entry->d_type == DT_DIR)
      out.push_back(path + "/" + std::string(name));
  }
  ::closedir(d);
  return out;
}

bool write_text(const std::string& path, std::string_view text) {
  const auto fd = posix::open_file(path, O_WRONLY);
  return fd && ::write(fd->get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

Result<posix::Fd> make_locked(const std::string& directory) {
  for (int tries = 0; tries < kLockTries; ++tries, std::this_thread::sleep_for(std::chrono::milliseconds(1))) {
    if (::mkdir(directory.c_str(), 0755) && errno != EEXIST) return system_error("cannot make a cgroup", directory);
    auto fd = posix::open_file(directory, O_RDONLY | O_DIRECTORY);
    if (!fd && fd.error().os_errno == ENOENT) continue;
    if (!fd) return ::rmdir(directory.c_str()), fd.error();
    if (::flock(fd->get(), LOCK_EX | LOCK_NB)) continue;
    struct stat held {
    }, there{};
    if (::fstat(fd->get(), &held) == 0 && ::stat(directory.c_str(), &there) == 0 && held.st_ino == there.st_ino)
      return fd;
  }
  return fail(Code::refused, "cannot take a cgroup for this worker", directory);
}

std::optional<std::string> own_cgroup(std::string_view hierarchy) {
  std::ifstream in("/proc/self/cgroup");
  for (std::string line; std::getline(in, line);) {
    const auto at = line.find(hierarchy);
    if (at == std::string::npos || (at != 0 && hierarchy.front() != ':')) continue;
    const auto path = line.substr(at + hierarchy.size());
    return path == "/" ? std::string() : path;
  }
  return std::nullopt;
}

}  // namespace rota::process
