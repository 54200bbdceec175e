// Whose code the loop runs, and what it costs: around each handler of an attempt the loop's blame slot names the
// attempt, and the time of the handler is added to what that one has used. Loop's thread.
#pragma once

#include <cstdint>
#include <vector>

#include "shared/lane/blame.h"
#include "worker/pool/run_clock.h"

namespace rota::worker {

class LoopMeter {
 public:
  explicit LoopMeter(lane::Blame blame) : blame_(blame), clock_(RunClock::Switches::leave) {}
  /// Code of the attempt with this ledger entry runs. What is entered from within belongs to the outer one.
  void enter(std::uint32_t entry);
  void leave();
  /// What handlers under this entry have used since the last call.
  Usage take(std::uint32_t entry);

  /// A loop of another language's is measured by the thread that it runs on: that of the calling one from now on.
  void measure_this_thread();
  static LoopMeter* of_this_thread();

 private:
  struct Used {
    std::int64_t cpu_ns = 0, loop_ns = 0;
  };
  lane::Blame blame_;
  RunClock clock_;
  std::vector<Used> used_;  // by ledger entry
  std::uint32_t depth_ = 0, entry_ = 0;
};

/// From its making to its end the loop runs code of the attempt.
class OnMeter {
 public:
  OnMeter(LoopMeter& meter, std::uint32_t entry) : meter_(meter) { meter_.enter(entry); }
  ~OnMeter() { meter_.leave(); }
  OnMeter(const OnMeter&) = delete;
  OnMeter& operator=(const OnMeter&) = delete;

 private:
  LoopMeter& meter_;
};

}  // namespace rota::worker
