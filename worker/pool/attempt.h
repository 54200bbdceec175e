// One attempt in a pool worker, from its Start to its Finished. The loop's thread owns it; while phase is `begun` its
// executor (a pool thread, or the loop itself) has it and alone writes report, pid and note.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "shared/lane/message.h"
#include "shared/progress.h"
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

/// What a Start says, or a StartMany of all its members.
struct Common {
  lane::Assignment assignment;
  std::vector<lane::OwnVariable> own;
};

struct Attempt {
  enum class Phase : std::uint8_t { queued, begun, revoked };

  Attempt(std::shared_ptr<const Common> c, AttemptId attempt, const lane::Member& m, Run& r)
      : common(std::move(c)), assignment(common->assignment), member(m), run(r), id_(attempt) {}
  AttemptId id() const { return id_; }
  /// Takes the attempt out of `queued`; only one side can, so it is begun or revoked, never both.
  bool leave_queue(Phase to) {
    auto queued = Phase::queued;
    return phase.compare_exchange_strong(queued, to, std::memory_order_acq_rel);
  }

  const std::shared_ptr<const Common> common;
  const lane::Assignment& assignment;  // but for its id
  const lane::Member member;           // with common->own
  Run& run;
  std::optional<std::uint32_t> ledger_entry;  // loop's thread sets it before the executor can see the attempt
  std::optional<std::uint32_t> extra_thread;  // of a daemon
  std::atomic<Phase> phase{Phase::queued};
  StopState stop;
  std::atomic<Progress> progress{kProgressUnknown};
  std::atomic<bool> progress_waits{false};  // posted, and not told
  AttemptReport report;
  std::int32_t pid = 0;
  std::string note;                 // for up::Note, beside Finished
  std::unique_ptr<OnLoop> on_loop;  // async mode, while it runs
  bool start_is_untold = false;     // loop's thread: the coordinator hears of it with its end, if that comes soon

 private:
  const AttemptId id_;
};

/// Cuts a text for people at limits::kMessageBytes.
std::string capped_message(std::string text);

}  // namespace rota::worker
