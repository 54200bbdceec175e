// `env:` maps: names and values for processes.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "jobs/read/reading.h"

namespace rota::jobs {

using Environment = std::vector<std::pair<std::string, std::string>>;

/// Puts the entries of `map` into `env`: a name that is there gets the new value, others follow. With `visible` each
/// entry is seen by the expressions of those after it (the file's own `env`).
void read_environment(Reading& in, NodeAt map, bool visible, Environment& env);

/// Whether Rota sets it itself: for the file not to set.
bool is_reserved_variable(std::string_view name);

/// Bytes that it takes of limits::kArgvBytes.
std::size_t bytes_of(const Environment& env);

}  // namespace rota::jobs
