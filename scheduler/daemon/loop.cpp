// The wait on epoll, with nanosecond deadlines.
#include "scheduler/daemon/loop.h"

#include <sys/epoll.h>

#include <cerrno>

namespace rota::daemon {
namespace {

int wait_epoll(int epoll, epoll_event* events, int count, std::optional<Instant> deadline) {
  if (!deadline) return ::epoll_wait(epoll, events, count, -1);
  const auto left = std::max<std::int64_t>(0, deadline->ns - monotonic_now().ns);
  const timespec ts{left / 1'000'000'000, left % 1'000'000'000};
  const int n = ::epoll_pwait2(epoll, events, count, &ts, nullptr);
  if (n >= 0 || errno != ENOSYS) return n;
  return ::epoll_wait(epoll, events, count,
                      static_cast<int>(std::min<std::int64_t>((left + 999'999) / 1'000'000, 1 << 30)));
}

}  // namespace

Result<Loop> Loop::create() {
  posix::Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return system_error("epoll_create1");
  return Loop(std::move(epoll));
}

Status Loop::watch(int fd, std::uint32_t events, Ready ready) {
  epoll_event e{};
  e.events = events;
  e.data.fd = fd;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &e)) return system_error("epoll_ctl");
  watched_[fd] = std::move(ready);
  return {};
}

void Loop::change(int fd, std::uint32_t events) {
  epoll_event e{};
  e.events = events;
  e.data.fd = fd;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &e);
}

void Loop::forget(int fd) {
  if (watched_.erase(fd)) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

void Loop::wait(std::optional<Instant> deadline) {
  epoll_event events[64];
  const int n = wait_epoll(epoll_.get(), events, 64, deadline);
  for (int i = 0; i < n; ++i) {
    const auto found = watched_.find(events[i].data.fd);
    if (found == watched_.end()) continue;  // forgotten by an earlier callback of this round
    const Ready ready = found->second;      // a copy: the callback may forget itself
    ready(events[i].events);
  }
}

}  // namespace rota::daemon
