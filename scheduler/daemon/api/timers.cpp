// Deadlines by timerfd.
#include "scheduler/daemon/api/timers.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace rota::daemon {

Result<std::unique_ptr<Timers>> Timers::create(Loop& loop) {
  posix::Fd fd(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!fd) return system_error("timerfd_create");
  std::unique_ptr<Timers> timers(new Timers(loop, std::move(fd)));
  auto s = loop.watch(timers->fd_.get(), EPOLLIN, [raw = timers.get()](std::uint32_t) { raw->ring(); });
  if (!s) return s.error();
  return timers;
}

Timers::~Timers() { loop_.forget(fd_.get()); }

Timers::Id Timers::at(Instant when, std::function<void()> due) {
  const Id id = ++last_;
  waiting_.emplace(std::pair(when, id), std::move(due));
  when_.emplace(id, when);
  arm();
  return id;
}

void Timers::cancel(Id id) {
  const auto found = when_.find(id);
  if (found == when_.end()) return;
  waiting_.erase({found->second, id});
  when_.erase(found);  // the descriptor may ring in vain once: cheaper than setting it anew each time
}

void Timers::ring() {
  std::uint64_t times = 0;
  (void)!::read(fd_.get(), &times, sizeof times);
  armed_ = {};
  const Instant now = monotonic_now();
  while (!waiting_.empty() && waiting_.begin()->first.first <= now) {
    auto node = waiting_.extract(waiting_.begin());
    when_.erase(node.key().second);
    node.mapped()();
  }
  arm();
}

void Timers::arm() {
  if (waiting_.empty()) return;
  const Instant first = waiting_.begin()->first.first;
  if (armed_.ns != 0 && armed_ <= first) return;
  const std::int64_t ns = std::max<std::int64_t>(1, first.ns);
  const itimerspec spec{{}, {ns / 1'000'000'000, ns % 1'000'000'000}};
  ::timerfd_settime(fd_.get(), TFD_TIMER_ABSTIME, &spec, nullptr);
  armed_ = first;
}

}  // namespace rota::daemon
