// Names of plugin targets taken apart.
#include "jobs/catalogue/plugin_name.h"

namespace rota::jobs {

bool is_library_path(std::string_view path) {
  const auto file = path.substr(path.rfind('/') == path.npos ? 0 : path.rfind('/') + 1);
  const auto at = file.rfind(".so");
  if (at == file.npos || at == 0) return false;
  return file.substr(at + 3).find_first_not_of("0123456789.") == file.npos;
}

std::optional<PluginName> plugin_name(std::string_view target) {
  const auto colon = target.rfind(':');
  if (colon == target.npos || !is_library_path(target.substr(0, colon))) return {};
  return PluginName{std::string(target.substr(0, colon)), std::string(target.substr(colon + 1))};
}

}  // namespace rota::jobs
