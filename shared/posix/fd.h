// An owned file descriptor and the few calls every side needs, with EINTR and short counts handled once.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "shared/result.h"

namespace rota::posix {

/// Sole owner of a descriptor; closes it. Movable, not copyable. -1 is none.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& o) noexcept : fd_(std::exchange(o.fd_, -1)) {}
  Fd& operator=(Fd&& o) noexcept {
    if (this != &o) {
      reset();
      fd_ = std::exchange(o.fd_, -1);
    }
    return *this;
  }
  ~Fd() { reset(); }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset();

 private:
  int fd_ = -1;
};

/// All are CLOEXEC. Errors name the path.
Result<Fd> open_file(const std::string& path, int flags, unsigned mode = 0600);
Result<Fd> make_eventfd(bool nonblocking = true);
Result<std::pair<Fd, Fd>> make_pipe(int extra_flags = 0);                 // {read, write}
Result<std::pair<Fd, Fd>> make_socketpair(int type);                      // AF_UNIX, e.g. SOCK_SEQPACKET
Result<Fd> make_memfd(const char* name, bool allow_sealing);
Result<Fd> open_pidfd(int pid);

/// Writes everything; for blocking descriptors.
Status write_all(int fd, std::string_view bytes, const std::string& where);
/// Reads at most `limit` bytes up to the end of the file; more is an error of Code::refused.
Result<std::string> read_all(int fd, std::size_t limit, const std::string& where);

/// Writes a temporary file in the same directory, fsyncs it and renames it over `path`.
Status replace_file(const std::string& path, std::string_view bytes, unsigned mode = 0600);

/// Creates a directory and its parents, each new one with this mode. An existing one is left as it is.
Status make_directories(const std::string& path, unsigned mode = 0700);

/// Takes an open-file-description lock on the whole file. False: another holder has it.
Result<bool> try_lock(int fd);
/// Waits for the lock.
Status lock(int fd);
/// Whether somebody else holds the lock of this file; a file that is not there is not locked.
Result<bool> is_locked(const std::string& path);

}  // namespace rota::posix
