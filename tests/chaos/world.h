// Where a chaos run happens: a directory with its own state, socket, temporary files and marks, the commands that know
// it, and the processes that belong to it. Any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/support/command.h"

namespace rota::chaos {

/// How much of what. The nemesis goes on until it has done all of its deeds.
struct Measure {
  std::uint64_t seed = 1;
  int coordinator_kills = 8;
  int launcher_kills = 3;
  int pool_kills = 6;
  int job_kills = 6;
  int client_kills = 6;
  int freezes = 2;  // SIGSTOP, then SIGCONT, of the coordinator
  int jobs = 300;   // at least
  int submitters = 5;
};
/// "seed=7 coordinator=200 launcher=30 pool=.. job=.. client=.. freeze=.. jobs=5000 submitters=8"; the rest stays.
Measure read_measure(const std::string& words, Measure base);
std::string to_text(const Measure& m);

using Dice = std::mt19937_64;
inline int roll(Dice& dice, int from, int to) { return std::uniform_int_distribution<int>(from, to)(dice); }

enum class Kind { coordinator, launcher, pool, job, client };

class World {
 public:
  World();
  /// Ends what still lives; removes the directory unless `keep()` was called.
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  std::string path(const std::string& name) const { return directory_ + "/" + name; }
  std::string marks() const { return path("marks"); }
  void keep() { keep_ = true; }

  test::Command rota(std::vector<std::string> words) const;
  test::Command rotad() const;

  /// Living processes with this world's mark. Workers that were seen are remembered by number.
  std::vector<test::Process> living(Kind kind) const;
  std::vector<test::Process> living() const;
  std::set<int> workers_seen() const;

 private:
  test::Command command(std::vector<std::string> argv) const;
  std::string directory_, mark_;
  bool keep_ = false;
  mutable std::mutex mutex_;
  mutable std::set<int> workers_seen_;
};

/// The nemesis' own pace and that of those who try again; nobody waits for anything by it.
void pause_ms(int ms);

}  // namespace rota::chaos
