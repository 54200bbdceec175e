// From the ID of a command line to a run and its tasks.
#pragma once

#include <string>
#include <vector>

#include "scheduler/control/selector.h"
#include "scheduler/store/history.h"
#include "shared/result.h"

namespace rota::cli {

/// What one ID means.
struct Chosen {
  store::Sight sight;
  std::vector<TaskId> tasks;  // in the file's order
  bool whole_run = false;     // no job was named
};

/// "no such run 99: `rota ps -a` lists them".
Error no_such_run(RunId run);

/// The runs of a selector, oldest first. Code::not_found in words that say how to find what there is.
Result<std::vector<RunId>> runs_of(const std::string& state_root, const control::Selector& selector);

/// Everything that an ID (a comma list) means, in its order; a run per element.
Result<std::vector<Chosen>> choose(const std::string& state_root, const std::string& id);

/// The way to call this program again with the same state directory: "rota", "rota --state-dir DIR".
std::string same_call(const std::string& state_dir_flag);

}  // namespace rota::cli
