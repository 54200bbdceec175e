// Asking an interpreter of Python what a file or a module offers, and where Rota's own part for interpreters is.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "jobs/catalogue/plugin_table.h"

namespace rota::jobs {

/// The program that an interpreter of Python runs for Rota, or Code::not_found in a build without Python. It lies near
/// `worker`, the path of rota-worker, or in $ROTA_PYTHON_DIR.
Result<std::string> find_python_program(const std::string& worker);

/// The words that start an interpreter as part of Rota: what it is to be follows. `directory`: the job file's, in which
/// modules are looked for first.
std::vector<std::string> python_words(const std::string& interpreter, const std::string& program,
                                      const std::string& directory);

/// "python3" as the PATH of `env` ("K=V") has it, or a path as it is; Code::not_found names both.
Result<std::string> find_interpreter(const std::string& name, const std::vector<std::string>& env);

struct PythonQuestion {
  std::string interpreter;  // absolute
  std::string directory;    // of the job file
  std::string module;       // an absolute path that ends in ".py", or "py:package.module"
  bool own_only = false;    // not what the module has imported from others
};
struct PythonAnswer {
  PluginTable table;
  std::string interpreter;  // its own path: without the wrapper that may have started it
};
/// Imports the module in a process of the interpreter's; waits for it, at most limits::kPluginSeconds. Any thread.
Result<PythonAnswer> ask_python(const std::string& worker, const PythonQuestion& question,
                                const std::vector<std::string>& env);

using DescribePython = std::function<Result<PythonAnswer>(const PythonQuestion& question)>;

}  // namespace rota::jobs
