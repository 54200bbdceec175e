// A thread for each lookup that the system may have to ask others for.
#include "scheduler/daemon/resolve.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "shared/limits.h"
#include "shared/posix/fd.h"

namespace rota::daemon {
namespace {

std::atomic<std::uint64_t> under_way{0};

/// What the thread leaves: whoever comes last, it or the one that waits, drops it.
struct Found {
  posix::Fd bell;
  std::mutex mutex;
  int error = 0;
  Addresses addresses{nullptr, ::freeaddrinfo};
};

int milliseconds_until(Instant at) {
  const auto left = (at - monotonic_now()).count();
  return left <= 0 ? 0 : static_cast<int>(std::min<std::int64_t>(left / 1'000'000 + 1, INT_MAX));
}

Result<Addresses> told(int error, addrinfo* found, const std::string& host) {
  if (error == 0) return Addresses(found, ::freeaddrinfo);
  return fail(Code::not_found, std::string("cannot find the host: ") + ::gai_strerror(error), host);
}

Status ask_elsewhere(const std::shared_ptr<Found>& into, std::string host, std::string port, Lookup lookup) {
  if (under_way.fetch_add(1) >= limits::kProbesAtOnce) {
    under_way.fetch_sub(1);
    return fail(Code::refused, "too many names are being looked up already (probes_at_once)", host);
  }
  try {
    std::thread([into, host, port = std::move(port), lookup = std::move(lookup)] {
      addrinfo hints{};
      hints.ai_socktype = SOCK_STREAM;
      addrinfo* found = nullptr;
      const int error = lookup(host.c_str(), port.c_str(), &hints, &found);
      {
        const std::lock_guard lock(into->mutex);
        into->error = error;
        into->addresses.reset(error == 0 ? found : nullptr);
      }
      under_way.fetch_sub(1);
      const std::uint64_t one = 1;
      [[maybe_unused]] const auto n = ::write(into->bell.get(), &one, sizeof one);
    }).detach();
  } catch (const std::system_error& e) {
    under_way.fetch_sub(1);
    return system_error("no thread can be started to look up a name", host, e.code().value());
  }
  return {};
}

}  // namespace

Status wait_for(int fd, short what, Instant until, int over) {
  for (;;) {
    pollfd fds[] = {{fd, what, 0}, {over, POLLIN, 0}};
    const int n = ::poll(fds, 2, milliseconds_until(until));
    if (n < 0 && errno != EINTR) return system_error("cannot wait");
    if (n > 0 && fds[1].revents) return fail(Code::refused, "was not waited for");
    if (n > 0 && fds[0].revents) return {};
    if (monotonic_now() >= until) return fail(Code::refused, "no answer in time");
  }
}

Result<Addresses> resolve(const std::string& host, const std::string& port, Instant until, int over,
                          const Lookup& lookup) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* numeric = nullptr;  // nobody has to be asked for such a one
  if (::getaddrinfo(host.c_str(), port.c_str(), &hints, &numeric) == 0) return told(0, numeric, host);
  const auto found = std::make_shared<Found>();
  auto bell = posix::make_eventfd();
  if (!bell) return bell.error();
  found->bell = std::move(*bell);
  if (auto s = ask_elsewhere(found, host, port, lookup); !s) return s.error();
  if (auto s = wait_for(found->bell.get(), POLLIN, until, over); !s)
    return fail(s.error().code, "the host's name was not looked up: " + s.error().what, host);
  const std::lock_guard lock(found->mutex);
  return told(found->error, found->addresses.release(), host);
}

}  // namespace rota::daemon
