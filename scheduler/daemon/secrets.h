// The secrets of runs: looked up once per run in the coordinator's environment, in a file or by a command, kept in
// memory and nowhere else until the run is over. Files and commands are waited for on threads of their own, so that a
// slow one holds up only what needs it.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "jobs/model/plan.h"
#include "shared/ids.h"
#include "shared/posix/fd.h"
#include "shared/result.h"

namespace rota::daemon {

/// What is in this process's memory goes into no core file, and is for no other process of its user to look at. It ends
/// with exec, so that jobs are what they would be elsewhere. (Not where a sanitizer must look into its own process.)
void keep_memory_private();

class Secrets {
 public:
  static Result<std::unique_ptr<Secrets>> create();
  /// Commands that still run are killed.
  ~Secrets();
  Secrets(const Secrets&) = delete;
  Secrets& operator=(const Secrets&) = delete;

  /// Coordinator's thread. Null: it is being fetched, and the bell will ring. The error names secret and source, and
  /// never bears a value. `directory`: where a command runs. Valid until the run is forgotten.
  const Result<std::string>* find(RunId run, const jobs::Secret& secret, const std::string& directory);
  void forget(RunId run);
  /// Readable when something was fetched since the last take().
  int bell() const { return bell_.get(); }
  bool take();
  /// A command of ours, from before it runs until after it was reaped. Any thread.
  bool is_command(int pid);

 private:
  using Key = std::pair<RunId, std::string>;
  struct Wanted {
    Key key;
    jobs::Secret secret;
    std::string directory;
  };

  Secrets(posix::Fd bell, posix::Fd closing) : bell_(std::move(bell)), closing_(std::move(closing)) {}
  Status add_thread();
  void serve();
  std::optional<Wanted> next();
  Result<std::string> run_command(const jobs::Secret& secret, const std::string& directory);

  posix::Fd bell_;
  posix::Fd closing_;                                        // readable once we are to go
  std::map<Key, std::optional<Result<std::string>>> values_;  // coordinator's thread; none: under way
  std::vector<std::thread> threads_;
  std::mutex mutex_;  // all below
  std::condition_variable queued_;
  std::deque<Wanted> wanted_;
  std::size_t idle_ = 0;
  std::vector<std::pair<Key, Result<std::string>>> fetched_;
  bool over_ = false;
  std::mutex commands_mutex_;
  std::set<int> commands_;
};

}  // namespace rota::daemon
