// JSON text into a value: what a job left as an output of type json, or gave to from_json. Strict (RFC 8259), bounded in
// depth; of equal keys the last counts.
#pragma once

#include <cstddef>
#include <string_view>

#include "shared/result.h"
#include "shared/value.h"

namespace rota::text {

/// The error says what was expected at which byte (from 1). Whole numbers that fit are integers, others are floats.
Result<Value> parse_json(std::string_view json, std::size_t depth_most);

}  // namespace rota::text
