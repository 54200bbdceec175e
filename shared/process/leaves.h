// Cgroup v2 directories of one worker: rota-<pid>-<seat>/sN, one leaf per place, reused. The worker's directory is
// locked (flock) for its life, so that others know dead ones by a free lock and need no pid for it. Internal to
// shared/process.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "shared/posix/fd.h"
#include "shared/process/tree.h"

namespace rota::process {

class Trees::Leaves {
 public:
  static Result<std::unique_ptr<Leaves>> make(std::uint32_t seat);
  ~Leaves();

  Result<int> take();  // a free leaf, or a new one
  /// A leaf that was killed is made anew: from Linux 6.14 on, a group that has been killed once may kill everything
  /// that is ever cloned into it (its kill count is compared with that of the cloning process's own group).
  void give_back(int leaf, bool reusable);
  int directory_fd(int leaf) const { return at(leaf).directory.get(); }
  bool populated(int leaf) const;
  void kill(int leaf);
  /// Everything in it stands still, or goes on. True: it does so by now; none: this kernel cannot be told to.
  std::optional<bool> freeze(int leaf, bool on);
  std::uint64_t oom_kills(int leaf) const;
  /// False: the memory of this leaf is not for us to bound.
  bool limit_memory(int leaf, std::uint64_t bytes);

 private:
  struct Leaf {
    std::string path;
    posix::Fd directory, events, procs, kill, memory_events;
    enum class Use { unmade, free, taken, killed, abandoned } use = Use::unmade;
  };
  explicit Leaves(std::string directory, posix::Fd lock) : directory_(std::move(directory)), lock_(std::move(lock)) {}
  Status open(Leaf& leaf);
  const Leaf& at(int leaf) const { return leaves_[static_cast<std::size_t>(leaf)]; }

  std::string directory_;
  posix::Fd lock_;
  std::vector<Leaf> leaves_;
  std::uint64_t made_ = 0;
};

}  // namespace rota::process
