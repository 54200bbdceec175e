// Names in the state root.
#include "scheduler/store/layout.h"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>

namespace rota::store {

std::string runs_directory(const std::string& state_root) { return state_root + "/runs"; }

std::optional<RunId> run_number(std::string_view name) {
  RunId run = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), run);
  if (error != std::errc() || end != name.data() + name.size() || run == 0 || name.front() == '0') return std::nullopt;
  return run;
}

Result<std::vector<RunId>> run_numbers(const std::string& state_root) {
  const auto path = runs_directory(state_root);
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(path.c_str()), ::closedir);
  std::vector<RunId> out;
  if (!dir) {
    if (errno == ENOENT) return out;
    return system_error("cannot list", path);
  }
  errno = 0;
  while (const auto* entry = ::readdir(dir.get())) {
    if (const auto run = run_number(entry->d_name)) out.push_back(*run);
  }
  if (errno) return system_error("cannot list", path);
  std::sort(out.begin(), out.end());
  return out;
}

Result<posix::Fd> lock_numbers(const std::string& state_root) {
  const auto path = state_root + "/next";
  auto fd = posix::open_file(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
  if (!fd) return fd.error();
  if (auto s = posix::lock(fd->get()); !s) return s.error();
  return fd;
}

}  // namespace rota::store
