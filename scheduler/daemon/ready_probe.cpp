// Connecting until it works.
#include "scheduler/daemon/ready_probe.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <memory>

namespace rota::daemon {
namespace {

constexpr auto kBetweenTries = std::chrono::milliseconds(50);
constexpr int kConnectMs = 1000;

bool connects(const addrinfo& to) {
  const posix::Fd fd(::socket(to.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return false;
  if (::connect(fd.get(), to.ai_addr, to.ai_addrlen) == 0) return true;
  if (errno != EINPROGRESS) return false;
  pollfd p{fd.get(), POLLOUT, 0};
  if (::poll(&p, 1, kConnectMs) != 1) return false;
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

bool accepts(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return false;
  auto host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), address.c_str() + colon + 1, &hints, &found)) return false;
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> list(found, ::freeaddrinfo);
  for (const auto* a = list.get(); a; a = a->ai_next) {
    if (connects(*a)) return true;
  }
  return false;
}

}  // namespace

Result<std::unique_ptr<ReadyProbes>> ReadyProbes::create() {
  auto bell = posix::make_eventfd();
  if (!bell) return bell.error();
  return std::unique_ptr<ReadyProbes>(new ReadyProbes(std::move(*bell)));
}

ReadyProbes::~ReadyProbes() = default;

void ReadyProbes::start(AttemptId attempt, const std::string& address) {
  if (threads_.count(attempt)) return;
  threads_.emplace(attempt, [this, attempt, address](const std::stop_token& stop) { probe(stop, attempt, address); });
}

void ReadyProbes::end(AttemptId attempt) {
  const auto found = threads_.find(attempt);
  if (found == threads_.end()) return;
  found->second.request_stop();  // joined at our own end: it may sit in a connect for a second
  ending_.push_back(std::move(found->second));
  threads_.erase(found);
}

std::vector<AttemptId> ReadyProbes::take() {
  std::uint64_t count = 0;
  while (::read(bell_.get(), &count, sizeof count) > 0) {
  }
  const std::lock_guard lock(mutex_);
  return std::exchange(ready_, {});
}

void ReadyProbes::probe(const std::stop_token& stop, AttemptId attempt, const std::string& address) {
  std::mutex idle;
  std::condition_variable_any wake;
  while (!stop.stop_requested()) {
    if (accepts(address)) {
      const std::lock_guard lock(mutex_);
      ready_.push_back(attempt);
      const std::uint64_t one = 1;
      (void)!::write(bell_.get(), &one, sizeof one);
      return;
    }
    std::unique_lock lock(idle);
    wake.wait_for(lock, stop, kBetweenTries, [] { return false; });
  }
}

}  // namespace rota::daemon
