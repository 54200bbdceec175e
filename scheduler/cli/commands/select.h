// From the ID of a command line to a run and its tasks.
#pragma once

#include <string>
#include <vector>

#include "scheduler/cli/commands/horizon.h"
#include "scheduler/control/selector.h"
#include "shared/result.h"

namespace rota::cli {

/// What one ID means.
struct Chosen : Seen {
  std::vector<TaskId> tasks;  // in the file's order
  bool whole_run = false;     // no job was named
};

/// Everything that an ID (a comma list) means, in its order; a run per element.
Result<std::vector<Chosen>> choose(const Horizon& horizon, const std::string& id);

/// What selectors mean, by who can do something about it.
struct Targets {
  std::vector<control::Selector> service;  // with numbers in place of `last` and `all`
  struct Foreground {
    control::Selector selector;
    std::string directory;  // of its instance
    core::RunView view;
  };
  std::vector<Foreground> foreground;
  struct Ended {
    control::Selector selector;
    core::RunView view;
    std::vector<TaskId> tasks;  // of the selector
  };
  std::vector<Ended> ended;
  bool none() const { return service.empty() && foreground.empty() && ended.empty(); }
};
/// `all` is every run that has not ended. What the service has in hand is not looked into: it does that itself.
Result<Targets> targets_of(const Horizon& horizon, const std::string& selectors);

/// As a comma list.
std::string to_text(const std::vector<control::Selector>& selectors);

/// The way to call this program again with the same flags: "rota", "rota --state-dir DIR", "rota --socket PATH".
std::string same_call(const Invocation& call);

}  // namespace rota::cli
