// epoll with tokens of our own.
#include "worker/launcher/poll.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

namespace rota::worker {
namespace {

constexpr unsigned kWhatBits = 3;
constexpr std::size_t kEventsPerCall = 128;

epoll_event described(std::uint32_t events, Poll::What what, std::uint64_t key) {
  epoll_event e{};
  e.events = events;
  e.data.u64 = key << kWhatBits | static_cast<std::uint64_t>(what);
  return e;
}

/// Rounded up: waking before the time would only mean to wait again.
int milliseconds_until(std::optional<Instant> until) {
  if (!until) return -1;
  const auto left = *until - monotonic_now();
  if (left <= Duration::zero()) return 0;
  const auto ms = (left.count() + 999'999) / 1'000'000;
  return static_cast<int>(std::min<std::int64_t>(ms, INT_MAX));
}

}  // namespace

Result<Poll> Poll::make() {
  const int fd = ::epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) return system_error("epoll");
  return Poll(posix::Fd(fd));
}

Status Poll::watch(int fd, What what, std::uint64_t key, bool once) {
  auto e = described(EPOLLIN | (once ? static_cast<std::uint32_t>(EPOLLONESHOT) : 0u), what, key);
  if (::epoll_ctl(fd_.get(), EPOLL_CTL_ADD, fd, &e)) return system_error("epoll");
  return {};
}

void Poll::want_write(int fd, What what, bool also) {
  auto e = described(EPOLLIN | (also ? static_cast<std::uint32_t>(EPOLLOUT) : 0u), what, 0);
  ::epoll_ctl(fd_.get(), EPOLL_CTL_MOD, fd, &e);
}

void Poll::forget(int fd) { ::epoll_ctl(fd_.get(), EPOLL_CTL_DEL, fd, nullptr); }

std::span<const Poll::Event> Poll::wait(std::optional<Instant> until) {
  std::array<epoll_event, kEventsPerCall> ready;
  const int n = ::epoll_wait(fd_.get(), ready.data(), static_cast<int>(ready.size()), milliseconds_until(until));
  events_.clear();
  for (int i = 0; i < n; ++i) {
    const auto token = ready[static_cast<std::size_t>(i)].data.u64;
    events_.push_back({static_cast<What>(token & ((1u << kWhatBits) - 1)), token >> kWhatBits});
  }
  return events_;
}

}  // namespace rota::worker
