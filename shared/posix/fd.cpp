// Owned descriptors and whole reads and writes.
#include "shared/posix/fd.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace rota::posix {

void Fd::reset() {
  if (fd_ >= 0) ::close(fd_);  // never retried: on Linux the descriptor is gone even after EINTR
  fd_ = -1;
}

Result<Fd> open_file(const std::string& path, int flags, unsigned mode) {
  int fd = -1;
  do fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  while (fd < 0 && errno == EINTR);
  if (fd < 0 && errno == ENOENT && (flags & O_CREAT))
    return Error{Code::system, "the folder that it is to be in does not exist", path, ENOENT};
  if (fd < 0) return system_error("cannot open", path);
  return Fd(fd);
}

Result<Fd> make_eventfd(bool nonblocking) {
  const int fd = ::eventfd(0, EFD_CLOEXEC | (nonblocking ? EFD_NONBLOCK : 0));
  if (fd < 0) return system_error("eventfd");
  return Fd(fd);
}

Result<std::pair<Fd, Fd>> make_pipe(int extra_flags) {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC | extra_flags)) return system_error("pipe");
  return std::pair(Fd(fds[0]), Fd(fds[1]));
}

Result<std::pair<Fd, Fd>> make_socketpair(int type) {
  int fds[2];
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds)) return system_error("socketpair");
  return std::pair(Fd(fds[0]), Fd(fds[1]));
}

Result<Fd> make_memfd(const char* name, bool allow_sealing) {
  const int fd = ::memfd_create(name, MFD_CLOEXEC | (allow_sealing ? MFD_ALLOW_SEALING : 0u));
  if (fd < 0) return system_error("memfd_create");
  return Fd(fd);
}

Result<Fd> open_pidfd(int pid) {
  const auto fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0) return system_error("pidfd_open");
  return Fd(fd);
}

Status write_all(int fd, std::string_view bytes, const std::string& where) {
  while (!bytes.empty()) {
    const auto n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("write", where);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Result<std::string> read_all(int fd, std::size_t limit, const std::string& where) {
  std::string out;
  char buffer[65536];
  for (;;) {
    const auto n = ::read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("read", where);
    if (n == 0) return out;
    if (out.size() + static_cast<std::size_t>(n) > limit)
      return fail(Code::refused, "is larger than the limit of " + std::to_string(limit) + " bytes", where);
    out.append(buffer, static_cast<std::size_t>(n));
  }
}

Status replace_file(const std::string& path, std::string_view bytes, unsigned mode) {
  const std::string tmp = path + ".new";
  {
    auto fd = open_file(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode);
    if (!fd) return fd.error();
    if (auto s = write_all(fd->get(), bytes, tmp); !s) return s;
    if (::fsync(fd->get())) return system_error("fsync", tmp);
  }
  if (::rename(tmp.c_str(), path.c_str())) return system_error("rename", path);
  return {};
}

Status make_directories(const std::string& path, unsigned mode) {
  for (std::size_t at = 1; at <= path.size(); ++at) {
    if (at != path.size() && path[at] != '/') continue;
    const std::string part = path.substr(0, at);
    if (::mkdir(part.c_str(), mode) && errno != EEXIST) return system_error("cannot create directory", part);
  }
  struct stat st {};
  if (::stat(path.c_str(), &st)) return system_error("stat", path);
  if (!S_ISDIR(st.st_mode)) return fail(Code::refused, "is not a directory", path);
  return {};
}

namespace {
struct flock whole_file(short type) {
  struct flock l {};
  l.l_type = type;
  l.l_whence = SEEK_SET;
  return l;
}
}  // namespace

Result<bool> try_lock(int fd) {
  auto l = whole_file(F_WRLCK);
  if (::fcntl(fd, F_OFD_SETLK, &l) == 0) return true;
  if (errno == EAGAIN || errno == EACCES) return false;
  return system_error("lock");
}

Status lock(int fd) {
  auto l = whole_file(F_WRLCK);
  while (::fcntl(fd, F_OFD_SETLKW, &l)) {
    if (errno != EINTR) return system_error("lock");
  }
  return {};
}

Result<bool> is_locked(const std::string& path) {
  auto fd = open_file(path, O_RDONLY | O_NONBLOCK);  // what lies there may be a FIFO
  if (!fd) {
    if (fd.error().os_errno == ENOENT) return false;
    return fd.error();
  }
  auto l = whole_file(F_WRLCK);
  if (::fcntl(fd->get(), F_OFD_GETLK, &l)) return system_error("lock", path);
  return l.l_type != F_UNLCK;
}

}  // namespace rota::posix
