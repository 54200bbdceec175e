// Deleting old instances. What is to go is first renamed out of the numbers, so that no reader sees half of it; a prune
// that is killed leaves such names behind, and the next one removes them.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "scheduler/store/instances.h"
#include "scheduler/store/layout.h"

namespace rota::store {
namespace {

constexpr std::string_view kGone = ".gone-";
constexpr int kDepth = 4;  // an instance has directories in it, these have files

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

Directory open_directory(int parent, const char* name) {
  const int fd = ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  Directory dir(fd < 0 ? nullptr : ::fdopendir(fd), ::closedir);
  if (!dir && fd >= 0) ::close(fd);
  return dir;
}

/// Removes whatever has this name, directories with their content, without following a link at any step. What another
/// prune takes away at the same time is fine.
Status remove_tree(int parent, const char* name, int depth) {
  if (::unlinkat(parent, name, 0) == 0 || errno == ENOENT) return {};
  if (errno != EISDIR && errno != EPERM) return system_error("cannot remove", name);
  if (depth == 0) return fail(Code::refused, "is nested too deep to be ours: remove it by hand", name);
  const auto dir = open_directory(parent, name);
  if (!dir) return errno == ENOENT ? Status() : Status(system_error("cannot remove", name));
  while (const auto* entry = ::readdir(dir.get())) {
    const std::string_view child = entry->d_name;
    if (child == "." || child == "..") continue;
    if (auto s = remove_tree(::dirfd(dir.get()), entry->d_name, depth - 1); !s) return s;
  }
  if (::unlinkat(parent, name, AT_REMOVEDIR) && errno != ENOENT) return system_error("cannot remove", name);
  return {};
}

/// Renames the oldest instances without a coordinator, beyond `keep`. Under the numbers' lock no instance is half made,
/// and a run's coordinator never comes back once it is gone.
Status set_aside(const std::string& root, int runs_fd, std::size_t keep) {
  auto guard = lock_numbers(root);
  if (!guard) return guard.error();
  auto instances = list_instances(root);
  if (!instances) return instances.error();
  std::size_t kept = 0;
  for (const auto& instance : *instances) {
    if (instance.live || kept++ < keep) continue;
    const auto name = std::to_string(instance.run);
    const auto gone = std::string(kGone) + name;
    if (::renameat(runs_fd, name.c_str(), runs_fd, gone.c_str()))
      return system_error("cannot set aside", instance.directory);
  }
  return {};
}

std::vector<std::string> names_set_aside(int runs_fd) {
  std::vector<std::string> out;
  const auto dir = open_directory(runs_fd, ".");
  while (const auto* entry = dir ? ::readdir(dir.get()) : nullptr) {
    const std::string_view name = entry->d_name;
    if (name.starts_with(kGone) && run_number(name.substr(kGone.size()))) out.emplace_back(name);
  }
  return out;
}

}  // namespace

Result<std::size_t> prune_finished(const std::string& state_root, std::size_t keep) {
  auto runs = run_numbers(state_root);
  if (!runs) return runs.error();
  if (runs->empty()) return std::size_t{0};
  const auto path = runs_directory(state_root);
  auto fd = posix::open_file(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!fd) return fd.error();
  if (runs->size() > keep) {
    if (auto s = set_aside(state_root, fd->get(), keep); !s) return s.error();
  }
  std::size_t gone = 0;
  Status trouble;  // one that cannot go does not keep the others
  for (const auto& name : names_set_aside(fd->get())) {
    if (auto s = remove_tree(fd->get(), name.c_str(), kDepth); s) {
      ++gone;
    } else if (trouble) {
      auto error = s.error();
      error.where = path + "/" + name + (error.where == name ? "" : "/" + error.where);
      trouble = error;
    }
  }
  if (!trouble) return trouble.error();
  return gone;
}

}  // namespace rota::store
