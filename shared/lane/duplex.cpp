// Messages over frames, and who wakes whom.
#include "shared/lane/duplex.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace rota::lane {
namespace {

// What was sent becomes visible at the latest after so many cells, so that a long turn of one side feeds the other.
constexpr std::uint64_t kPublishCells = 512;
constexpr std::uint64_t kRoomCells = kRingCells / 4;

/// The descriptor's status flags belong to both processes, so O_NONBLOCK is no promise: ask first.
bool ready(int fd, short events) {
  pollfd p{fd, events, 0};
  return ::poll(&p, 1, 0) == 1 && (p.revents & events);
}

void ring(int fd) {
  const std::uint64_t one = 1;
  // A bell that is full rings already.
  if (ready(fd, POLLOUT)) [[maybe_unused]]
    const auto n = ::write(fd, &one, sizeof one);
}

void drain(int fd) {
  std::uint64_t count = 0;
  if (ready(fd, POLLIN)) [[maybe_unused]]
    const auto n = ::read(fd, &count, sizeof count);
}

}  // namespace

Duplex::Duplex(Pages pages, std::uint32_t generation, posix::Fd own_bell, posix::Fd peer_bell)
    : own_(pages.own),
      peer_(pages.peer),
      writer_(pages.own_cells, pages.own, pages.peer, generation),
      reader_(pages.peer_cells, pages.own, pages.peer, generation),
      own_bell_(std::move(own_bell)),
      peer_bell_(std::move(peer_bell)) {}

/// Puts frames of a message from `done` on; false when the ring is full (or the peer corrupt).
bool Duplex::put_some(std::string_view message, std::size_t& done) {
  for (;;) {
    const auto part = message.substr(done, limits::kFrameBytes);
    const bool last = done + part.size() == message.size();
    const auto flags = static_cast<std::uint16_t>((done == 0 ? kFirst : 0) | (last ? kLast : 0));
    const auto put = writer_.put(part, flags);
    if (put == RingWriter::Put::corrupt) breach_ = "the index of what was read is nonsense";
    if (put != RingWriter::Put::done) return false;
    done += part.size();
    if (last) return true;
  }
}

void Duplex::send(std::string_view message) {
  std::size_t done = 0;
  if (!outbox_.empty() || !put_some(message, done)) {
    if (outbox_.empty()) outbox_done_ = done;
    outbox_.emplace_back(message);
  }
  if (writer_.unpublished() >= kPublishCells) flush();
}

/// Moves the outbox into the ring; false if something is left.
bool Duplex::pump() {
  while (!outbox_.empty()) {
    if (!put_some(outbox_.front(), outbox_done_)) return false;
    outbox_.pop_front();
    outbox_done_ = 0;
  }
  return true;
}

void Duplex::flush() {
  bool all = pump();
  if (!all) {
    own_->starved.store(1, std::memory_order_seq_cst);
    all = pump();  // the peer may have made room before it could see the mark
  }
  if (all && own_->starved.load(std::memory_order_relaxed)) own_->starved.store(0, std::memory_order_relaxed);
  if (writer_.unpublished() == 0) return;
  writer_.publish();
  ring_if_asleep();
}

void Duplex::ring_if_asleep() {
  const auto sleeps = peer_->sleeps.load(std::memory_order_seq_cst);
  if (!(sleeps & 1) || sleeps == rung_for_) return;
  rung_for_ = sleeps;
  ring(peer_bell_.get());
}

void Duplex::give_room_back() {
  if (reader_.unpublished() == 0) return;
  reader_.publish();
  if (peer_->starved.load(std::memory_order_seq_cst)) ring(peer_bell_.get());
}

Error Duplex::breach(const char* why) {
  breach_ = why;
  return fail(Code::corrupt, std::string(why), "lane");
}

Result<bool> Duplex::receive(std::string_view& message) {
  if (breach_) return breach(breach_);
  if (incoming_whole_) incoming_.clear();
  for (;;) {
    std::uint16_t flags = 0;
    const auto before = incoming_.size();
    const auto taken = reader_.take(incoming_, flags);
    if (taken == RingReader::Take::corrupt) return breach(reader_.breach());
    if (taken == RingReader::Take::nothing) {
      give_room_back();
      return false;
    }
    if (reader_.unpublished() >= kRoomCells) give_room_back();
    // Every frame but the last is full, so a message ends after a bounded number of frames.
    const bool whole = (flags & kLast) != 0;
    const bool fits =
        ((flags & kFirst) != 0) == incoming_whole_ && (whole || incoming_.size() - before == limits::kFrameBytes);
    if (!fits) return breach("the frames of a message do not fit together");
    if (incoming_.size() > limits::kLaneMessageBytes) return breach("a message is longer than a message may be");
    incoming_whole_ = whole;
    if (incoming_whole_) break;
  }
  message = incoming_;
  return true;
}

bool Duplex::about_to_sleep() {
  const auto sleeps = own_->sleeps.load(std::memory_order_relaxed);
  if (!(sleeps & 1)) own_->sleeps.store(sleeps + 1, std::memory_order_seq_cst);
  flush();
  if (!reader_.has_frame() && !breach_) return true;
  own_->sleeps.store(own_->sleeps.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  return false;
}

void Duplex::awake() {
  const auto sleeps = own_->sleeps.load(std::memory_order_relaxed);
  if (sleeps & 1) own_->sleeps.store(sleeps + 1, std::memory_order_relaxed);
  drain(own_bell_.get());
}

}  // namespace rota::lane
