// What a dead launcher leaves: the journal in its home, and processes of attempts that it had not seen end. For one
// that was no child of ours these have gone to another parent: they are found by the key of their task in their
// environment, and by their cgroup. Mostly a few milliseconds; seconds where a process is slow to die or the journal is
// long, so that a coordinator that serves others meanwhile has it done by a thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "scheduler/core/scheduler.h"
#include "scheduler/daemon/loop.h"
#include "shared/ids.h"
#include "shared/lane/launcher_home.h"

namespace rota::daemon {

/// The run keys of all runs that are alive: what the processes of their attempts are known by.
using RunKeys = std::map<RunId, std::string>;
RunKeys run_keys(const core::Scheduler& scheduler);

/// Reads what became of a launcher's attempts, and ends what those that it had not seen end left alive. Code::system:
/// of the moment (no descriptor), try again. Any thread.
Result<lane::LauncherAccount> settle_remains(const std::string& home, const RunKeys& keys);

/// Of a journal that is damaged nothing is believed: everything that the launcher held counts as begun. Coordinator's
/// thread only.
lane::LauncherAccount account_without_journal(WorkerId launcher, const core::Scheduler& scheduler);

/// Process attempts that are alive and granted to this worker, ascending. Walks all runs.
std::vector<AttemptId> held_by(WorkerId worker, const core::Scheduler& scheduler);

/// The thread that settles, one launcher after the other. All functions are for the coordinator's thread.
class Settling {
 public:
  struct Order {
    core::event::WorkerDown down;
    std::string home;
    RunKeys keys;
  };
  struct Done {
    core::event::WorkerDown down;
    std::string home;
    Result<lane::LauncherAccount> account;
  };
  explicit Settling(Loop& loop) : loop_(loop) {}
  /// Waits for what is under way; the rest is left to the next life.
  ~Settling();
  Settling(const Settling&) = delete;
  Settling& operator=(const Settling&) = delete;

  /// False: no thread can be had, the caller does it itself. The loop is woken when it is done.
  bool take_on(Order& order);
  std::vector<Done> take_done();

 private:
  bool begin();
  void work();

  Loop& loop_;
  posix::Fd bell_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Order> orders_;  // under mutex_, as what follows
  std::vector<Done> done_;
  bool over_ = false;
  std::thread thread_;  // from the first order on
};

}  // namespace rota::daemon
