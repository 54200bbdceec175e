// Streams on descriptors: short writes, EINTR, a peer that went away, the terminal's size.
#include "scheduler/cli/stream.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <memory>

namespace rota::cli {
namespace {

// 0, or the errno that stopped it.
int write_everything(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return errno;
    // Somebody who shares this descriptor made it non-blocking.
    pollfd wait{fd, POLLOUT, 0};
    (void)::poll(&wait, 1, -1);
  }
  return 0;
}

Extent terminal_extent(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return {80, 24};
  return {size.ws_col, size.ws_row ? size.ws_row : 24u};
}

bool locale_is_utf8(const std::vector<std::string>& env) {
  for (const auto name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const auto value = variable(env, name);
    if (value.empty()) continue;
    for (const auto word : {"UTF-8", "utf-8", "UTF8", "utf8"})
      if (value.find(word) != value.npos) return true;
    return false;  // the first that is set decides, as in setlocale
  }
  return false;
}

}  // namespace

std::string_view variable(const std::vector<std::string>& env, std::string_view name) {
  for (auto it = env.rbegin(); it != env.rend(); ++it) {
    const std::string_view word = *it;
    if (word.size() > name.size() && word[name.size()] == '=' && word.starts_with(name))
      return word.substr(name.size() + 1);
  }
  return {};
}

Stream stream_on(int fd, const std::vector<std::string>& env) {
  Stream s;
  const auto broken = std::make_shared<std::atomic<int>>(0);  // written by the display's thread, read by the main one
  s.write = [fd, broken](std::string_view bytes) {
    if (!*broken) *broken = write_everything(fd, bytes);
    return *broken == 0;
  };
  s.broken_by = [broken] { return broken->load(); };
  const auto term = variable(env, "TERM");
  s.terminal = ::isatty(fd) == 1;
  s.colour = s.terminal && variable(env, "NO_COLOR").empty() && term != "dumb";
  s.unicode = locale_is_utf8(env);
  if (s.terminal) s.extent = [fd] { return terminal_extent(fd); };
  return s;
}

}  // namespace rota::cli
