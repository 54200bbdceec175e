// Renaming and removing, step by step below one descriptor.
#include "scheduler/store/aside.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

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

std::vector<std::string> names_in(const Directory& dir) {
  std::vector<std::string> out;
  while (const auto* entry = dir ? ::readdir(dir.get()) : nullptr) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") out.emplace_back(name);
  }
  return out;
}

/// Removes whatever has this name, directories with their content, without following a link at any step. What another
/// prune takes away at the same time is fine.
Status remove_tree(int parent, const std::string& name, int depth) {
  if (::unlinkat(parent, name.c_str(), 0) == 0 || errno == ENOENT) return {};
  if (errno != EISDIR && errno != EPERM) return system_error("cannot remove", name);
  if (depth == 0) return fail(Code::refused, "is nested too deep to be ours: remove it by hand", name);
  const auto dir = open_directory(parent, name.c_str());
  if (!dir) return errno == ENOENT ? Status() : Status(system_error("cannot remove", name));
  for (const auto& child : names_in(dir)) {
    if (auto s = remove_tree(::dirfd(dir.get()), child, depth - 1); !s) return s;
  }
  if (::unlinkat(parent, name.c_str(), AT_REMOVEDIR) && errno != ENOENT) return system_error("cannot remove", name);
  return {};
}

std::uint64_t bytes_below(int parent, const std::string& name, int depth) {
  struct stat st {};
  if (::fstatat(parent, name.c_str(), &st, AT_SYMLINK_NOFOLLOW)) return 0;
  if (S_ISREG(st.st_mode)) return static_cast<std::uint64_t>(st.st_size);
  if (!S_ISDIR(st.st_mode) || depth == 0) return 0;
  const auto dir = open_directory(parent, name.c_str());
  std::uint64_t sum = 0;
  for (const auto& child : names_in(dir)) sum += bytes_below(::dirfd(dir.get()), child, depth - 1);
  return sum;
}

std::string aside_name(RunId run) { return std::string(kGone) + std::to_string(run); }

}  // namespace

Result<NumberedFolder> NumberedFolder::open(const std::string& path) {
  auto fd = posix::open_file(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (fd) return NumberedFolder(path, std::move(*fd));
  if (fd.error().os_errno == ENOENT) return fail(Code::not_found, "is not there", path);
  return fd.error();
}

Result<std::vector<RunId>> NumberedFolder::numbers() const {
  const auto dir = open_directory(fd_.get(), ".");
  if (!dir) return system_error("cannot list", path_);
  std::vector<RunId> out;
  for (const auto& name : names_in(dir)) {
    if (const auto run = run_number(name)) out.push_back(*run);
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::uint64_t NumberedFolder::bytes_of(RunId run) const { return bytes_below(fd_.get(), std::to_string(run), kDepth); }

Status NumberedFolder::set_aside(RunId run) const {
  const auto name = std::to_string(run);
  if (::renameat(fd_.get(), name.c_str(), fd_.get(), aside_name(run).c_str()) == 0 || errno == ENOENT) return {};
  // The name is taken by what a killed prune has left: that goes first.
  if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR || errno == EISDIR) {
    if (auto s = remove_tree(fd_.get(), aside_name(run), kDepth); !s) return s;
    if (::renameat(fd_.get(), name.c_str(), fd_.get(), aside_name(run).c_str()) == 0) return {};
  }
  return system_error("cannot set aside", path_ + "/" + name);
}

Status NumberedFolder::sync() const {
  if (::fsync(fd_.get())) return system_error("cannot sync", path_);
  return {};
}

std::vector<RunId> NumberedFolder::are_set_aside() const {
  std::vector<RunId> out;
  for (const auto& name : names_in(open_directory(fd_.get(), "."))) {
    if (!name.starts_with(kGone)) continue;
    if (const auto run = run_number(std::string_view(name).substr(kGone.size()))) out.push_back(*run);
  }
  std::sort(out.rbegin(), out.rend());
  return out;
}

Result<std::vector<RunId>> NumberedFolder::remove_set_aside() const {
  std::vector<RunId> gone;
  Status trouble;
  for (const RunId run : are_set_aside()) {
    const auto name = aside_name(run);
    if (auto s = remove_tree(fd_.get(), name, kDepth); s) {
      gone.push_back(run);
    } else if (trouble) {
      auto error = s.error();
      error.where = path_ + "/" + name + (error.where == name ? "" : "/" + error.where);
      trouble = error;
    }
  }
  if (!trouble) return trouble.error();
  return gone;
}

}  // namespace rota::store
