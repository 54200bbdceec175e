// Ending and outwaiting the pool workers of earlier lives.
#include "scheduler/daemon/pool_lock.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>

#include "shared/process/tree.h"

namespace rota::daemon {
namespace {

constexpr std::size_t kKeyBytes = 20;
constexpr auto kKillWithin = std::chrono::milliseconds(2000);
constexpr int kBetweenLooksMs = 2;

bool is_key(std::string_view text) {
  return text.size() == kKeyBytes && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

/// The mark of this instance; empty: it never had one.
Result<std::string> read_key(int fd, const std::string& path) {
  char text[kKeyBytes] = {};
  const auto n = ::pread(fd, text, sizeof text, 0);
  if (n < 0) return system_error("cannot read", path);
  const std::string_view key(text, static_cast<std::size_t>(n));
  return is_key(key) ? std::string(key) : std::string();
}

Result<std::string> write_key(int fd, const std::string& path) {
  auto key = random_key();
  if (!key) return key;
  if (::pwrite(fd, key->data(), key->size(), 0) != static_cast<ssize_t>(key->size()))
    return system_error("cannot write", path);
  return key;
}

Status outwait(int fd, const std::string& path, Instant deadline, const std::function<bool()>& give_up) {
  for (;;) {
    auto mine = posix::try_lock(fd);
    if (!mine) return mine.error();
    if (*mine) return {};
    if (give_up()) return fail(Code::unreachable, "stopped while waiting for the last life's pool workers");
    if (monotonic_now() > deadline)
      return fail(Code::refused,
                  "pool workers of the last life are still there, although they were killed: nothing can be started "
                  "beside them (find them with `fuser " + path + "`)", path);
    ::poll(nullptr, 0, kBetweenLooksMs);
  }
}

}  // namespace

Result<std::string> random_key() {
  unsigned char bytes[kKeyBytes / 2] = {};
  if (::getrandom(bytes, sizeof bytes, 0) != static_cast<ssize_t>(sizeof bytes))
    return system_error("no random bytes can be had");
  std::string key;
  for (const auto b : bytes) {
    key += "0123456789abcdef"[b >> 4];
    key += "0123456789abcdef"[b & 15];
  }
  return key;
}

Result<PoolLock> PoolLock::take(const std::string& path, Duration within, const std::function<bool()>& give_up) {
  auto file = posix::open_file(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
  if (!file) return file.error();
  auto key = read_key(file->get(), path);
  if (!key) return key.error();
  const bool had_lives = !key->empty();
  if (!had_lives) key = write_key(file->get(), path);
  if (!key) return key.error();
  const auto mark = "ROTA_POOL_KEY=" + *key;
  // They die with their coordinator; this is for the one that did not hear of it, and for what their commands left.
  if (had_lives) process::kill_named_everywhere(mark, kKillWithin);
  if (auto s = outwait(file->get(), path, monotonic_now() + within, give_up); !s) return s.error();
  return PoolLock(std::move(*file), mark);
}

}  // namespace rota::daemon
