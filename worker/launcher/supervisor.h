// The launcher's one loop: what the coordinator grants, what runs, what has ended. One thread.
//
// Without a home it lives as long as its coordinator. With one it goes on alone: it starts what it was granted, keeps
// timeouts and stops, and keeps every end until a coordinator has acknowledged it, this one or the next.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "shared/clock.h"
#include "shared/lane/launcher_home.h"
#include "shared/lane/message.h"
#include "shared/process/tree.h"
#include "worker/launcher/account.h"
#include "worker/launcher/attempt.h"
#include "worker/launcher/doorway.h"
#include "worker/launcher/open_runs.h"
#include "worker/launcher/poll.h"
#include "worker/launcher/uplink.h"

namespace rota::worker {

/// What makes a launcher outlive its coordinator. Its lock is the process's: held until the kernel closes it.
struct Home {
  posix::Fd listener;
  lane::LauncherJournal journal;
};

class Supervisor {
 public:
  struct Call {
    WorkerId self;
    std::uint32_t width = 1;  // attempts at once, daemons not counted
    std::uint32_t epoch = 0;  // of the coordinator that started us
  };
  Supervisor(const Call& call, lane::PacketLink link, posix::Fd signals, Poll poll, std::optional<Home> home);
  /// Returns when nothing is left to do and nothing is left alive.
  void run();

 private:
  enum class Course {
    serving,
    ending,   // the coordinator said End: leave when nothing runs
    closing,  // the coordinator of a homeless one is gone, or we are told to go: stop everything, then leave
  };

  void turn();
  void dispatch(const Poll::Event& event, Instant now);
  bool is_done() const;
  std::optional<Instant> next() const;
  ProcessAttempt* find(std::uint64_t key);
  ProcessAttempt* find(const AttemptId& id);

  void answer_the_door(Instant now);
  void adopt_coordinator(Doorway::Caller caller);
  void read_link(Instant now);
  void lose_coordinator(Instant now);
  void read_signals(Instant now);
  void take(lane::down::OpenRun& m, Instant) { runs_.open(std::move(m)); }
  void take(lane::down::CloseRun& m, Instant) { runs_.close(m.run); }
  void take(lane::down::Start& m, Instant);
  void take(lane::down::Stop& m, Instant now);
  void take(lane::down::Retract& m, Instant);
  void take(lane::down::End&, Instant);
  void take(lane::down::Hello&, Instant) {}  // only a first word counts
  void take(lane::down::StartMany&, Instant) {}  // a word for pool workers
  void take(lane::down::Ack& m, Instant) { account_.ack(m.attempt); }
  void take(lane::down::Signal& m, Instant);
  void take(lane::down::Freeze& m, Instant now);
  void close_all(Instant now);
  /// Commands of thread and async mode whose pool workers died with the coordinator.
  void end_pool_commands();

  void start_granted(Instant now);
  bool may_start(Instant now);
  bool start(lane::Assignment assignment, Instant now);
  void wait_out_shortage(lane::Assignment assignment, const Error& why, Instant now);
  void end_shortage();
  void settle(Instant now);
  void report(ProcessAttempt& attempt, Instant now);
  void tell_end(const AttemptId& id, const AttemptReport& report, Instant now);
  void revoke(const AttemptId& id, StopCause cause);
  bool take_back(const AttemptId& id);
  void kill_strays();
  void announce_output(Instant now);
  void announce_progress(Instant now, bool again);
  void say_hello();
  void leave();

  WorkerId self_;
  std::uint32_t width_;
  std::uint32_t epoch_;
  bool has_home_;
  posix::Fd signals_;
  Poll poll_;
  Uplink uplink_;
  Doorway doorway_;
  Account account_;
  process::Trees trees_;
  OpenRuns runs_;
  std::deque<lane::Assignment> granted_, granted_daemons_;
  std::unordered_map<std::uint64_t, std::unique_ptr<ProcessAttempt>> running_;
  std::size_t running_daemons_ = 0;
  std::uint64_t next_key_ = 1;
  std::optional<Instant> shortage_until_;
  Duration shortage_pause_{0};
  bool told_of_shortage_ = false;
  bool told_of_unacked_ = false;
  std::set<int> strays_told_;
  Course course_ = Course::serving;
  std::vector<char> buffer_;
};

}  // namespace rota::worker
