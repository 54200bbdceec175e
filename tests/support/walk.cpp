// Each directory is read by itself: an iterator that recurses ends with the first directory that has gone.
#include "tests/support/walk.h"

#include <system_error>

namespace rota::test {

namespace fs = std::filesystem;

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

std::vector<std::string> control_groups_of(pid_t worker) {
  std::vector<std::string> found;
  const auto prefix = "rota-" + std::to_string(worker) + "-";
  walk("/sys/fs/cgroup", [&](const fs::directory_entry& entry) {
    if (entry.path().filename().string().starts_with(prefix)) found.push_back(entry.path().string());
  });
  return found;
}

}  // namespace rota::test
