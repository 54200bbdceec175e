// Messages over a SOCK_SEQPACKET socket: the carrier between coordinator and launcher, used by both. One thread.
//
// A packet is a run of parts, each a u32 (little-endian; length shifted by one, the low bit says "more of this message
// follows") and its bytes. Short messages share a packet; one that is longer than a packet is cut and joined again. The
// payload of a packet is at most limits::kFrameBytes, a message at most limits::kLaneMessageBytes.
#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "shared/posix/fd.h"
#include "shared/result.h"

namespace rota::lane {

class PacketLink {
 public:
  explicit PacketLink(posix::Fd socket) : socket_(std::move(socket)) {}

  /// Puts a message into the outbox; never blocks, sends nothing yet. The caller bounds the outbox (see outbox_bytes).
  /// Code::refused: longer than limits::kLaneMessageBytes; nothing was put.
  [[nodiscard]] Status send(std::string_view message);
  /// Sends what the socket takes now. A peer that has gone is no error: the outbox is dropped, and receive() will find
  /// the end after what the peer had still said.
  [[nodiscard]] Status flush();
  /// Something waits for the socket to take it: watch for writability.
  bool wants_write() const { return !outbox_.empty(); }
  std::size_t outbox_bytes() const { return outbox_bytes_; }

  /// True: one whole message. False: none now; eof() tells whether there will ever be one.
  /// Code::corrupt for good: the peer does not speak this protocol.
  Result<bool> receive(std::string& message);
  bool eof() const { return eof_; }
  int fd() const { return socket_.get(); }

 private:
  Result<bool> next_packet();
  bool take_part(std::string& message);
  posix::Fd socket_;
  std::deque<std::string> outbox_;  // whole packets
  std::size_t outbox_bytes_ = 0;
  bool peer_gone_ = false;
  std::string packet_;  // the packet being read
  std::size_t packet_at_ = 0;
  std::string partial_;  // a message of which more follows
  bool eof_ = false;
  const char* breach_ = nullptr;
};

}  // namespace rota::lane
