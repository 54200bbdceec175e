// A client that keeps to no rule: bytes as the test wants them.
#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <stdexcept>
#include <string>
#include <string_view>

#include "scheduler/control/frames.h"
#include "scheduler/control/protocol.h"
#include "scheduler/control/unix_address.h"
#include "tests/support/eventually.h"

namespace rota::daemon {

inline std::string frame_header(std::uint32_t word) {
  std::string out;
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>((word >> shift) & 0xff);
  return out;
}
inline std::string framed(std::string_view text) {
  return frame_header(static_cast<std::uint32_t>(text.size())) + std::string(text);
}

class RawClient {
 public:
  RawClient() : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  explicit RawClient(const std::string& path) : RawClient() {
    if (const int error = connect(path)) throw std::runtime_error("connect: " + std::to_string(error));
  }

  int fd() const { return socket_.get(); }
  /// 0, or errno.
  int connect(const std::string& path) {
    const auto address = control::unix_address(path).value();
    return ::connect(socket_.get(), address.get(), address.length) ? errno : 0;
  }
  /// False: the other end does not take it any more.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto n = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  void hello() { send(framed(control::to_json(control::Hello{}))); }
  bool send(const control::Ask& what) { return send(framed(control::to_json(what))); }

  /// The next message; empty when the connection ends instead.
  std::string receive() {
    for (;;) {
      const auto got = in_.read(fd());
      if (!got || *got == control::FrameReader::Got::end) return {};
      if (*got == control::FrameReader::Got::message) return in_.take().text;
      pollfd p{fd(), POLLIN, 0};
      if (::poll(&p, 1, static_cast<int>(test::kPatience.count())) <= 0) throw std::runtime_error("no message came");
    }
  }
  control::answer::Refused receive_refusal() {
    return std::get<control::answer::Refused>(control::reply_from_json(receive()).value());
  }
  /// Reads until the connection ends, within patience.
  bool is_cut() {
    while (!receive().empty()) continue;
    return true;
  }

 private:
  posix::Fd socket_;
  control::FrameReader in_;
};

}  // namespace rota::daemon
