// Messages as frames on a unix stream socket, in both directions; see protocol.h for their form. Neither ever waits:
// the client waits with poll, the server in its loop. A peer may send anything.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "shared/limits.h"
#include "shared/posix/fd.h"
#include "shared/result.h"

namespace rota::control {

/// One message and the descriptor that came with it, if any.
struct Message {
  std::string text;
  posix::Fd file;
};

/// Takes messages off a socket. It never reads beyond the message it is in, so what the peer says next stays in the
/// kernel, and a descriptor belongs to the message it came with.
class FrameReader {
 public:
  explicit FrameReader(std::uint64_t message_limit = limits::kControlMessageBytes) : limit_(message_limit) {}

  enum class Got {
    message,  // take() has it
    nothing,  // all that was there is taken, and no message is whole yet
    more,     // as much as one call takes; there may be more
    end       // the peer has closed, between two messages
  };
  /// Reads what is there, at most about `budget` bytes. Code::invalid: the peer breaks the rules, or went in the midst
  /// of a message (unreachable).
  Result<Got> read(int socket, std::size_t budget = 1u << 20);
  Message take();
  /// Whether a message has begun and is not whole.
  bool inside() const { return header_got_ > 0 || !message_.text.empty() || expect_ > 0; }

 private:
  Result<std::size_t> receive(int socket, char* into, std::size_t size, bool& end);
  Status begin_frame();
  std::uint64_t limit_;
  Message message_;
  unsigned char header_[4] = {};
  std::size_t header_got_ = 0;
  std::size_t expect_ = 0;  // bytes of the present frame still to come
  bool goes_on_ = false;    // the message does not end with the present frame
};

/// Messages on their way to a socket.
class FrameWriter {
 public:
  /// A whole message, with a descriptor (which stays the caller's and must stay open until it is sent).
  void add(std::string_view message, std::optional<int> file = std::nullopt);
  /// The next piece of a message, not empty. `last`: the message ends with it.
  void add_piece(std::string_view piece, bool last);

  bool empty() const { return waiting_.empty(); }
  /// Bytes not yet taken by the socket.
  std::size_t size() const { return waiting_.size() - sent_; }
  /// Sends what the socket takes at once; how many bytes that was. Code::unreachable: the peer is gone.
  Result<std::size_t> flush(int socket);

 private:
  std::string waiting_;
  std::size_t sent_ = 0;
  std::optional<int> file_;
  std::size_t file_at_ = 0;  // offset in waiting_ of the byte that it goes with
};

/// A job file's bytes as a sealed memfd.
Result<posix::Fd> sealed_file(std::string_view bytes);
/// Whether a descriptor is what sealed_file makes: bytes in memory that nobody can change, within
/// limits::kJobFileBytes. Its size, or Code::refused with what is wrong.
Result<std::uint64_t> check_sealed_file(int fd);

}  // namespace rota::control
