// From the bytes of a job file to a Plan, or to every error in it at once. Reads the files that `env_file` and `uses`
// name, and nothing else, from the disk; any thread.
#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "jobs/model/plan.h"
#include "jobs/catalogue/ask_python.h"
#include "jobs/read/plugins.h"
#include "shared/machine.h"
#include "shared/result.h"

namespace rota::jobs {

/// One finding, placed like a compiler's. line and column count from 1; 0 is "no place" (the file as a whole).
struct Diagnostic {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string message;  // what is wrong, what was expected
  std::string hint;     // "did you mean 'target'?"; may be empty
};

struct Source {
  std::string path;  // as the user wrote it: shown in messages
  std::string bytes;
};

/// Opens without following a FIFO into a hang: regular files only, at most limits::kJobFileBytes.
Result<Source> read_job_file(const std::string& path);

/// A file that `env_file` names: regular, at most limits::kEnvFileBytes.
Result<Source> read_env_file(const std::string& path);

struct LoadOptions {
  std::string directory;  // absolute: relative paths of the file start here
  std::string absolute_path;
  std::vector<std::pair<std::string, std::string>> params;  // `-p k=v`, in order
  std::vector<std::pair<std::string, std::string>> env;     // the caller's: `${{ env.X }}`
  std::string_view params_from = "-p";  // how the user gave them, for messages
  const std::atomic<bool>* give_up = nullptr;  // set by another thread: parsing ends soon, with a finding
  DescribePlugin describe_plugin;  // for targets of the user's own; without it only their names are looked at
  DescribePython describe_python;  // the same
  Machine machine;  // where it is to run: a task that wants more than it has is an error. Unbounded: no matter where
  std::string python;  // the interpreter of a file that names none; empty: python3 on the PATH of `env`
};

using Loaded = std::variant<Plan, std::vector<Diagnostic>>;
/// Either a whole plan or at least one diagnostic, in the file's order. Never throws.
Loaded load(const Source& source, const LoadOptions& options);
/// The same of a file that another one uses.
struct UseChain;
Loaded load_used(const Source& source, const LoadOptions& options, const UseChain& chain);

/// All diagnostics as text: "file:line:col: error: message", the line, a caret, the hint; then a closing count.
/// At most 50 are shown. Control characters of the source are escaped.
std::string render(const std::vector<Diagnostic>& found, const Source& source);

}  // namespace rota::jobs
