// The commands that this worker is parent of, and what they leave behind. The worker is a subreaper, so what a
// command's processes leave comes to it, wherever it hides. Thread-safe.
#pragma once

#include <chrono>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "shared/process/spawn.h"
#include "shared/result.h"

namespace rota::worker {

class Offspring {
 public:
  /// Makes the process a subreaper.
  Offspring();

  /// Spawns the main process of a command: from now on it is known here.
  Result<process::Child> spawn(const process::SpawnSpec& spec);
  /// Its main process has exited and is not reaped: kills what is left of its session and of whatever bears the two
  /// names of its attempt in the environment. False: some could not be killed in time. Blocks for at most 200 ms.
  bool end_tree(int leader, const std::vector<std::string>& env);
  /// Reaps the main process; then orphans that have died, and, when no command is left, whatever still lives.
  Result<process::Exit> reap(const process::Child& child);
  /// The worker is about to go: nothing more is spawned, and everything below it is killed, in rounds, as what the
  /// dead leave comes to us. False: something lives on after `within`. Blocks.
  bool end_all(std::chrono::milliseconds within);

 private:
  bool has_strays();
  void bury_orphans();
  std::mutex mutex_;
  std::set<int> leaders_;
  int spawning_ = 0;
  bool closed_ = false;
};

}  // namespace rota::worker
