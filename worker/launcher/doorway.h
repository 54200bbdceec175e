// Where a later coordinator comes in: the listening socket of a launcher's home, and the callers that have come and not
// said Hello. Callers cost little: at most limits::kLauncherCallers of our own user at once, each for
// limits::kLauncherCallerMs. One thread.
#pragma once

#include <optional>
#include <vector>

#include "shared/clock.h"
#include "shared/lane/message.h"
#include "shared/lane/packet.h"
#include "shared/posix/fd.h"
#include "worker/launcher/poll.h"

namespace rota::worker {

class Doorway {
 public:
  /// No listener: nobody ever comes. `poll` outlives it.
  Doorway(Poll& poll, posix::Fd listener, WorkerId self);

  struct Caller {
    lane::PacketLink link;  // may have brought more words with its Hello
    std::uint32_t epoch = 0;
  };
  /// Lets in who waits, hears who speaks, and sends away all that are not to be the coordinator: who says anything but
  /// Hello, or nothing in time, or an epoch that is not above this one. The caller of the highest epoch, if any.
  std::optional<Caller> newest(std::uint32_t above, Instant now);
  /// When to ask without an event.
  std::optional<Instant> due() const;

 private:
  struct Guest {
    lane::PacketLink link;
    Instant until;
  };
  void let_in(Instant now);
  bool hear(std::uint32_t above, Instant now, std::optional<Caller>& best);
  void refuse_protocol(lane::PacketLink& link) const;
  void watch_listener(bool wanted);

  Poll& poll_;
  posix::Fd listener_;
  WorkerId self_;
  std::vector<Guest> guests_;
  bool watches_ = false;
  std::optional<Instant> retry_;  // no descriptor was to be had
};

}  // namespace rota::worker
