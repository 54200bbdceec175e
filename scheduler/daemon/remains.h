// What a dead launcher leaves: the journal in its home, and processes of attempts that it had not seen end. For one
// that was no child of ours these have gone to another parent: they are found by the key of their task in their
// environment, and by their cgroup. Coordinator's thread only; a few milliseconds.
#pragma once

#include <string>
#include <vector>

#include "scheduler/core/scheduler.h"
#include "shared/ids.h"
#include "shared/lane/launcher_home.h"

namespace rota::daemon {

struct Remains {
  lane::LauncherAccount account;
  std::string note;  // for a person; may be empty
};

/// Ends what the launcher's attempts left alive, and reads what became of them. Of a journal that is damaged nothing is
/// believed: everything that the launcher held counts as begun. An error is of the moment (no descriptor): try again.
Result<Remains> settle_remains(WorkerId launcher, const std::string& home, const core::Scheduler& scheduler);

/// Process attempts that are alive and granted to this worker, ascending. Walks all runs.
std::vector<AttemptId> held_by(WorkerId worker, const core::Scheduler& scheduler);

}  // namespace rota::daemon
