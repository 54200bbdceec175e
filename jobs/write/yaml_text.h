// Pieces of a job file: texts that are read back as they were. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jobs/model/plan.h"

namespace rota::jobs {

/// In double quotes, whatever is in it; UTF-8 only. A `${{` in it is no expression.
std::string yaml_text(std::string_view text);
/// The same for a text that has expressions of its own.
std::string yaml_raw(std::string_view text);

/// On one line.
std::string yaml_value(const Value& value);
std::string yaml_list(const std::vector<std::string>& items);

/// "1500ms", "2.5s".
std::string yaml_duration(Duration d);

/// A field whose value only its task knows: its texts and expressions.
std::string yaml_late(const Formula& formula, const Plan& plan);

}  // namespace rota::jobs
