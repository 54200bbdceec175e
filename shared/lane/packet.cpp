// Packets: cutting, joining, sending many with one call.
#include "shared/lane/packet.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "shared/limits.h"

namespace rota::lane {
namespace {

constexpr std::size_t kPartHeader = 4;
constexpr std::size_t kPacketsPerCall = 16;

void append_part(std::string& packet, std::string_view bytes, bool more) {
  const auto head = static_cast<std::uint32_t>(bytes.size()) << 1 | (more ? 1u : 0u);
  char raw[kPartHeader];
  for (std::size_t i = 0; i < kPartHeader; ++i) raw[i] = static_cast<char>(head >> (8 * i));
  packet.append(raw, kPartHeader);
  packet.append(bytes);
}

}  // namespace

Status PacketLink::send(std::string_view message) {
  if (message.size() > limits::kLaneMessageBytes)
    return fail(Code::refused, "a message of " + std::to_string(message.size()) + " bytes is over the limit of " +
                                   std::to_string(limits::kLaneMessageBytes));
  if (peer_gone_) return {};
  for (bool first = true; first || !message.empty(); first = false) {
    const std::size_t needs = kPartHeader + message.size();
    const std::size_t room = outbox_.empty() ? 0 : limits::kFrameBytes - outbox_.back().size();
    // A message that a fresh packet would hold whole is not cut for the sake of the room that is left in this one.
    if (room < std::min<std::size_t>(needs, limits::kFrameBytes)) outbox_.emplace_back();
    auto& packet = outbox_.back();
    const auto part = message.substr(0, limits::kFrameBytes - packet.size() - kPartHeader);
    append_part(packet, part, part.size() < message.size());
    outbox_bytes_ += kPartHeader + part.size();
    message.remove_prefix(part.size());
  }
  return {};
}

Status PacketLink::flush() {
  while (!outbox_.empty()) {
    std::array<mmsghdr, kPacketsPerCall> calls{};
    std::array<iovec, kPacketsPerCall> parts{};
    const auto n = std::min(outbox_.size(), kPacketsPerCall);
    for (std::size_t i = 0; i < n; ++i) {
      parts[i] = {outbox_[i].data(), outbox_[i].size()};
      calls[i].msg_hdr.msg_iov = &parts[i];
      calls[i].msg_hdr.msg_iovlen = 1;
    }
    const int sent = ::sendmmsg(socket_.get(), calls.data(), static_cast<unsigned>(n), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)) return {};
    if (sent < 0) {
      const int err = errno;
      outbox_.clear();
      outbox_bytes_ = 0;
      peer_gone_ = true;
      if (err == EPIPE || err == ECONNRESET || err == ENOTCONN) return {};
      return system_error("send", {}, err);
    }
    for (int i = 0; i < sent; ++i) {
      outbox_bytes_ -= outbox_.front().size();
      outbox_.pop_front();
    }
  }
  return {};
}

/// Reads one packet; false: none now, or the end.
Result<bool> PacketLink::next_packet() {
  packet_.resize(limits::kFrameBytes);
  packet_at_ = 0;
  for (;;) {
    const auto n = ::recv(socket_.get(), packet_.data(), packet_.size(), MSG_DONTWAIT | MSG_TRUNC);
    const int err = errno;
    // ECONNRESET comes once, before what the peer had said: it died without reading all of ours. Go on reading.
    if (n < 0 && (err == EINTR || err == ECONNRESET)) continue;
    packet_.resize(n > 0 ? std::min(static_cast<std::size_t>(n), packet_.size()) : 0);
    if (n == 0) eof_ = true;
    if (n < 0 && err != EAGAIN && err != EWOULDBLOCK) return system_error("receive", {}, err);
    if (n > static_cast<ssize_t>(limits::kFrameBytes)) breach_ = "a packet over the limit";
    return n > 0;
  }
}

/// Moves the next part of the packet into `partial_`; true when that ends a message, which is then in `message`.
bool PacketLink::take_part(std::string& message) {
  const auto rest = std::string_view(packet_).substr(packet_at_);
  std::uint32_t head = 0;
  for (std::size_t i = 0; i < kPartHeader && i < rest.size(); ++i) {
    head |= std::uint32_t{static_cast<unsigned char>(rest[i])} << (8 * i);
  }
  const std::size_t length = head >> 1;
  if (rest.size() < kPartHeader || length > rest.size() - kPartHeader) {
    breach_ = "a part that is longer than its packet";
    return false;
  }
  if (partial_.size() + length > limits::kLaneMessageBytes) {
    breach_ = "a message over the limit";
    return false;
  }
  partial_.append(rest.substr(kPartHeader, length));
  packet_at_ += kPartHeader + length;
  if (head & 1u) return false;
  message = std::move(partial_);
  partial_.clear();
  return true;
}

Result<bool> PacketLink::receive(std::string& message) {
  for (;;) {
    if (breach_) return fail(Code::corrupt, breach_);
    if (packet_at_ < packet_.size()) {
      if (take_part(message)) return true;
      continue;
    }
    if (eof_) return false;
    const auto got = next_packet();
    if (!got || !*got) return got;
  }
}

}  // namespace rota::lane
