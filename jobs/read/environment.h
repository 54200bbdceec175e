// `env:` maps: names and values for processes.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "jobs/model/plan.h"
#include "jobs/read/reading.h"

namespace rota::jobs {

using Environment = std::vector<std::pair<std::string, std::string>>;

/// The file's own `env`: each entry is seen by the expressions of those after it.
void read_environment(Reading& in, NodeAt map, Environment& env);

/// Puts the entries of a job's `map` into `env`: a name that is there gets the new value, others follow. What only a
/// task knows goes to `late`, and what was there of such a name goes away.
void read_job_environment(Reading& in, NodeAt map, Environment& env, std::vector<LatePart>& late);

/// Whether Rota sets it itself: for the file not to set.
bool is_reserved_variable(std::string_view name);

/// Bytes that it takes of limits::kArgvBytes.
std::size_t bytes_of(const Environment& env);

}  // namespace rota::jobs
