// From the ID of a command line to a run and its tasks.
#pragma once

#include <string>
#include <vector>

#include "scheduler/cli/commands/horizon.h"
#include "scheduler/control/selector.h"
#include "shared/result.h"

namespace rota::cli {

/// What one ID means. Of an array or a large run the view holds only some of the tasks that are meant: those that
/// matter, and limits::kTasksTold of those that were named by their numbers.
struct Chosen : Seen {
  std::vector<core::TaskSpan> spans;  // all that is meant, in the file's order
  std::vector<TaskId> tasks;          // those of them that the view holds
  bool whole_run = false;             // no job was named
  bool by_number = false;             // tasks were
  std::uint64_t count() const { return control::tasks_in(spans); }
};

/// Everything that an ID (a comma list) means, in its order; a run per element.
Result<std::vector<Chosen>> choose(const Horizon& horizon, const std::string& id);

/// How many of the chosen tasks, from this one on, lie side by side and stand alike: one line speaks for all of them.
std::uint32_t alike_from(const Chosen& chosen, std::size_t first);

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
    std::vector<core::TaskSpan> spans;  // of the selector
  };
  std::vector<Ended> ended;
  bool none() const { return service.empty() && foreground.empty() && ended.empty(); }
};
/// `all` is every run that has not ended. What the service has in hand is not looked into: it does that itself.
Result<Targets> targets_of(const Horizon& horizon, const std::string& selectors);

/// The tasks of the spans that a view holds.
std::vector<TaskId> held_tasks(const core::RunView& view, const std::vector<core::TaskSpan>& spans);
/// Whether every task of the spans has ended; false where the view does not tell.
bool all_ended(const core::RunView& view, const std::vector<core::TaskSpan>& spans);

/// As a comma list.
std::string to_text(const std::vector<control::Selector>& selectors);

/// The way to call this program again with the same flags: "rota", "rota --state-dir DIR", "rota --socket PATH".
std::string same_call(const Invocation& call);

}  // namespace rota::cli
