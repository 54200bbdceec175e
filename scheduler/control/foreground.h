// The seam between `rota run` (the command line: plan in, display out) and the coordinator that carries it out in the
// same process. The command line knows only this header; the program's main injects the daemon's implementation.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/model/plan.h"
#include "scheduler/core/record.h"
#include "scheduler/core/scheduler.h"
#include "shared/output/segment.h"
#include "shared/result.h"

namespace rota::control {

/// Watches a run. Called on the coordinator's only thread, after the commit of the facts it is told; it must not block
/// for long (the display writes to a terminal or pipe; a broken one ends the display, never the run).
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  /// Once, before anything else: the run's number and where its files are.
  virtual void on_opened(RunId run, const std::string& instance_directory) = 0;
  /// Once a turn, with the records of the turn in order.
  virtual void on_turn(std::span<const core::Record> records, const core::Scheduler& scheduler, Now now) = 0;
  /// Captured output, in the order of each job's stream. A job's output comes before the end of its attempt is told by
  /// on_turn (as far as it is known by then).
  virtual void on_output(const output::Chunk& chunk) = 0;
  /// A line that a person should read (an escaped process, a worker that had to be replaced).
  virtual void on_note(std::string_view text) = 0;
  /// The user asked to stop: how often so far, and by which signal.
  virtual void on_interrupt(int signal, int times) = 0;
  /// When the display wants to be called again without news (bars); zero: never.
  virtual Duration tick() const = 0;
  virtual void on_tick(const core::Scheduler& scheduler, Now now) = 0;
};

struct ForegroundOptions {
  std::string state_directory;   // the state root, absolute
  std::vector<std::string> env;  // the caller's environment, "K=V"
  bool handle_signals = true;    // SIGINT, SIGTERM, SIGHUP cancel the run; SIGTSTP is left alone
};

struct ForegroundEnd {
  RunId run = 0;
  core::RunView view;  // as folded into history
  int signal = 0;      // the first stop signal received, 0 when none
};

/// Runs a plan to its end. Errors are those that kept it from starting or from recording (Code::system from the
/// journal: "storage failed").
using RunForeground =
    std::function<Result<ForegroundEnd>(jobs::Plan plan, const ForegroundOptions& options, RunObserver& observer)>;

}  // namespace rota::control
