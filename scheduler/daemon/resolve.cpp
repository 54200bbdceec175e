// A thread for each lookup that the system may have to ask others for.
#include "scheduler/daemon/resolve.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "shared/limits.h"
#include "shared/posix/fd.h"

namespace rota::daemon {
namespace {

/// What the thread leaves: whoever comes last, it or one that waits, drops it. The bell is rung once and never read.
struct Found {
  posix::Fd bell;
  std::mutex mutex;
  int error = 0;
  Addresses addresses;
};

using Name = std::pair<std::string, std::string>;  // host, port
struct UnderWay {
  std::mutex mutex;
  std::map<Name, std::shared_ptr<Found>> names;
};
/// Never destroyed: a lookup may outlive everything else.
UnderWay& under_way() {
  static auto& all = *new UnderWay;
  return all;
}

int milliseconds_until(Instant at) {
  const auto left = (at - monotonic_now()).count();
  return left <= 0 ? 0 : static_cast<int>(std::min<std::int64_t>(left / 1'000'000 + 1, INT_MAX));
}

Result<Addresses> told(int error, const Addresses& found, const std::string& host) {
  if (error == 0) return found;
  return fail(Code::not_found, std::string("cannot find the host: ") + ::gai_strerror(error), host);
}

void look_up(const Name& name, const std::shared_ptr<Found>& into, const Lookup& lookup) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = lookup(name.first.c_str(), name.second.c_str(), &hints, &found);
  {
    const std::lock_guard lock(into->mutex);
    into->error = error;
    if (error == 0) into->addresses.reset(found, ::freeaddrinfo);
  }
  {
    const std::lock_guard lock(under_way().mutex);
    under_way().names.erase(name);
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto n = ::write(into->bell.get(), &one, sizeof one);
}

/// The lookup of this name that is under way, or a new one.
Result<std::shared_ptr<Found>> ask_elsewhere(const Name& name, const Lookup& lookup) {
  auto& all = under_way();
  const std::lock_guard lock(all.mutex);
  if (const auto at = all.names.find(name); at != all.names.end()) return at->second;
  if (all.names.size() >= limits::kProbesAtOnce)
    return fail(Code::refused, "too many names are being looked up already (probes_at_once)", name.first);
  auto bell = posix::make_eventfd();
  if (!bell) return bell.error();
  const auto found = std::make_shared<Found>();
  found->bell = std::move(*bell);
  try {
    std::thread([name, found, lookup] { look_up(name, found, lookup); }).detach();
  } catch (const std::system_error& e) {
    return system_error("no thread can be started to look up a name", name.first, e.code().value());
  }
  all.names.emplace(name, found);  // before its thread can erase it: that needs the lock
  return found;
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
  if (::getaddrinfo(host.c_str(), port.c_str(), &hints, &numeric) == 0) return Addresses(numeric, ::freeaddrinfo);
  const auto found = ask_elsewhere({host, port}, lookup);
  if (!found) return found.error();
  if (auto s = wait_for((*found)->bell.get(), POLLIN, until, over); !s)
    return fail(s.error().code, "the host's name was not looked up: " + s.error().what, host);
  const std::lock_guard lock((*found)->mutex);
  return told((*found)->error, (*found)->addresses, host);
}

}  // namespace rota::daemon
