// Who is to blame when a worker dies: the part of the worker's region that says which attempts have begun, which thread
// runs which, and what the crash handler saw. Written by the worker alone, without locks; read by the coordinator after
// the worker's death.
//
// An attempt gets its ledger entry before user code runs and keeps it until its Finished can be seen by the
// coordinator, so an attempt that is in neither place has never begun.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "shared/ids.h"
#include "shared/lane/layout.h"

namespace rota::lane {

/// The attempt whose code was running on the thread that took a deadly signal, or called exit (signal 0).
struct Guilty {
  AttemptId attempt;
  std::int32_t signal = 0;
  bool operator==(const Guilty&) const = default;
};

/// What the loop is at: the attempt whose code it runs, and how many pieces of such code it has begun.
struct OnLoop {
  AttemptId attempt;
  std::uint64_t begun = 0;
  bool operator==(const OnLoop&) const = default;
};

/// The coordinator's view. Everything read is copied, then checked: nonsense is left out.
class BlameReader {
 public:
  explicit BlameReader(const std::byte* region) : region_(region) {}
  std::vector<AttemptId> begun() const;
  std::optional<Guilty> guilty() const;
  /// What was running when the worker ended by itself; empty: it said that no task is the cause.
  std::vector<AttemptId> running() const;
  /// While the worker lives: none: no attempt's code is on the loop now.
  std::optional<OnLoop> on_loop() const;

 private:
  const LedgerEntry& entry(std::uint32_t i) const;
  const ThreadSlot& slot(std::uint32_t i) const;
  const std::byte* region_;
};

/// One thread's slot: its own thread writes it, and that thread's crash handler. Async-signal-safe.
class Blame {
 public:
  Blame() = default;
  explicit Blame(ThreadSlot* slot) : slot_(slot) {}
  void running(std::uint32_t entry) {
    slot_->running.store(entry + 1, std::memory_order_release);
    slot_->begun.store(slot_->begun.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  void idle() { slot_->running.store(0, std::memory_order_release); }
  void called_exit() {
    if (is_running()) slot_->signal.store(kCalledExit, std::memory_order_release);
  }
  bool is_running() const { return slot_->running.load(std::memory_order_relaxed) != 0; }
  void left() { slot_->signal.store(kLeftByItself, std::memory_order_release); }
  void crashed(int signal) { slot_->signal.store(static_cast<std::uint32_t>(signal), std::memory_order_release); }

 private:
  ThreadSlot* slot_ = nullptr;
};

/// The worker's ledger. claim and release: the loop's thread; write: the thread that is about to run the attempt.
class Ledger {
 public:
  explicit Ledger(std::byte* region);
  std::optional<std::uint32_t> claim();  // empty: full, start nothing more now
  void write(std::uint32_t entry, AttemptId attempt);
  void release(std::uint32_t entry);

 private:
  LedgerEntry& at(std::uint32_t i);
  std::byte* region_;
  std::vector<std::uint32_t> free_;
};

}  // namespace rota::lane
