// Where the state is, and whether it is safe there.
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <string>

#include "scheduler/store/instances.h"
#include "scheduler/store/schema.h"
#include "shared/posix/fd.h"

namespace rota::store {
namespace {

/// The value of a variable, unless it is empty.
std::string_view value_of(std::span<const std::string> env, std::string_view name) {
  for (const auto& entry : env) {
    if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=')
      return std::string_view(entry).substr(name.size() + 1);
  }
  return {};
}

Result<std::string> home(std::span<const std::string> env) {
  if (const auto from_env = value_of(env, "HOME"); !from_env.empty()) return std::string(from_env);
  struct passwd entry {};
  struct passwd* found = nullptr;
  char buffer[4096];
  if (::getpwuid_r(::geteuid(), &entry, buffer, sizeof buffer, &found) == 0 && found && found->pw_dir[0] == '/')
    return std::string(found->pw_dir);
  return fail(Code::invalid, "there is no home directory to keep state in: set ROTA_STATE_DIR or give --state-dir");
}

Result<std::string> absolute(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  if (path.front() == '/') return path;
  char here[4096];
  if (!::getcwd(here, sizeof here)) return system_error("cannot tell the working directory");
  return std::string(here) + "/" + path;
}

Result<std::string> choose(std::string_view flag, std::span<const std::string> env) {
  if (!flag.empty()) return absolute(std::string(flag));
  if (const auto dir = value_of(env, "ROTA_STATE_DIR"); !dir.empty()) return absolute(std::string(dir));
  // A relative XDG path is invalid by its standard, and passed over.
  if (const auto xdg = value_of(env, "XDG_STATE_HOME"); xdg.starts_with('/'))
    return absolute(std::string(xdg) + "/rota");
  auto base = home(env);
  if (!base) return base.error();
  return absolute(*base + "/.local/state/rota");
}

}  // namespace

Result<std::string> state_root(std::string_view flag, std::span<const std::string> env) {
  auto path = choose(flag, env);
  if (!path) return path.error();
  if (auto s = posix::make_directories(*path, 0700); !s) return s.error();
  if (auto s = check_private_directory(*path); !s) return s.error();
  return path;
}

}  // namespace rota::store
