// Each directory is read by itself: an iterator that recurses ends with the first directory that has gone.
#include "tests/support/walk.h"

#include <charconv>
#include <string_view>
#include <system_error>

namespace rota::test {

namespace fs = std::filesystem;

namespace {

/// The number in "rota-NUMBER-SEAT"; 0 where a name is no such one.
pid_t maker_of(std::string_view name) {
  constexpr std::string_view kPrefix = "rota-";
  if (!name.starts_with(kPrefix)) return 0;
  name.remove_prefix(kPrefix.size());
  pid_t pid = 0;
  const auto end = std::from_chars(name.data(), name.data() + name.size(), pid).ptr;
  return end != name.data() + name.size() && *end == '-' ? pid : 0;
}

}  // namespace

void walk(const std::string& directory, const std::function<void(const fs::directory_entry&)>& visit) {
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    visit(*it);
    std::error_code gone;
    if (it->is_directory(gone) && !it->is_symlink(gone)) walk(it->path().string(), visit);
  }
}

std::vector<std::string> files_below(const std::string& directory) {
  std::vector<std::string> found;
  walk(directory, [&](const fs::directory_entry& entry) {
    std::error_code gone;
    if (entry.is_regular_file(gone)) found.push_back(entry.path().string());
  });
  return found;
}

std::vector<std::string> control_groups_of(pid_t worker) { return control_groups_of(std::set<pid_t>{worker}); }

std::vector<std::string> control_groups_of(const std::set<pid_t>& workers) {
  std::vector<std::string> found;
  walk("/sys/fs/cgroup", [&](const fs::directory_entry& entry) {
    if (workers.contains(maker_of(entry.path().filename().string()))) found.push_back(entry.path().string());
  });
  return found;
}

}  // namespace rota::test
