// The whole tree of one attempt: everything it has started, wherever it hides. Two levels, chosen once per process:
//   cgroup  a cgroup v2 leaf per slot, entered at clone, ended by cgroup.kill: nothing escapes
//   proc    process group, then a walk of /proc for descendants and for processes whose environment names the attempt
//           (ROTA_JOB_ID and ROTA_ATTEMPT), then what a subreaper was handed
// ROTA_TREE=none forces `proc`.
#pragma once

#include <string>
#include <vector>

#include "shared/posix/fd.h"
#include "shared/result.h"

namespace rota::process {

enum class TreeLevel { cgroup, proc };
std::string_view to_text(TreeLevel level);

/// Where cgroup v2 leaves can be made: mounted at /sys/fs/cgroup or /sys/fs/cgroup/unified and writable by us. Code::refused
/// with the reason otherwise.
Result<std::string> cgroup_home();

/// The trees of one worker. Owns its cgroup directories and removes them. One thread.
class Trees;

}  // namespace rota::process
