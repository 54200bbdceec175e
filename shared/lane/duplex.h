// Both lanes of one pair as one side sees them: whole messages out and in, an outbox for what the ring cannot take yet,
// and the protocol of the bells. Used by CoordinatorEnd and WorkerEnd (ends.h); one thread.
//
// Nobody sleeps on a message: the sleeper makes its sleep count odd and then looks at the ring once more; the writer
// publishes and then looks at the sleep count. All four are sequentially consistent, so at least one of them sees the
// other. A writer whose ring is full marks itself starved and is rung when the reader has made room, by the same rule.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "shared/lane/ring.h"
#include "shared/posix/fd.h"
#include "shared/result.h"

namespace rota::lane {

class Duplex {
 public:
  struct Pages {
    HeaderPage* own;
    std::byte* own_cells;
    const HeaderPage* peer;
    const std::byte* peer_cells;
  };
  /// `own_bell` is what this side waits for, `peer_bell` what it rings. Neither is ever waited on by a read or a write
  /// that could block, even if the peer fills it or clears O_NONBLOCK on it.
  Duplex(Pages pages, std::uint32_t generation, posix::Fd own_bell, posix::Fd peer_bell);

  /// Never fails and never blocks; the message is at most limits::kLaneMessageBytes.
  void send(std::string_view message);
  /// Publishes what was sent and rings if the peer sleeps.
  void flush();
  /// False: nothing now. The message is valid until the next call. Code::corrupt for good after any breach.
  Result<bool> receive(std::string_view& message);

  /// False: there is something to receive, do not sleep. True: the bell rings from now on for anything new.
  bool about_to_sleep();
  void awake();
  /// Whether there is something to receive, without taking it: for a short spin before a sleep.
  bool has_message() { return reader_.has_frame(); }
  bool wants_flush() const { return !outbox_.empty(); }
  int bell() const { return own_bell_.get(); }
  int peer_bell() const { return peer_bell_.get(); }

 private:
  bool pump();
  bool put_some(std::string_view message, std::size_t& done);
  void ring_if_asleep();
  void give_room_back();
  Error breach(const char* why);

  HeaderPage* own_;
  const HeaderPage* peer_;
  RingWriter writer_;
  RingReader reader_;
  posix::Fd own_bell_, peer_bell_;
  std::deque<std::string> outbox_;
  std::size_t outbox_done_ = 0;  // bytes of outbox_.front() that are in the ring
  std::string incoming_;
  bool incoming_whole_ = true;  // incoming_ holds nothing that is still to be joined
  std::uint32_t rung_for_ = 0;  // the peer's sleep that has been rung already
  const char* breach_ = nullptr;
};

}  // namespace rota::lane
