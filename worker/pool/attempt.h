// One attempt in a pool worker, from its Start to its Finished. The loop's thread owns it; while phase is `begun` its
// executor (a pool thread, or the loop itself) has it and alone writes report, pid and note.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "shared/lane/message.h"
#include "worker/targets/stop_state.h"

namespace rota::worker {

struct Run;

/// What the loop keeps of an attempt that it runs itself.
class OnLoop {
 public:
  virtual ~OnLoop() = default;
  /// Loop's thread; may come more than once.
  virtual void stop(StopRequest r) = 0;
};

struct Attempt {
  enum class Phase : std::uint8_t { queued, begun, revoked };

  Attempt(lane::Assignment a, Run& r) : assignment(std::move(a)), run(r) {}
  AttemptId id() const { return assignment.id; }
  /// Takes the attempt out of `queued`; only one side can, so it is begun or revoked, never both.
  bool leave_queue(Phase to) {
    auto queued = Phase::queued;
    return phase.compare_exchange_strong(queued, to, std::memory_order_acq_rel);
  }

  lane::Assignment assignment;
  Run& run;
  std::optional<std::uint32_t> ledger_entry;  // loop's thread sets it before the executor can see the attempt
  std::optional<std::uint32_t> extra_thread;  // of a daemon
  std::atomic<Phase> phase{Phase::queued};
  StopState stop;
  AttemptReport report;
  std::int32_t pid = 0;
  std::string note;                 // for up::Note, beside Finished
  std::unique_ptr<OnLoop> on_loop;  // async mode, while it runs
};

/// Cuts a text for people at limits::kMessageBytes.
std::string capped_message(std::string text);

}  // namespace rota::worker
