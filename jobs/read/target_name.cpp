// Names with a path in them, and whose they are.
#include "jobs/read/target_name.h"

#include "jobs/catalogue/plugin_name.h"
#include "jobs/catalogue/python_name.h"

namespace rota::jobs {

std::optional<TargetCall> read_target_name(Reading& in, NodeAt at, std::string_view field) {
  const auto name = in.text(at, field, "the name of a function");
  if (!name) return {};
  if (auto plugin = plugin_name(*name)) {
    auto path = in.absolute(at, field, plugin->path);
    if (!path) return {};
    plugin->path = std::move(*path);
    return TargetCall{plugin->text(), Runtime::plugin};
  }
  if (auto python = python_name(*name)) {
    auto module = python->is_file() ? in.absolute(at, field, python->module) : python->module;
    if (!module) return {};
    python->module = std::move(*module);
    return TargetCall{python->text(), Runtime::python};
  }
  return TargetCall{*name, Runtime::builtin};
}

}  // namespace rota::jobs
