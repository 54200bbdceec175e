// One client's end: its greeting, one question at a time, and the way of an answer to it. Never waits. The server asks
// it what it waits for, and closes it when it is over.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "scheduler/control/frames.h"
#include "scheduler/control/protocol.h"
#include "scheduler/control/reply_text.h"
#include "shared/clock.h"

namespace rota::daemon {

/// How long a client may take.
struct ClientTimes {
  Duration handshake = std::chrono::milliseconds(limits::kClientHandshakeMs);
  Duration stall = std::chrono::milliseconds(limits::kClientStallMs);
};

class Connection {
 public:
  Connection(posix::Fd socket, const control::Hello& ours, ClientTimes times, Instant now);

  int fd() const { return socket_.get(); }
  /// The events of epoll that it waits for.
  std::uint32_t wants() const;
  /// When it is to be told `late`; none: never.
  std::optional<Instant> deadline() const;

  void ready(std::uint32_t events, Instant now);
  void late();
  /// The question that the client has asked. Nothing more is heard of it until reply().
  std::optional<control::Message> take();
  void reply(control::Reply reply, Instant now);
  /// The last word: closed when it is said.
  void refuse(control::answer::Refused why, Instant now);

  /// It has no question and waits for no answer.
  bool idle() const { return phase_ == Phase::listening; }
  /// It can be closed; `why` is empty when there is nothing to tell.
  bool over() const { return phase_ == Phase::over; }
  const std::string& why() const { return why_; }

 private:
  enum class Phase : std::uint8_t {
    greeting,   // the client's Hello has not come
    listening,  // for a question
    asked,      // it waits for us
    answering,  // we wait for it
    leaving,    // as answering, then over
    over
  };
  void hear(Instant now);
  void greet(const std::string& text, Instant now);
  void speak(Instant now);
  void end(std::string why);

  posix::Fd socket_;
  ClientTimes times_;
  Phase phase_ = Phase::greeting;
  control::FrameReader in_{limits::kControlAskBytes};
  control::FrameWriter out_;
  std::optional<control::ReplyText> text_;  // what is still to be put into words of the answer
  std::uint64_t said_ = 0;                  // bytes of the answer so far
  std::optional<control::Message> question_;
  Instant since_;         // of the greeting, or of the first byte of a question
  Instant moved_;         // when the client last took what it must
  std::size_t taken_ = 0;  // bytes that it took since
  std::string why_;
};

}  // namespace rota::daemon
