// Trees at both levels.
#include "shared/process/tree.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "shared/process/leaves.h"
#include "shared/process/proc.h"

namespace rota::process {
namespace {

/// Whether a process names the attempt, or sits in its main process's session or group.
bool belongs(const Process& p, const TreeMark& mark) {
  return p.session == mark.leader || p.group == mark.leader || environment_has(p.pid, mark.environment);
}

/// Live processes of a tree at level proc. An orphan that belongs brings its own descendants.
std::vector<Process> members(const TreeMark& mark, int root) {
  const auto all = all_processes();
  std::vector<Process> out;
  const auto add = [&](const Process& p) {
    const bool known = std::any_of(out.begin(), out.end(), [&](const Process& o) { return o.pid == p.pid; });
    if (!p.dead && !known && p.pid != ::getpid()) out.push_back(p);
  };
  for (const auto& p : descendants(all, root)) {
    if (p.pid != mark.leader && (p.dead || !belongs(p, mark))) continue;
    add(p);
    for (const auto& below : descendants(all, p.pid)) add(below);
  }
  return out;
}

/// Whether a child of ours is alive and of this tree. One that is dying has lost its environment: it is taken for one
/// until it is dead, or an end would be told while the last of its tree still goes.
bool may_be_member(int pid, const TreeMark& mark) {
  const auto p = process_at(pid);
  if (!p || p->dead) return false;
  if (pid == mark.leader || belongs(*p, mark)) return true;
  const auto after = process_at(pid);  // its death may have begun between the two looks
  return after && after->dying && !after->dead;
}

std::vector<Process> kill_round(const TreeMark& mark, int root) {
  auto found = members(mark, root);
  for (const auto& p : found) kill_exactly(p);
  return found;
}

bool is_still_alive(const Process& p) {
  const auto now = process_at(p.pid);
  return now && now->start == p.start && !now->dead;
}

constexpr int kLooks = 100;  // at children that are new each time

/// Looks at each child that `list` tells. One that dies between the list and the look hands its own children to us: the
/// list is read again until it has nobody new. False: `go_on` ended it, or somebody new came again and again.
bool look_at_children(const std::function<std::vector<int>()>& list, const std::function<bool(int)>& go_on) {
  std::set<int> seen;
  for (int look = 0; look < kLooks; ++look) {
    bool any_new = false;
    for (const int pid : list()) {
      if (!seen.insert(pid).second) continue;
      any_new = true;
      if (!go_on(pid)) return false;
    }
    if (!any_new) return true;
  }
  return false;
}

bool is_live_child(int pid) {
  const auto p = process_at(pid);
  return p && !p->dead && p->parent == ::getpid();
}

/// SIGSTOP to those that may still do something. True: none of them was found. One that is blocked in the kernel stops
/// before it comes back; one that we may not stop goes on.
bool stop_each(const std::vector<Process>& found) {
  bool all = true;
  for (const auto& p : found) {
    if (p.dying || ((p.dead || p.stopped) && all_threads_stand(p))) continue;
    const bool is_gone = !signal_exactly(p, SIGSTOP) && !process_at(p.pid);
    if (!is_gone && !(p.blocked && all_threads_stand(p))) all = false;
  }
  return all;
}

bool stop_round(const TreeMark& mark, int root) {
  ::kill(-mark.leader, SIGSTOP);
  return stop_each(members(mark, root));
}

std::vector<Process> with_descendants(int pid) {
  std::vector<Process> out;
  if (const auto root = process_at(pid)) out.push_back(*root);
  for (std::size_t i = 0; i < out.size(); ++i) {
    for (const int child : children_of(out[i].pid)) {
      const auto p = process_at(child);
      if (p && p->parent == out[i].pid) out.push_back(*p);
    }
  }
  return out;
}

}  // namespace

std::string_view to_text(TreeLevel level) { return level == TreeLevel::cgroup ? "cgroup" : "proc"; }

std::vector<std::string> naming_entries(const std::vector<std::string>& env) {
  std::vector<std::string> out;
  for (const auto& entry : env) {
    if (entry.starts_with("ROTA_JOB_ID=") || entry.starts_with("ROTA_ATTEMPT=")) out.push_back(entry);
  }
  // One of the two alone would name other attempts as well.
  if (out.size() != 2) out.clear();
  return out;
}

void kill_named_everywhere(const std::vector<std::string>& entries, std::chrono::milliseconds within) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  for (int quiet_rounds = 0; quiet_rounds < 2 && std::chrono::steady_clock::now() < deadline;) {
    const auto all = all_processes();
    const auto own = descendants(all, ::getpid());
    bool any = false;
    for (const auto& p : all) {
      const bool is_own = p.pid == ::getpid() ||
                          std::any_of(own.begin(), own.end(), [&](const Process& o) { return o.pid == p.pid; });
      if (!is_own && !p.dead && environment_has_any(p.pid, entries) && kill_exactly(p)) any = true;
    }
    quiet_rounds = any ? 0 : quiet_rounds + 1;  // a second look: one that was just being started
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

bool kill_tree(const TreeMark& mark, int root, std::chrono::milliseconds within) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  // What was killed is waited for by number: one that is dying has lost the environment that it was known by.
  std::map<int, Process> killed;
  int quiet_rounds = 0;
  for (auto pause = std::chrono::milliseconds(1);; pause = std::min(pause * 2, std::chrono::milliseconds(50))) {
    const auto found = kill_round(mark, root);
    for (const auto& p : found) killed.insert_or_assign(p.pid, p);
    std::erase_if(killed, [](const auto& entry) { return !is_still_alive(entry.second); });
    quiet_rounds = killed.empty() && found.empty() ? quiet_rounds + 1 : 0;
    // A second look: a walk that meets a child before its parent dies and the parent after it knows of neither.
    if (quiet_rounds == 2) return true;
    if (quiet_rounds == 1) continue;
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left <= left.zero()) return false;
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(pause, left));  // the killed take a moment to die
  }
}

std::vector<int> live_children() {
  std::vector<int> out;
  look_at_children(children_of_this_process, [&](int pid) {
    if (is_live_child(pid)) out.push_back(pid);
    return true;
  });
  return out;
}

bool any_live_child(const std::function<bool(int)>& counts) {
  return !look_at_children(children_of_this_process, [&](int pid) { return !(is_live_child(pid) && counts(pid)); });
}

int kill_children_except(const std::vector<int>& keep) {
  int killed = 0;
  for (const int pid : children_of_this_process()) {
    if (std::find(keep.begin(), keep.end(), pid) != keep.end()) continue;
    const auto p = process_at(pid);
    if (p && p->parent == ::getpid() && kill_exactly(*p)) ++killed;
  }
  return killed;
}

bool stop_with_descendants(int child) {
  const auto found = with_descendants(child);
  if (!stop_each(found)) return false;
  // Whoever ended meanwhile has left its children to one that had been looked at: only if nobody is new all stand.
  const auto pid_of = [](const Process& p) { return p.pid; };
  const auto again = with_descendants(child);
  return std::ranges::equal(found, again, {}, pid_of, pid_of) && stop_each(again);
}

void continue_with_descendants(int child) {
  for (const auto& p : with_descendants(child)) signal_exactly(p, SIGCONT);
}

Trees::Trees(std::uint32_t seat) : seat_(seat), children_(std::make_unique<ChildList>()) {
  sweep_dead_trees();
  auto leaves = Leaves::make(seat);
  if (leaves) {
    leaves_ = std::move(*leaves);
  } else {
    why_not_ = to_text(leaves.error());
  }
}

Trees::~Trees() = default;

TreeLevel Trees::level() const { return leaves_ ? TreeLevel::cgroup : TreeLevel::proc; }

Result<Trees::Place> Trees::open() {
  Slot slot;
  slot.taken = true;
  if (leaves_) {
    const auto leaf = leaves_->take();
    if (!leaf) return leaf.error();
    slot.leaf = *leaf;
    slot.oom_before = leaves_->oom_kills(*leaf);
  }
  const auto free = std::find_if(slots_.begin(), slots_.end(), [](const Slot& s) { return !s.taken; });
  const auto place = static_cast<Place>(free - slots_.begin());
  if (free == slots_.end()) slots_.emplace_back();
  slots_[place] = std::move(slot);
  ++open_;
  return place;
}

bool Trees::limit_memory(Place place, std::uint64_t bytes) {
  if (!leaves_) return false;
  if (leaves_->limit_memory(slots_[place].leaf, bytes)) return true;
  if (!std::exchange(looked_for_legacy_, true)) legacy_ = LegacyMemory::find(seat_);
  if (legacy_) slots_[place].memory = legacy_->make(bytes);
  return slots_[place].memory.has_value();
}

std::string Trees::joined(Place place) const {
  const auto& group = slots_[place].memory;
  return group ? group->entrance() : std::string();
}

bool memory_can_be_limited() {
  constexpr std::uint32_t kNobody = 999;
  Trees trees(kNobody);
  const auto place = trees.open();
  if (!place) return false;
  const bool can = trees.limit_memory(*place, 1u << 30);
  trees.close(*place);
  return can;
}

int Trees::cgroup_fd(Place place) const { return leaves_ ? leaves_->directory_fd(slots_[place].leaf) : -1; }

void Trees::started(Place place, TreeMark mark) { slots_[place].mark = std::move(mark); }

void Trees::signal_group(Place place, int signo) {
  const int leader = slots_[place].mark.leader;
  if (leader <= 0) return;
  // The number is the leader's until it is reaped, and that happens after the tree has ended.
  ::kill(-leader, SIGCONT);
  ::kill(-leader, signo);
}

bool Trees::is_leader(int pid) const {
  return std::any_of(slots_.begin(), slots_.end(), [&](const Slot& s) { return s.taken && s.mark.leader == pid; });
}

bool Trees::empty(Place place) {
  const Slot& slot = slots_[place];
  if (leaves_) return !leaves_->populated(slot.leaf);
  // Whoever outlived its parent is our child now: looking at our children is enough.
  return look_at_children([this] { return children_->pids(); }, [&](int pid) {
    return (pid != slot.mark.leader && is_leader(pid)) || !may_be_member(pid, slot.mark);
  });
}

void Trees::kill(Place place) {
  const Slot& slot = slots_[place];
  if (leaves_) leaves_->kill(slot.leaf);
  if (slot.mark.leader <= 0) return;
  if (!leaves_) {
    ::kill(-slot.mark.leader, SIGKILL);
    kill_round(slot.mark, ::getpid());
  }
}

bool Trees::freeze(Place place) {
  const Slot& slot = slots_[place];
  if (slot.mark.leader <= 0) return false;
  const auto frozen = leaves_ ? leaves_->freeze(slot.leaf, true) : std::nullopt;
  return frozen ? *frozen : stop_round(slot.mark, ::getpid());
}

void Trees::thaw(Place place) {
  const Slot& slot = slots_[place];
  if (leaves_ && leaves_->freeze(slot.leaf, false)) return;
  if (slot.mark.leader <= 0) return;
  // Also those that do not stand still yet: the SIGSTOP of one that the kernel holds up still lies before it.
  for (const auto& p : members(slot.mark, ::getpid())) signal_exactly(p, SIGCONT);
  ::kill(-slot.mark.leader, SIGCONT);
}

std::uint64_t Trees::oom_kills(Place place) {
  const Slot& slot = slots_[place];
  if (slot.memory) return LegacyMemory::oom_kills(*slot.memory);
  return leaves_ ? leaves_->oom_kills(slot.leaf) - slot.oom_before : 0;
}

void Trees::close(Place place, bool is_empty) {
  Slot& slot = slots_[place];
  if (leaves_) leaves_->give_back(slot.leaf, is_empty);
  if (slot.memory) legacy_->remove(std::move(*slot.memory));
  slot = Slot{};
  --open_;
}

void Trees::reap_orphans() {
  for (;;) {
    siginfo_t dead{};
    // Looked at without taking it: a leader is reaped by its owner, with its status.
    if (::waitid(P_ALL, 0, &dead, WEXITED | WNOHANG | WNOWAIT) || dead.si_pid == 0 || is_leader(dead.si_pid)) return;
    ::waitpid(dead.si_pid, nullptr, WNOHANG);
  }
}

std::vector<int> Trees::strays() {
  if (leaves_ && open_ > 0) return {};
  std::vector<int> out;
  for (const int pid : children_->pids()) {
    const auto p = process_at(pid);
    const bool ours = !p || p->dead || p->dying || is_leader(pid) ||
                      std::any_of(slots_.begin(), slots_.end(), [&](const Slot& s) {
      return s.taken && belongs(*p, s.mark);
    });
    if (!ours) out.push_back(pid);
  }
  return out;
}

}  // namespace rota::process
