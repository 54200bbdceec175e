// What the coordinator is told: turns the executors' events into messages, with the growth of segments before the ends
// that lie in it. Loop's thread.
#pragma once

#include <unordered_set>
#include <vector>

#include "shared/lane/ends.h"
#include "worker/pool/attempt.h"
#include "worker/pool/mailbox.h"
#include "worker/pool/run.h"

namespace rota::worker {

class Reports {
 public:
  explicit Reports(lane::WorkerEnd& lane) : lane_(lane) {}
  /// Told with tell_starts(), unless the end comes before.
  void started(Attempt& attempt, Instant at);
  void ready(const Attempt& attempt);
  /// Output (where it has grown), Note (where there is one) and Finished.
  void finished(Attempt& attempt);
  /// All that was put together to be told at once.
  void flush();
  /// An attempt that never began.
  void revoked(AttemptId attempt, StopCause cause);
  void refused(AttemptId attempt, const Error& error);
  /// The run's segment has grown: told now if the last time is 50 ms ago, else by tell_due() at due().
  void grown(Run& run, Instant now);
  /// The same of what attempts say of themselves, and 100 ms.
  void progressed(Attempt& attempt, Instant now);
  std::optional<Instant> due() const;
  void tell_due(Instant now);
  void forget(const Run& run);

 private:
  void tell_growth(Instant now);
  void tell_progress(Instant now);
  void tell(Run& run);
  bool join(const Attempt& attempt);
  void send_ends();
  lane::WorkerEnd& lane_;
  struct Start {
    Attempt* attempt;
    Instant at;
  };
  std::vector<Start> starts_;  // null: told meanwhile
  lane::up::FinishedMany ends_;
  Instant last_start_;  // of ends_
  std::vector<Run*> growing_;
  std::optional<Instant> due_;
  Instant last_told_;
  std::unordered_set<Attempt*> progressing_;
  std::optional<Instant> progress_due_;
  Instant last_progress_;
};

}  // namespace rota::worker
