// The name of a function in the job file: built in, of a plugin, or in Python.
#pragma once

#include <optional>
#include <string_view>

#include "jobs/model/plan.h"
#include "jobs/read/reading.h"

namespace rota::jobs {

/// With the path in it made absolute; nothing after a report. Whether there is such a function is another question.
std::optional<TargetCall> read_target_name(Reading& in, NodeAt at, std::string_view field);

}  // namespace rota::jobs
