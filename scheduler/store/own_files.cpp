// Checks of owner, kind and mode.
#include "scheduler/store/own_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace rota::store {
namespace {

constexpr const char* kAway = ": it was not put there by Rota; remove it, or use another state directory";

std::string kind_of(mode_t mode) {
  if (S_ISLNK(mode)) return "a symbolic link";
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISREG(mode)) return "a regular file";
  return "a device";
}

Status check_owner_and_mode(const struct stat& st, const std::string& path) {
  if (st.st_uid != ::geteuid())
    return fail(Code::refused,
                "belongs to user " + std::to_string(st.st_uid) + ", not to you: use another state directory "
                "(--state-dir or ROTA_STATE_DIR)", path);
  if (st.st_mode & (S_IWGRP | S_IWOTH))
    return fail(Code::refused, "others may write to it: run `chmod go-w` on it, or use another state directory", path);
  return {};
}

Status check_file(const struct stat& st, const std::string& path) {
  if (!S_ISREG(st.st_mode))
    return fail(Code::refused, "is " + kind_of(st.st_mode) + ", not a regular file" + kAway, path);
  if (st.st_nlink > 1)
    return fail(Code::refused,
                "has a second name (a hard link), by which others may reach it: put a copy in its place", path);
  return check_owner_and_mode(st, path);
}

}  // namespace

Status check_own_directory(const std::string& path) {
  struct stat st {};
  if (::lstat(path.c_str(), &st)) return system_error("cannot look at the directory", path);
  if (!S_ISDIR(st.st_mode)) return fail(Code::refused, "is " + kind_of(st.st_mode) + ", not a directory" + kAway, path);
  return check_owner_and_mode(st, path);
}

Result<bool> make_own_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return true;
  if (errno != EEXIST) return system_error("cannot make a directory", path);
  if (auto s = check_own_directory(path); !s) return s.error();
  return false;
}

Status check_own_file(const std::string& path) {
  struct stat st {};
  if (::lstat(path.c_str(), &st)) return errno == ENOENT ? Status() : Status(system_error("cannot look at", path));
  return check_file(st, path);
}

Result<posix::Fd> open_own_file(const std::string& path, int flags) {
  auto fd = posix::open_file(path, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
  if (!fd) {
    // A link, a socket, a FIFO without a reader: the reason is better than the errno.
    auto why = check_own_file(path);
    return why ? fd.error() : why.error();
  }
  struct stat st {};
  if (::fstat(fd->get(), &st)) return system_error("cannot look at", path);
  if (auto s = check_file(st, path); !s) return s.error();
  return fd;
}

FileIds file_ids(const std::string& path) {
  FileIds out;
  std::size_t at = 0;
  for (const char* of : {"", "-wal", "-shm"}) {
    struct stat st {};
    if (::stat((path + of).c_str(), &st) == 0) out.ids[at] = {st.st_dev, st.st_ino};
    ++at;
  }
  return out;
}

}  // namespace rota::store
