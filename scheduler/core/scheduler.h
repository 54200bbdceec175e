// The pure heart: no clock, no thread, no I/O, no log, no random source. One owner, one thread.
//
//   step(event, now, effects)   takes one event: decides, applies the records it makes, appends records and actions
//   settle(now, effects)        once a turn, after the events: releases needs, places attempts on workers, ends runs
//
// The caller makes effects.records (those that are durable) durable in one transaction, and only then carries out
// effects.actions. Time stands still within a turn: every call of a turn gets the same `now`.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scheduler/core/block.h"
#include "scheduler/core/effect.h"
#include "scheduler/core/event.h"
#include "scheduler/core/view.h"
#include "shared/result.h"

namespace rota::core {

class State;
struct Schedules;

/// What waits for or holds capacity: the fleet grows by it. First the common crew, and launchers.
struct Demand {
  std::uint32_t thread = 0;  // tasks queued or alive in this mode, daemons included
  std::uint32_t process = 0;
  std::uint32_t async = 0;
  /// The same of crews that belong to one run, by their ids; empty where no run needs any now.
  struct OfCrew {
    CrewId crew;
    std::uint32_t thread = 0, process = 0, async = 0;
  };
  std::vector<OfCrew> crews;
};

class Scheduler {
 public:
  Scheduler();
  ~Scheduler();
  Scheduler(Scheduler&&) noexcept;
  Scheduler& operator=(Scheduler&&) noexcept;

  void step(Event event, Now now, Effects& out);
  void settle(Now now, Effects& out);

  /// Replay of one stored record, before any step. No effects.
  void replay(const Record& record);
  /// Records that rebuild the present durable state when replayed into an empty scheduler.
  std::vector<Record> snapshot() const;

  /// The next instant at which a Wake is due; none: nothing is timed.
  std::optional<Instant> next_deadline() const;
  Demand demand() const;

  /// Queries. Null or empty when there is no such run (or it was folded away).
  std::vector<RunId> runs() const;
  const jobs::Plan* plan(RunId run) const;
  std::optional<RunSummary> summary(RunId run) const;  // kept counters: cheap, no scan
  std::optional<RunView> view(RunId run, const Wanted& wanted = {}) const;
  /// How a task ended; none: it has not, or there is no such task. Cheap.
  std::optional<Outcome> outcome(TaskId task) const;
  /// The worker an attempt that is alive was granted to.
  std::optional<WorkerId> worker_of(AttemptId attempt) const;
  /// Of an attempt that is alive: its user wants it to stand still; it has said that it is ready.
  bool is_to_stand_still(AttemptId attempt) const;
  bool is_ready(AttemptId attempt) const;
  /// What users call this attempt (see view.h); 1 when there is no such task.
  std::uint32_t try_number(AttemptId attempt) const;
  /// The values of Job::late for an attempt that is about to start, in their order. An error says where in the job file
  /// what went wrong ("12:34: ..."). Of an attempt that is not there: none.
  Result<std::vector<Value>> late_values(AttemptId attempt) const;
  /// Why a task waits, the outermost first, each with what would lift it; empty when it does not wait. `value` of a dep
  /// is the JobIndex of a need that is not met; of slots and command slots, about how many tasks of its mode are before
  /// it. An attempt whose launcher is not heard of yet says `recovering`.
  std::vector<Reason> waiting(TaskId task, Now now) const;
  /// Of those reasons what has a name and numbers: pools, resources, groups.
  std::vector<Block> blocks(TaskId task, const std::vector<Reason>& reasons, Now now) const;
  /// The terms of a run; null when there is no such run.
  const Terms* terms(RunId run) const;
  /// What is registered to run by the calendar.
  const Schedules& schedules() const;
  /// Why an occurrence that is told now would be passed over; none: it would become a run.
  Reason pass_over_reason(const event::Occur& e, Now now) const;
  /// A run of the plan that is submitted now would find its group full: one that is in its way; none: it would not.
  std::optional<RunId> fills_group(const jobs::Plan& plan) const;
  /// After Recovered: process attempts of the old life that are accounted for (their launcher said hello or is dead),
  /// of how many.
  struct Recovery {
    std::uint32_t known = 0;
    std::uint32_t total = 0;
    bool over() const { return known == total; }
  };
  Recovery recovery() const;
  /// Commands that can be running under thread and async, and how many may.
  struct Commands {
    std::uint32_t busy = 0;
    std::uint32_t slots = 0;
  };
  Commands commands() const;
  /// Attempts of the mode that the worker holds, daemons too.
  std::uint32_t held(WorkerId worker, Mode mode) const;
  /// The workers of the last life that have not said hello in this one, and hold something.
  std::vector<WorkerId> unheard() const;
  std::uint32_t epoch() const;
  ReasonKind admission_closed() const;  // none: open; after ShutDown at least drained
  /// Reports dropped because they named an attempt or worker that was not expected.
  std::uint64_t stale_reports() const;

  /// All tasks of a run that has ended, packed, in order; good until the run is forgotten. For history.
  std::vector<PackedPage> packed(RunId run) const;

  /// Drops a run that has ended, after it was folded.
  void forget(RunId run);

  /// Walks all invariants; empty: all hold. Every unit test ends with it, every simulated step runs it.
  std::string check() const;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace rota::core
