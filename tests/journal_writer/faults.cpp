// Disk faults at the Nth operation: these definitions stand in front of the C library's for this program and for SQLite
// in it. ROTA_TEST_FAULT is "kill:N" (die before the Nth operation), "torn:N" (die in the middle of the Nth write),
// "eio:N" or "enospc:N" (it fails, and all after it). Operations: pwrite, fsync, fdatasync, ftruncate, unlink(at),
// rename(at), mkdir.
// "gate:0" says "syncing" before each sync and goes on when there is a line on stdin.
// A sync that succeeds does nothing: the page cache outlives a killed process, and no power is cut here.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace {

struct Fault {
  enum class Kind { none, kill, torn, eio, enospc, gate };
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
    case 'g': return {Fault::Kind::gate, at};
    case 't': return {Fault::Kind::torn, at};
    case 'e': return {text[1] == 'i' ? Fault::Kind::eio : Fault::Kind::enospc, at};
    default: return {};
  }
}

enum class Fate { pass, torn, fail };

const Fault& fault() {
  static const Fault read = read_fault();
  return read;
}

/// Counts one operation and says what becomes of it; does not return when it is death.
Fate next_operation() {
  static long count = 0;
  const auto kind = fault().kind;
  ++count;
  if (kind == Fault::Kind::none || kind == Fault::Kind::gate || count < fault().at) return Fate::pass;
  if (kind == Fault::Kind::torn) return Fate::torn;
  if (kind == Fault::Kind::kill) ::raise(SIGKILL);
  errno = kind == Fault::Kind::eio ? EIO : ENOSPC;
  return Fate::fail;
}

/// Of an operation that cannot be done by halves.
bool goes_wrong() {
  const auto fate = next_operation();
  if (fate == Fate::torn) ::raise(SIGKILL);
  return fate == Fate::fail;
}

int synced() {
  if (fault().kind == Fault::Kind::gate) {
    static_cast<void>(::write(STDOUT_FILENO, "syncing\n", 8));
    for (char c = 0; c != '\n';) {
      if (::read(STDIN_FILENO, &c, 1) <= 0) ::raise(SIGKILL);
    }
  }
  return goes_wrong() ? -1 : 0;
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

int fsync(int) { return synced(); }
int fdatasync(int) { return synced(); }
int ftruncate64(int fd, off64_t size) noexcept {
  return goes_wrong() ? -1 : static_cast<int>(::syscall(SYS_ftruncate, fd, size));
}
int unlink(const char* path) noexcept { return goes_wrong() ? -1 : static_cast<int>(::syscall(SYS_unlink, path)); }
int rename(const char* from, const char* to) noexcept {
  return goes_wrong() ? -1 : static_cast<int>(::syscall(SYS_rename, from, to));
}

int unlinkat(int at, const char* path, int flags) noexcept {
  return goes_wrong() ? -1 : static_cast<int>(::syscall(SYS_unlinkat, at, path, flags));
}
int renameat(int from_at, const char* from, int to_at, const char* to) noexcept {
  return goes_wrong() ? -1 : static_cast<int>(::syscall(SYS_renameat2, from_at, from, to_at, to, 0));
}
int mkdir(const char* path, mode_t mode) noexcept {
  return goes_wrong() ? -1 : static_cast<int>(::syscall(SYS_mkdirat, AT_FDCWD, path, mode));
}

}  // extern "C"
