// The whole tree of one attempt: everything it has started, wherever it hides. Two levels, chosen once per process:
//   cgroup  a cgroup v2 leaf per slot, entered at clone, ended by cgroup.kill: nothing escapes
//   proc    process group, then a walk of /proc for descendants and for processes whose environment names the attempt
//           (ROTA_JOB_ID and ROTA_ATTEMPT), then what a subreaper was handed
// ROTA_TREE=none forces `proc`.
//
// At both levels only processes that descend from this one are ever signalled, and each through a pidfd that was
// checked against its start time: never a stranger that got an old number.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/posix/fd.h"
#include "shared/process/legacy_memory.h"
#include "shared/result.h"

namespace rota::process {

class ChildList;

enum class TreeLevel { cgroup, proc };
std::string_view to_text(TreeLevel level);

/// Where cgroup v2 leaves can be made: our own cgroup, under /sys/fs/cgroup or /sys/fs/cgroup/unified, writable by us.
/// Code::refused with the reason otherwise.
Result<std::string> cgroup_home();

/// Kills and removes the cgroups that workers left which are dead by now (their lock is free). For a coordinator that
/// lost a worker, and for every worker at its start. Errors are passed over: the next sweep meets them again.
void sweep_dead_trees();

/// What the processes of one attempt have in common.
struct TreeMark {
  int leader = -1;                       // its main process, leader of a session; not reaped before the tree is closed
  std::vector<std::string> environment;  // "K=V" entries that name the attempt; a member has all of them. May be empty
};
/// The entries of an environment that make a TreeMark: ROTA_JOB_ID and ROTA_ATTEMPT.
std::vector<std::string> naming_entries(const std::vector<std::string>& env);

/// Ends the tree of a child at level proc: SIGKILL to its process group and to every member that a walk of /proc finds,
/// again until none is left or `within` is over. False: some live on. `root`: the process below which members are
/// looked for; a worker that is no subreaper itself gives its parent, which is. Any thread; blocks.
bool kill_tree(const TreeMark& mark, int root, std::chrono::milliseconds within);

/// Whether this process can have a kernel that keeps the memory of whole trees within a bound (Trees::limit_memory).
/// Tries it: makes a group and removes it.
bool memory_can_be_limited();

/// The live children of this process, by number. A subreaper finds here what its children's children left.
std::vector<int> live_children();
/// Whether there is one that counts. Also true when new ones come faster than they can be looked at.
bool any_live_child(const std::function<bool(int)>& counts = [](int) { return true; });
/// SIGKILL to children of this process whose number is not in `keep`; returns how many. They are zombies until reaped.
int kill_children_except(const std::vector<int>& keep);

/// One round of SIGSTOP to a child of this process that is not reaped, and to all below it. True: none of them does
/// anything by now; ask again until it is so. For a child that is a subreaper: who leaves its parent stays below it.
bool stop_with_descendants(int child);
/// They go on, also those that had stopped by themselves.
void continue_with_descendants(int child);

/// SIGKILL to every process outside this one's own tree whose environment has one of these "K=V" entries, in rounds
/// until none is left or `within` is over. The one exception to the rule above: the values must be random keys that
/// nobody else can have. For what has no other parent to end it: what the pool workers of a dead coordinator had
/// started, and the attempts of a dead launcher.
void kill_named_everywhere(const std::vector<std::string>& entries, std::chrono::milliseconds within);
inline void kill_named_everywhere(const std::string& entry, std::chrono::milliseconds within) {
  kill_named_everywhere(std::vector<std::string>{entry}, within);
}

/// The trees of one worker that is a subreaper and has one thread. Owns its cgroup directories and removes them.
class Trees {
 public:
  using Place = std::uint32_t;

  explicit Trees(std::uint32_t seat);
  ~Trees();
  Trees(const Trees&) = delete;
  Trees& operator=(const Trees&) = delete;

  TreeLevel level() const;
  /// Why the level is not `cgroup`; empty when it is.
  const std::string& why_not_cgroup() const { return why_not_; }

  /// A place for one attempt, before its spawn.
  Result<Place> open();
  /// The kernel keeps the whole tree within so much memory from now on. False: it cannot be told to.
  bool limit_memory(Place place, std::uint64_t bytes);
  /// For SpawnSpec::cgroup_fd; -1 at level proc.
  int cgroup_fd(Place place) const;
  /// For SpawnSpec::joined; empty unless a bound for its memory wants it.
  std::string joined(Place place) const;
  void started(Place place, TreeMark mark);

  /// A signal to the main process's group, woken first if it was stopped (SIGCONT).
  void signal_group(Place place, int signo);
  /// One round of making everything in it stand still. True: it does by now; ask again until it is so. By the cgroup's
  /// freezer, which nobody in it notices; else by SIGSTOP.
  bool freeze(Place place);
  /// Everything in it goes on (at level proc also what had stopped by itself).
  void thaw(Place place);
  /// Whether nothing of the tree is alive. Cheap: asked once per attempt.
  bool empty(Place place);
  /// One round of SIGKILL to everything in it; ask empty(), and repeat.
  void kill(Place place);
  /// Processes of this place that the kernel's memory killer took; 0 where the kernel does not count.
  std::uint64_t oom_kills(Place place);
  /// Gives the place back; its leader must have been reaped (or never started). `is_empty`: as empty() said last; a
  /// place that is not is never used again.
  void close(Place place, bool is_empty = true);

  /// Reaps dead children that are no place's leader: orphans that came to us.
  void reap_orphans();
  /// Live children that belong to no open place: they left by every door. At level cgroup only known when none is open.
  std::vector<int> strays();
  std::size_t open_places() const { return open_; }

 private:
  class Leaves;
  struct Slot {
    TreeMark mark;
    bool taken = false;
    int leaf = -1;
    std::uint64_t oom_before = 0;
    std::optional<LegacyMemory::Group> memory;
  };
  bool is_leader(int pid) const;

  std::unique_ptr<Leaves> leaves_;  // empty at level proc
  std::optional<LegacyMemory> legacy_;  // looked for when the first asks for it
  bool looked_for_legacy_ = false;
  std::uint32_t seat_;
  std::unique_ptr<ChildList> children_;
  std::string why_not_;
  std::vector<Slot> slots_;
  std::size_t open_ = 0;
};

}  // namespace rota::process
