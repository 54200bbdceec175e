// Where a service listens.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "scheduler/control/client.h"

namespace rota::control {
namespace {

std::string_view value_of(const std::vector<std::string>& env, std::string_view name) {
  for (const std::string_view word : env)
    if (word.size() > name.size() && word.starts_with(name) && word[name.size()] == '=')
      return word.substr(name.size() + 1);
  return {};
}

/// Ours, and nobody else may write to it: what XDG promises and su, cron and containers do not keep.
bool is_usable(const std::string& directory) {
  struct stat st {};
  if (directory.empty() || directory[0] != '/' || ::stat(directory.c_str(), &st)) return false;
  return S_ISDIR(st.st_mode) && st.st_uid == ::geteuid() && (st.st_mode & 022) == 0 &&
         ::access(directory.c_str(), W_OK | X_OK) == 0;
}

std::string absolute(std::string_view path) {
  std::error_code error;
  const auto out = std::filesystem::absolute(path, error);
  return error ? std::string(path) : out.lexically_normal().string();
}

}  // namespace

std::string socket_path(std::string_view flag, const std::vector<std::string>& env,
                        const std::string& state_directory) {
  if (!flag.empty()) return absolute(flag);
  if (const auto named = value_of(env, "ROTA_SOCKET"); !named.empty()) return absolute(named);
  if (const std::string runtime(value_of(env, "XDG_RUNTIME_DIR")); is_usable(runtime))
    return runtime + "/rota/rotad.sock";
  return state_directory + "/run/rotad.sock";
}

}  // namespace rota::control
