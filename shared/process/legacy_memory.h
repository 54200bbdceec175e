// The memory controller of cgroup version 1, for machines that have the second version for everything else: a group for
// each attempt whose memory is bounded, which its process joins by itself. Internal to shared/process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared/posix/fd.h"

namespace rota::process {

class LegacyMemory {
 public:
  struct Group {
    std::string path;
    posix::Fd lock;  // of the directory, while this worker has it
    std::uint64_t killed_before = 0;
    /// For SpawnSpec::joined.
    std::string entrance() const { return path + "/cgroup.procs"; }
  };

  /// None: there is no such controller, or it is not for us to use. Removes what dead workers have left.
  static std::optional<LegacyMemory> find(std::uint32_t seat);
  LegacyMemory(LegacyMemory&&) = default;
  LegacyMemory& operator=(LegacyMemory&&) = default;
  ~LegacyMemory();

  /// A new group that keeps all who are in it together within so much, swap included where the kernel counts it.
  std::optional<Group> make(std::uint64_t bytes);
  /// How many the kernel has killed in it for want of memory.
  static std::uint64_t oom_kills(const Group& group);
  /// Once nobody in it is alive.
  void remove(Group group);

 private:
  LegacyMemory(std::string home, std::string prefix) : home_(std::move(home)), prefix_(std::move(prefix)) {}
  void remove_left();

  std::string home_, prefix_;
  std::vector<Group> left_;  // of those who are just dying
  std::uint64_t made_ = 0;
};

}  // namespace rota::process
