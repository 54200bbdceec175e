// Making, reading and removing memory groups of cgroup version 1.
#include "shared/process/legacy_memory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "shared/process/cgroup_files.h"

namespace rota::process {
namespace {

constexpr std::string_view kMount = "/sys/fs/cgroup/memory";
constexpr std::chrono::milliseconds kRemoveBound{2000};

/// Whether it is gone by now. The dying take a moment to leave: until then it is busy.
bool remove_directory(const std::string& path) { return ::rmdir(path.c_str()) == 0 || errno != EBUSY; }

std::uint64_t killed_in(const std::string& group) {
  const auto control = posix::open_file(group + "/memory.oom_control", O_RDONLY);
  return control ? keyed(first_bytes(control->get()), "oom_kill") : 0;
}

void sweep(const std::string& home) {
  for (const auto& directory : directories(home, kCgroupPrefix)) {
    const auto fd = posix::open_file(directory, O_RDONLY | O_DIRECTORY);
    if (fd && ::flock(fd->get(), LOCK_EX | LOCK_NB) == 0) remove_directory(directory);
  }
}

}  // namespace

std::optional<LegacyMemory> LegacyMemory::find(std::uint32_t seat) {
  const auto own = own_cgroup(":memory:");
  if (!own) return std::nullopt;
  const auto home = std::string(kMount) + *own;
  if (::access((home + "/memory.limit_in_bytes").c_str(), F_OK) || ::access(home.c_str(), W_OK)) return std::nullopt;
  sweep(home);
  const auto prefix = std::string(kCgroupPrefix) + std::to_string(::getpid()) + "-" + std::to_string(seat) + "-";
  return LegacyMemory(home, prefix);
}

LegacyMemory::~LegacyMemory() {
  const auto deadline = std::chrono::steady_clock::now() + kRemoveBound;
  for (remove_left(); !left_.empty() && std::chrono::steady_clock::now() < deadline; remove_left())
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

std::optional<LegacyMemory::Group> LegacyMemory::make(std::uint64_t bytes) {
  remove_left();
  Group group{home_ + "/" + prefix_ + std::to_string(made_++), {}, 0};
  auto lock = make_locked(group.path);
  if (!lock) return std::nullopt;
  group.lock = std::move(*lock);
  const auto bound = std::to_string(bytes);
  const bool counts = ::access((group.path + "/memory.oom_control").c_str(), R_OK) == 0;
  if (!counts || !write_text(group.path + "/memory.limit_in_bytes", bound)) {
    remove(std::move(group));
    return std::nullopt;
  }
  write_text(group.path + "/memory.memsw.limit_in_bytes", bound);  // not every kernel counts swap
  group.killed_before = killed_in(group.path);
  return group;
}

std::uint64_t LegacyMemory::oom_kills(const Group& group) { return killed_in(group.path) - group.killed_before; }

void LegacyMemory::remove(Group group) {
  if (!remove_directory(group.path)) left_.push_back(std::move(group));
}

void LegacyMemory::remove_left() {
  std::erase_if(left_, [](const Group& group) { return remove_directory(group.path); });
}

}  // namespace rota::process
