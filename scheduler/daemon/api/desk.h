// What the API may do with the coordinator: the seam between requests and turns. Implemented by the service (and by
// `rota run` for its one run); faked in tests. Coordinator's thread only.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "jobs/calendar/occurrence.h"
#include "jobs/model/plan.h"
#include "scheduler/control/protocol.h"
#include "scheduler/core/event.h"
#include "scheduler/core/scheduler.h"

namespace rota::daemon {

class Desk {
 public:
  virtual ~Desk() = default;
  virtual const core::Scheduler& scheduler() const = 0;
  virtual Now now() const = 0;  // of this turn
  /// Takes part in the next turn, which comes at once.
  virtual void post(core::Event event) = 0;

  /// Code::refused: the disk is too full for anything new.
  virtual Status check_space() const = 0;
  /// A number that nobody else has. None: another process is taking one, try again in a moment.
  virtual Result<std::optional<RunId>> take_number() = 0;
  /// Makes ready what a run needs besides its plan (output directory, run key); then `post(Submit)` may follow.
  virtual Result<core::Terms> open_run(RunId run, const jobs::Plan& plan, core::Terms asked,
                                       const std::vector<std::string>& caller_env) = 0;
  /// The run that was submitted under this key within the last 24 h, alive or folded.
  virtual std::optional<RunId> find_key(const std::string& key) = 0;
  /// What was submitted as a run, and how it went, also when it is folded. Code::not_found.
  struct Known {
    jobs::Plan plan;
    core::Terms terms;
    core::RunView view;
  };
  virtual Result<Known> recall(RunId run, const core::Wanted& wanted = {}) = 0;
  virtual std::string output_directory(RunId run) const = 0;
  /// Of an entry of a registered file; none: it does not occur again, or is not enabled.
  virtual std::optional<jobs::Occurrence> next_occurrence(const std::string& name, std::uint32_t entry) const = 0;

  /// False: the attempt has no process to signal (thread, async, or it ended).
  virtual bool signal_attempt(AttemptId attempt, int signal) = 0;
  virtual control::answer::Workers workers() const = 0;
  virtual control::answer::Status status() const = 0;
  virtual void drain(bool drain) = 0;
  virtual void stop(bool all) = 0;
  /// `then` is called from this call or, where there is much to forget, from a later turn.
  using PruneThen = std::function<void(Result<control::answer::Pruned>)>;
  virtual void prune(const control::ask::Prune& what, PruneThen then) = 0;
};

}  // namespace rota::daemon
