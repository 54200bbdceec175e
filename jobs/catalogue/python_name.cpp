// Names of Python targets taken apart.
#include "jobs/catalogue/python_name.h"

namespace rota::jobs {

bool is_python_module(std::string_view name) {
  if (name.starts_with("py:")) return name.size() > 3;
  const auto file = name.substr(name.rfind('/') == name.npos ? 0 : name.rfind('/') + 1);
  return file.size() > 3 && file.ends_with(".py");
}

std::optional<PythonName> python_name(std::string_view target) {
  const auto colon = target.rfind(':');
  if (colon == target.npos || !is_python_module(target.substr(0, colon))) return {};
  return PythonName{std::string(target.substr(0, colon)), std::string(target.substr(colon + 1))};
}

}  // namespace rota::jobs
