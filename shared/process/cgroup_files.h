// The files of cgroups, of either version. Internal to shared/process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/posix/fd.h"

namespace rota::process {

/// Of the names of all directories that Rota makes among cgroups.
inline constexpr std::string_view kCgroupPrefix = "rota-";

std::string first_bytes(int fd);
/// The number after a key in a flat keyed file: "populated 0\nfrozen 0\n".
std::uint64_t keyed(std::string_view text, std::string_view key);
/// Directories under `path` whose names begin with `prefix`.
std::vector<std::string> directories(const std::string& path, std::string_view prefix);
bool write_text(const std::string& path, std::string_view text);
/// A directory of ours with its lock (flock) taken: one with a free lock is a dead worker's. A sweeper may take it for
/// dead before we have the lock: then once more.
Result<posix::Fd> make_locked(const std::string& directory);
/// Where this process is in a hierarchy, such as "0::" or ":memory:"; empty in its root, none where there is no such.
std::optional<std::string> own_cgroup(std::string_view hierarchy);

}  // namespace rota::process
