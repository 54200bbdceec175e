// `params:` of the file and `-p NAME=VALUE` of the caller into values for expressions.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "jobs/read/reading.h"
#include "shared/value.h"

namespace rota::jobs {

using ParamTexts = std::vector<std::pair<std::string, std::string>>;

/// The values in the file's order, put into the reading's scope too. `params` may be kNoNode. Reports declarations that
/// do not hold, values that do not fit, params without a value, and given ones that are not declared. Of a param given
/// twice the last counts.
std::vector<std::pair<std::string, Value>> read_params(Reading& in, NodeAt params, const ParamTexts& given);

}  // namespace rota::jobs
