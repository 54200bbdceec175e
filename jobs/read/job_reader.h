// One job of the file (or the file's `defaults`) from its map of fields to a Draft, and from a Draft to a settled Job.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "jobs/model/plan.h"
#include "jobs/read/fields.h"
#include "jobs/read/reading.h"

namespace rota::jobs {

/// A job as far as its fields say, with the places that later findings point at. A job's Draft begins as a copy of the
/// defaults' one.
struct Draft {
  Job job;
  std::optional<Settings> settings;  // set when it has any of its own
  std::string_view action;           // "run", "command", "target" or "uses"
  NodeAt action_at = kNoNode, mode = kNoNode, args = kNoNode, kwargs = kNoNode, needs = kNoNode;
  NodeAt uses = kNoNode, with = kNoNode;
  NodeAt array = kNoNode, matrix = kNoNode, outputs = kNoNode, secrets = kNoNode;
  NodeAt live = kNoNode, restart = kNoNode, process_limit = kNoNode;
  std::string_view process_limit_name;  // the field of `resources` at process_limit
  NodeAt shell = kNoNode, working_dir = kNoNode, stdin_plan = kNoNode;
  NodeAt fresh = kNoNode, max_tasks = kNoNode, max_rss = kNoNode, initializer = kNoNode, initializer_args = kNoNode;
  bool arguments_read = true;  // args and kwargs hold what the file says
  /// Fields of the defaults that speak of what only a job knows: read again with each job.
  struct Deferred {
    std::string_view field;
    NodeAt value = kNoNode;
  };
  std::vector<Deferred> deferred;
};

/// Reads the fields of `map` over what the draft has, in two passes over all jobs: the first takes what other jobs and
/// the texts of the job itself build upon (needs, the shape, outputs), the second the rest, with Scope::late set. In
/// defaults an action is refused.
void read_job_fields(Reading& in, NodeAt map, bool in_defaults, Pass pass, const Settings& defaults, Draft& draft);

/// What only the whole shows: one action, a mode that it can have, arguments that its target takes, limits. `defaults`
/// is what the draft began as: its shell, working_dir and stdin are passed over where they mean nothing.
void settle(Reading& in, NodeAt key, const Draft& defaults, const Settings& settings, std::size_t file_env_bytes,
            Draft& draft);

/// What only the whole shows of its tasks: one shape, and one task where more make no sense.
void settle_tasks(Reading& in, const Draft& defaults, Draft& draft);

/// A name stands in `env` or in `secrets`.
void check_secrets(Reading& in, const Draft& draft);

/// The tasks of all jobs together against limits::kTasksPerRun. `keys`: their names, in the plan's order.
void check_task_sum(Reading& in, const Plan& plan, const std::vector<NodeAt>& keys);

}  // namespace rota::jobs
