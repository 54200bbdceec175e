// `hooks` of the file: what runs after its jobs.
#pragma once

#include <vector>

#include "jobs/read/job_reader.h"

namespace rota::jobs {

struct HookAt {
  Hook hook = Hook::on_exit;
  NodeAt key = kNoNode, value = kNoNode;
};

/// The hooks in the order they run in. Unknown names are reported, and fields of jobs that a hook cannot have.
std::vector<HookAt> read_hooks(Reading& in, NodeAt at);

/// The id of the job that is a hook: "hook.on_failure".
std::string hook_id(Hook hook);
/// Whether a job of the file may not be called so.
bool is_hook_id(std::string_view id);

/// Takes away what came from `defaults` and is nothing for a hook.
void settle_hook(Hook hook, Job& job);

}  // namespace rota::jobs
