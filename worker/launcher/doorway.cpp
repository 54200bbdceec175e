// Letting callers in, hearing their first word, sending them away.
#include "worker/launcher/doorway.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "shared/limits.h"
#include "shared/wire/codec.h"

namespace rota::worker {
namespace {

constexpr Duration kPatience = std::chrono::milliseconds(limits::kLauncherCallerMs);
constexpr Duration kShortage = std::chrono::milliseconds(100);
constexpr int kRoundsMax = 8;

bool is_of_our_user(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == ::geteuid();
}

}  // namespace

Doorway::Doorway(Poll& poll, posix::Fd listener, WorkerId self)
    : poll_(poll), listener_(std::move(listener)), self_(self) {
  watch_listener(true);
}

void Doorway::watch_listener(bool wanted) {
  if (!listener_ || wanted == watches_) return;
  watches_ = wanted;
  if (!wanted) return poll_.forget(listener_.get());
  if (!poll_.watch(listener_.get(), Poll::What::door, 0)) watches_ = false;
}

void Doorway::let_in(Instant now) {
  retry_.reset();
  while (listener_ && guests_.size() < limits::kLauncherCallers) {
    posix::Fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd && (errno == EINTR || errno == ECONNABORTED)) continue;
    if (!fd && errno != EAGAIN && errno != EWOULDBLOCK) retry_ = now + kShortage;
    if (!fd) break;
    if (!is_of_our_user(fd.get()) || !poll_.watch(fd.get(), Poll::What::door, 0)) continue;
    guests_.push_back({lane::PacketLink(std::move(fd)), now + kPatience});
  }
}

/// Says who we are, so that a coordinator of another version can tell its user why it is sent away.
void Doorway::refuse_protocol(lane::PacketLink& link) const {
  static_cast<void>(link.send(wire::encoded(lane::Up(lane::up::Hello{lane::kProtocol, self_, ::getpid(), {}}))));
  static_cast<void>(link.flush());
}

/// True when a guest has left.
bool Doorway::hear(std::uint32_t above, Instant now, std::optional<Caller>& best) {
  return std::erase_if(guests_, [&](Guest& guest) {
           std::string bytes;
           const auto got = guest.link.receive(bytes);
           if (got && !*got && !guest.link.eof()) return now >= guest.until;
           lane::Down word;
           if (!got || !*got || !wire::decode(bytes, word)) return true;
           const auto* hello = std::get_if<lane::down::Hello>(&word);
           if (!hello) return true;
           if (hello->protocol != lane::kProtocol) {
             refuse_protocol(guest.link);
           } else if (hello->epoch > above && (!best || hello->epoch > best->epoch)) {
             poll_.forget(guest.link.fd());
             best = Caller{std::move(guest.link), hello->epoch};
           }
           return true;
         }) > 0;
}

std::optional<Doorway::Caller> Doorway::newest(std::uint32_t above, Instant now) {
  std::optional<Caller> best;
  // One who leaves makes room for the next; a bound, so that callers without end do not keep us from our work.
  for (int rounds = 0; rounds < kRoundsMax; ++rounds) {
    let_in(now);
    if (!hear(above, now, best)) break;
  }
  watch_listener(guests_.size() < limits::kLauncherCallers && !retry_);
  return best;
}

std::optional<Instant> Doorway::due() const {
  auto at = retry_;
  for (const auto& guest : guests_) at = at ? std::min(*at, guest.until) : guest.until;
  return at;
}

}  // namespace rota::worker
