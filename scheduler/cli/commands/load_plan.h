// From the FILE of a command line to a plan.
#pragma once

#include <string>
#include <variant>

#include "jobs/catalogue/ask_python.h"
#include "jobs/catalogue/plugin_table.h"
#include "jobs/model/plan.h"
#include "scheduler/cli/args.h"
#include "scheduler/cli/commands/surroundings.h"

namespace rota::cli {

/// Why there is no plan: text for stderr and the exit code.
struct Refusal {
  std::string text;
  int exit = 0;
};

/// What the shared library at this absolute path offers.
Result<jobs::PluginTable> describe_plugin(const std::string& path, const Surroundings& world);
/// What a module of Python offers.
Result<jobs::PythonAnswer> describe_python(const jobs::PythonQuestion& question, const Surroundings& world);

/// "-" reads standard input, whose relative paths start at the working directory. `verb` is named in messages.
std::variant<jobs::Plan, Refusal> load_plan(const std::string& file, const Params& params, std::string_view verb,
                                            const Surroundings& world);

/// The same; where `only` is not empty, that job and what it needs.
std::variant<jobs::Plan, Refusal> load_part(const std::string& file, const Params& params, const std::string& only,
                                            std::string_view verb, const Surroundings& world);

}  // namespace rota::cli
