// One number a line: when a start was that has not ended in order.
#include "scheduler/daemon/starts.h"

#include <fcntl.h>

#include <algorithm>
#include <charconv>

#include "shared/posix/fd.h"

namespace rota::daemon {
namespace {

constexpr std::size_t kFileBytes = 64u << 10;

std::vector<WallTime> read_starts(std::string_view text) {
  std::vector<WallTime> out;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    WallTime at;
    if (std::from_chars(line.data(), line.data() + line.size(), at.ns).ec == std::errc()) out.push_back(at);
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return out;
}

}  // namespace

Result<Starts> Starts::note(const std::string& path, WallTime now) {
  std::vector<WallTime> starts;
  if (const auto file = posix::open_file(path, O_RDONLY | O_NOFOLLOW)) {
    const auto text = posix::read_all(file->get(), kFileBytes, path);
    if (text) starts = read_starts(*text);  // one that cannot be read counts nothing
  }
  // A clock that was set back puts old starts into the future: they do not count either.
  std::erase_if(starts, [&](WallTime at) { return at > now || now.ns - at.ns > Duration(kWithin).count(); });
  if (starts.size() > kMost) starts.erase(starts.begin(), starts.end() - static_cast<std::ptrdiff_t>(kMost));
  Starts noted(path, now, starts.size());
  starts.push_back(now);
  if (auto s = noted.write(starts); !s) return s.error();
  return noted;
}

Status Starts::ended_in_order() { return write({}); }

Status Starts::forgiven() {
  unordered_ = 0;
  return write({now_});
}

/// Not synced: it is about processes that die, not about power.
Status Starts::write(const std::vector<WallTime>& starts) {
  std::string text;
  for (const auto at : starts) text += std::to_string(at.ns) + "\n";
  const auto file = posix::open_file(path_, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
  if (!file) return file.error();
  return posix::write_all(file->get(), text, path_);
}

}  // namespace rota::daemon
