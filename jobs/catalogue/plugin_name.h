// Targets of the user's own: how a job file names a function in a shared library.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rota::jobs {

/// "./libsim.so:run_one" in two.
struct PluginName {
  std::string path;
  std::string function;
  std::string text() const { return path + ":" + function; }
};
/// Nothing if it is no such name: the part before the last colon must end like a shared library (".so", ".so.1.2").
std::optional<PluginName> plugin_name(std::string_view target);
/// Whether a path ends like a shared library.
bool is_library_path(std::string_view path);

}  // namespace rota::jobs
