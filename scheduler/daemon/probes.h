// Whether attempts serve: `ready` and `live` of their jobs. Each is looked at from outside, again and again, by a few
// threads: a slow name server, or a command that hangs, holds up other looks at most and never the loop.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "jobs/model/plan.h"
#include "shared/clock.h"
#include "shared/ids.h"
#include "shared/posix/fd.h"
#include "shared/result.h"

namespace rota::daemon {

class Probes {
 public:
  enum class Of : std::uint8_t { ready, live };
  struct Order {
    jobs::Probe probe;
    std::vector<std::string> env;  // of `exec`: the whole environment, "K=V"
    std::string working_dir;       // of `exec`, and of a `file` that is not absolute
  };
  struct Verdict {
    AttemptId attempt;
    Of of = Of::ready;
    bool good = false;
    std::string why;  // not good: what the last look saw, for people
  };

  static Result<std::unique_ptr<Probes>> create();
  /// Commands that still run are killed.
  ~Probes();
  Probes(const Probes&) = delete;
  Probes& operator=(const Probes&) = delete;

  /// Coordinator's thread. In the place of what was asked about the attempt before. One verdict follows, unless it is
  /// ended: `ready` is good at the first look that succeeds and not good when its looks or its time are over; `live` is
  /// never good. `since`: where its delay and its time begin.
  void ask(AttemptId attempt, Of of, Order order, Instant since);
  void end(AttemptId attempt);
  /// Readable when `take` has something.
  int bell() const { return bell_.get(); }
  std::vector<Verdict> take();
  /// A command of ours, from before it runs until after it was reaped. Any thread.
  bool is_command(int pid);

 private:
  struct Watch {
    Of of = Of::ready;
    std::shared_ptr<const Order> order;
    std::shared_ptr<const posix::Fd> over;  // readable once nobody wants to know any more
    std::uint64_t serial = 0;
    Instant due;
    std::optional<Instant> until;
    std::uint32_t failures = 0;  // ready: in all; live: in a row
    std::string why;
    bool busy = false;
  };
  explicit Probes(posix::Fd bell) : bell_(std::move(bell)) {}
  void add_thread();
  void serve();
  std::map<AttemptId, Watch>::iterator next();
  void settle(AttemptId attempt, std::uint64_t serial, const Status& seen);
  bool is_decided(AttemptId attempt, Watch& watch, Instant now);
  void tell(Verdict verdict);
  Status look(const Order& order, std::optional<Instant> within, int over);

  posix::Fd bell_;
  std::vector<std::thread> threads_;  // coordinator's thread
  std::mutex mutex_;                  // all below
  std::condition_variable news_;
  std::map<AttemptId, Watch> watches_;
  std::vector<Verdict> verdicts_;
  std::uint64_t serial_ = 0;
  bool closing_ = false;
  std::mutex commands_mutex_;
  std::set<int> commands_;
};

}  // namespace rota::daemon
