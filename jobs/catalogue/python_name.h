// Targets of the user's own in Python: how a job file names a function in a file or in a module.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rota::jobs {

/// "file.py:function" or "py:package.module:function" in two.
struct PythonName {
  std::string module;    // a path that ends in ".py", or "py:package.module"
  std::string function;  // may have parts with '.' between them
  bool is_file() const { return !module.starts_with("py:"); }
  std::string text() const { return module + ":" + function; }
};
/// Nothing if it is no such name.
std::optional<PythonName> python_name(std::string_view target);
/// Whether `rota targets` takes it for a module of Python: "x.py" or "py:package.module".
bool is_python_module(std::string_view name);

}  // namespace rota::jobs
