// Making, watching and removing cgroup leaves.
#include "shared/process/leaves.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <thread>

#include "shared/process/cgroup_files.h"
#include "shared/process/clone.h"

namespace rota::process {
namespace {

constexpr std::chrono::milliseconds kRemoveBound{2000};

void write_kill(const std::string& cgroup) {
  write_text(cgroup + "/cgroup.kill", "1");  // a cgroup that is gone meanwhile needs no kill
}

/// Kills and removes a worker's cgroups. The dying take a moment to leave: rmdir says EBUSY until then.
void remove_tree(const std::string& directory) {
  write_kill(directory);  // reaches every leaf
  const auto deadline = std::chrono::steady_clock::now() + kRemoveBound;
  for (;;) {
    bool busy = false;
    for (const auto& leaf : directories(directory, "s")) busy |= ::rmdir(leaf.c_str()) != 0 && errno == EBUSY;
    if (!busy && (::rmdir(directory.c_str()) == 0 || errno != EBUSY)) return;
    if (std::chrono::steady_clock::now() > deadline) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace

Result<std::string> cgroup_home() {
  const char* wish = std::getenv("ROTA_TREE");
  if (wish && std::string_view(wish) == "none") return fail(Code::refused, "ROTA_TREE=none");
  const auto own = own_cgroup("0::").value_or("?");
  std::string why = "no cgroup v2 is mounted at /sys/fs/cgroup";
  for (const std::string mount : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
    const auto home = mount + own;
    if (::access((home + "/cgroup.procs").c_str(), F_OK) || ::access((mount + "/cgroup.controllers").c_str(), F_OK))
      continue;
    if (::access(home.c_str(), W_OK) == 0 && ::access((home + "/cgroup.procs").c_str(), W_OK) == 0) return home;
    why = home + " is not writable";
  }
  return fail(Code::refused, why);
}

void sweep_dead_trees() {
  const auto home = cgroup_home();
  if (!home) return;
  for (const auto& directory : directories(*home, kCgroupPrefix)) {
    const auto fd = posix::open_file(directory, O_RDONLY | O_DIRECTORY);
    if (fd && ::flock(fd->get(), LOCK_EX | LOCK_NB) == 0) remove_tree(directory);
  }
}

Result<std::unique_ptr<Trees::Leaves>> Trees::Leaves::make(std::uint32_t seat) {
  const auto home = cgroup_home();
  if (!home) return home.error();
  const std::string directory =
      *home + "/" + std::string(kCgroupPrefix) + std::to_string(::getpid()) + "-" + std::to_string(seat);
  auto lock = make_locked(directory);
  if (!lock) return lock.error();
  write_text(directory + "/cgroup.subtree_control", "+memory");  // where the controller was handed to us
  auto leaves = std::unique_ptr<Leaves>(new Leaves(directory, std::move(*lock)));
  const auto first = leaves->take();  // shows whether this kernel has what we need
  if (!first) return first.error();
  if (const int err = try_clone_into(leaves->directory_fd(*first)))
    return system_error("cannot start a process in a cgroup", directory, err);
  leaves->give_back(*first, true);
  return leaves;
}

Trees::Leaves::~Leaves() {
  leaves_.clear();
  remove_tree(directory_);
}

Status Trees::Leaves::open(Leaf& leaf) {
  leaf.path = directory_ + "/s" + std::to_string(made_++);
  if (::mkdir(leaf.path.c_str(), 0755) && errno != EEXIST) return system_error("cannot make a cgroup", leaf.path);
  const auto file = [&](const char* name, int flags) { return posix::open_file(leaf.path + "/" + name, flags); };
  auto directory = posix::open_file(leaf.path, O_RDONLY | O_DIRECTORY);
  auto events = file("cgroup.events", O_RDONLY), procs = file("cgroup.procs", O_RDONLY),
       kill = file("cgroup.kill", O_WRONLY);
  for (const auto* needed : {&directory, &events, &procs, &kill}) {
    if (!*needed) return needed->error();
  }
  leaf.directory = std::move(*directory);
  leaf.events = std::move(*events);
  leaf.procs = std::move(*procs);
  leaf.kill = std::move(*kill);
  if (auto memory = file("memory.events", O_RDONLY)) leaf.memory_events = std::move(*memory);
  leaf.use = Leaf::Use::free;
  return {};
}

Result<int> Trees::Leaves::take() {
  std::size_t i = 0;
  while (i < leaves_.size() && leaves_[i].use != Leaf::Use::free && leaves_[i].use != Leaf::Use::unmade) ++i;
  if (i == leaves_.size()) leaves_.emplace_back();
  if (leaves_[i].use == Leaf::Use::unmade) {
    if (const auto made = open(leaves_[i]); !made) return made.error();
  }
  leaves_[i].use = Leaf::Use::taken;
  return static_cast<int>(i);
}

void Trees::Leaves::give_back(int leaf, bool reusable) {
  auto& given = leaves_[static_cast<std::size_t>(leaf)];
  const bool killed = given.use == Leaf::Use::killed;
  given.use = reusable ? Leaf::Use::free : Leaf::Use::abandoned;
  if (!killed || !reusable) return;
  ::rmdir(given.path.c_str());  // busy while somebody is just dying: then it goes with the worker's directory
  given = Leaf{};
}

bool Trees::Leaves::populated(int leaf) const {
  if (keyed(first_bytes(at(leaf).events.get()), "populated") == 0) return false;
  // A process that is just dying may be counted for a moment longer; the list of processes leaves the dead out.
  return !first_bytes(at(leaf).procs.get()).empty();
}

void Trees::Leaves::kill(int leaf) {
  leaves_[static_cast<std::size_t>(leaf)].use = Leaf::Use::killed;
  [[maybe_unused]] const auto n = ::pwrite(at(leaf).kill.get(), "1", 1, 0);  // repeated by the caller until it is empty
}

std::optional<bool> Trees::Leaves::freeze(int leaf, bool on) {
  if (!write_text(at(leaf).path + "/cgroup.freeze", on ? "1" : "0")) return std::nullopt;
  return !on || keyed(first_bytes(at(leaf).events.get()), "frozen") != 0;
}

bool Trees::Leaves::limit_memory(int leaf, std::uint64_t bytes) {
  auto& bounded = leaves_[static_cast<std::size_t>(leaf)];
  if (!write_text(bounded.path + "/memory.max", std::to_string(bytes))) return false;
  write_text(bounded.path + "/memory.swap.max", "0");   // not every kernel counts swap
  write_text(bounded.path + "/memory.oom.group", "1");  // half an attempt is of no use
  bounded.use = Leaf::Use::killed;                      // made anew for the next, without these
  return true;
}

std::uint64_t Trees::Leaves::oom_kills(int leaf) const {
  return at(leaf).memory_events ? keyed(first_bytes(at(leaf).memory_events.get()), "oom_kill") : 0;
}

}  // namespace rota::process
