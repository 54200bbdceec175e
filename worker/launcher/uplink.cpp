// Words to and from the coordinator.
#include "worker/launcher/uplink.h"

#include <poll.h>

#include "shared/wire/codec.h"

namespace rota::worker {
namespace {
constexpr std::size_t kBackedUpBytes = 1u << 20;
}

Uplink::Uplink(Poll& poll, lane::PacketLink link) : poll_(poll), link_(std::move(link)) { watch(); }

void Uplink::watch() {
  watches_write_ = false;
  static_cast<void>(poll_.watch(link_->fd(), Poll::What::link, 0));
}

Uplink::Got Uplink::read(lane::Down& word) {
  if (!link_) return Got::nothing;
  std::string bytes;
  const auto got = link_->receive(bytes);
  if (!got || (*got && !wire::decode(bytes, word))) return Got::nonsense;
  if (*got) return Got::word;
  return link_->eof() ? Got::end : Got::nothing;
}

void Uplink::say(const lane::Up& word) {
  if (!link_) return;
  // Every word of ours should be far below the carrier's limit: texts are capped, lists are bounded by their makers.
  // Should one not be, somebody hears of it: of an end without what it left, of the rest that it is missing.
  const auto sent = link_->send(wire::encoded(word));
  if (sent) return;
  if (const auto* end = std::get_if<lane::up::Finished>(&word)) {
    lane::up::Finished rest{end->attempt, end->report};
    rest.report.outputs = {};
    const auto kind = rest.report.ending.kind;
    if (kind == Ending::Kind::exited || kind == Ending::Kind::returned) rest.report.ending = {Ending::Kind::bad_output};
    rest.report.message = to_text(sent.error());
    static_cast<void>(link_->send(wire::encoded(lane::Up(std::move(rest)))));
  } else {
    static_cast<void>(link_->send(wire::encoded(lane::Up(lane::up::Note{{}, to_text(sent.error())}))));
  }
}

void Uplink::flush() {
  if (!link_) return;
  static_cast<void>(link_->flush());  // an error means that the peer is gone: reading finds its end
  if (link_->wants_write() == watches_write_) return;
  watches_write_ = link_->wants_write();
  poll_.want_write(link_->fd(), Poll::What::link, watches_write_);
}

void Uplink::flush_all(std::chrono::milliseconds within) {
  const auto until = std::chrono::steady_clock::now() + within;
  for (flush(); link_ && link_->wants_write() && std::chrono::steady_clock::now() < until; flush()) {
    pollfd p{link_->fd(), POLLOUT, 0};
    ::poll(&p, 1, 100);
  }
}

bool Uplink::backed_up() const { return link_ && link_->outbox_bytes() > kBackedUpBytes; }

void Uplink::drop() {
  if (link_) poll_.forget(link_->fd());
  link_.reset();
}

void Uplink::replace(lane::PacketLink link) {
  drop();
  link_.emplace(std::move(link));
  watch();
}

}  // namespace rota::worker
