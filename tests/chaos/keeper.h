// Keeps a coordinator alive: starts it, notices its end, starts it again. What a service manager does, with less
// patience.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/chaos/world.h"

namespace rota::chaos {

class Keeper {
 public:
  Keeper(const World& world, std::uint64_t seed);
  ~Keeper();

  /// SIGKILL to the coordinator that is there now; false when there is none at this moment.
  bool kill_coordinator();
  /// Stopped for so long, then woken.
  bool freeze_coordinator(int ms);
  /// Ends in order: `rota daemon stop`, no new start. Returns how the last one ended. Once.
  test::Ended finish();
  /// Ends that nobody has caused, with what the coordinator said.
  std::vector<std::string> own_deaths() const;
  int starts() const { return starts_; }

 private:
  void run();
  void one_life();
  void greet(const test::Running& rotad);

  const World& world_;
  Dice dice_;
  std::atomic<bool> leaving_{false};
  std::atomic<int> starts_{0};
  mutable std::mutex mutex_;
  std::optional<test::Process> coordinator_;
  bool killed_ = false;  // this life, by us
  std::vector<std::string> own_deaths_;
  std::optional<test::Ended> last_;
  std::thread thread_;
};

}  // namespace rota::chaos
