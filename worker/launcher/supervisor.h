// The launcher's one loop: what the coordinator grants, what runs, what has ended. One thread.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "shared/clock.h"
#include "shared/lane/message.h"
#include "shared/lane/packet.h"
#include "shared/process/tree.h"
#include "worker/launcher/attempt.h"
#include "worker/launcher/open_runs.h"
#include "worker/launcher/poll.h"

namespace rota::worker {

class Supervisor {
 public:
  /// `width`: attempts at once, daemons not counted.
  Supervisor(WorkerId self, std::uint32_t width, lane::PacketLink link, posix::Fd signals, Poll poll);
  /// Returns when nothing is left to do and nothing is left alive.
  void run();

 private:
  enum class Course {
    serving,
    ending,   // the coordinator said End: leave when nothing runs
    closing,  // the coordinator is gone, or we are told to go: stop everything, then leave
  };

  void turn();
  void dispatch(const Poll::Event& event, Instant now);
  std::optional<Instant> next() const;
  Attempt* find(std::uint64_t key);

  void read_link(Instant now);
  void read_signals(Instant now);
  void take(lane::down::OpenRun& m, Instant) { runs_.open(std::move(m)); }
  void take(lane::down::CloseRun& m, Instant) { runs_.close(m.run); }
  void take(lane::down::Start& m, Instant);
  void take(lane::down::Stop& m, Instant now);
  void take(lane::down::Retract& m, Instant);
  void take(lane::down::End&, Instant);
  void take(lane::down::Hello&, Instant) {}
  void take(lane::down::Ack&, Instant) {}
  void take(lane::down::Signal&, Instant) {}
  void close_all(Instant now);
  /// Commands of thread and async mode whose pool workers died with the coordinator.
  void end_pool_commands();

  void start_granted(Instant now);
  bool start(lane::Assignment assignment, Instant now);
  void wait_out_shortage(lane::Assignment assignment, const Error& why, Instant now);
  void settle(Instant now);
  void report(Attempt& attempt);
  void revoke(const AttemptId& id, StopCause cause);
  bool take_back(const AttemptId& id);
  void kill_strays();
  void announce_output(Instant now);
  void say(const lane::Up& message);
  void flush();
  void leave();

  WorkerId self_;
  std::uint32_t width_;
  lane::PacketLink link_;
  posix::Fd signals_;
  Poll poll_;
  process::Trees trees_;
  OpenRuns runs_;
  std::deque<lane::Assignment> granted_, granted_daemons_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Attempt>> running_;
  std::size_t running_daemons_ = 0;
  std::uint64_t next_key_ = 1;
  std::optional<Instant> shortage_until_;
  Duration shortage_pause_{0};
  std::set<int> strays_told_;
  Course course_ = Course::serving;
  bool link_watches_write_ = false;
  std::vector<char> buffer_;
};

}  // namespace rota::worker
