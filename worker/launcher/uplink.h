// The connection to whoever coordinates now; there may be nobody. One thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "shared/lane/message.h"
#include "shared/lane/packet.h"
#include "worker/launcher/poll.h"

namespace rota::worker {

class Uplink {
 public:
  /// `poll` outlives it.
  Uplink(Poll& poll, lane::PacketLink link);

  bool there() const { return link_.has_value(); }
  enum class Got { word, nothing, end, nonsense };
  Got read(lane::Down& word);
  /// Into the outbox; sent by flush(). Dropped when nobody is there.
  void say(const lane::Up& word);
  void flush();
  /// Waits for the peer to take it all, at most so long.
  void flush_all(std::chrono::milliseconds within);
  /// The peer is slow: what can wait should.
  bool backed_up() const;

  /// Closes the connection; what it still had to say is not read.
  void drop();
  /// The same, and goes on with another.
  void replace(lane::PacketLink link);

 private:
  void watch();
  Poll& poll_;
  std::optional<lane::PacketLink> link_;
  bool watches_write_ = false;
};

}  // namespace rota::worker
