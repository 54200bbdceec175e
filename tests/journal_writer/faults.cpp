// Disk faults at the Nth operation: these definitions stand in front of the C library's for this program and for SQLite
// in it. ROTA_TEST_FAULT is "kill:N" (die before the Nth operation), "torn:N" (die in the middle of the Nth write),
// "eio:N" or "enospc:N" (it fails, and all after it). Operations: pwrite, fsync, fdatasync, ftruncate, unlink, rename.
// A sync that succeeds does nothing: the page cache outlives a killed process, and no power is cut here.
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace {

struct Fault {
  enum class Kind { none, kill, torn, eio, enospc };
  Kind kind = Kind::none;
  long at = 0;
};

Fault read_fault() {
  const char* text = std::getenv("ROTA_TEST_FAULT");
  const char* colon = text ? std::strchr(text, ':') : nullptr;
  if (!colon) return {};
  const long at = std::atol(colon + 1);
  switch (text[0]) {
    case 'k': return {Fault::Kind::kill, at};
    case 't': return {Fault::Kind::torn, at};
    case 'e': return {text[1] == 'i' ? Fault::Kind::eio : Fault::Kind::enospc, at};
    default: return {};
  }
}

enum class Fate { pass, torn, fail };

/// Counts one operation and says what becomes of it; does not return when it is death.
Fate next_operation() {
  static const Fault fault = read_fault();
  static long count = 0;
  ++count;
  if (fault.kind == Fault::Kind::none || count < fault.at) return Fate::pass;
  if (fault.kind == Fault::Kind::torn) return Fate::torn;
  if (fault.kind == Fault::Kind::kill) ::raise(SIGKILL);
  errno = fault.kind == Fault::Kind::eio ? EIO : ENOSPC;
  return Fate::fail;
}

/// Of an operation that cannot be done by halves.
bool goes_wrong() {
  const auto fate = next_operation();
  if (fate == Fate::torn) ::raise(SIGKILL);
  return fate == Fate::fail;
}

}  // namespace

extern "C" {

ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t at) {
  const auto fate = next_operation();
  if (fate == Fate::fail) return -1;
  if (fate == Fate::pass) return ::syscall(SYS_pwrite64, fd, bytes, size, at);
  ::syscall(SYS_pwrite64, fd, bytes, size / 2, at);
  ::raise(SIGKILL);
  return -1;
}

int fsync(int) { return goes_wrong() ? -1 : 0; }
int fdatasync(int) { return goes_wrong() ? -1 : 0; }
int ftruncate64(int fd, off64_t size) noexcept {
  return goes_wrong() ? -1 : static_cast<int>(::syscall(SYS_ftruncate, fd, size));
}
int unlink(const char* path) noexcept { return goes_wrong() ? -1 : static_cast<int>(::syscall(SYS_unlink, path)); }
int rename(const char* from, const char* to) noexcept {
  return goes_wrong() ? -1 : static_cast<int>(::syscall(SYS_rename, from, to));
}

}  // extern "C"
