// JSON as a small strict reader and writer of values: for expressions of the job file. (What programs exchange with
// Rota is JSON of another room, with a library.) RFC 8259, nothing beyond it: no comments, no NaN, each key once.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "shared/result.h"
#include "shared/value.h"

namespace rota::text {

/// The error says what was expected and at which byte, from 1. Whole numbers beyond 64 bits become floats.
Result<Value> parse_json(std::string_view json, std::size_t depth_most);

/// Compact; keys in their order. Not for texts that are not UTF-8, nor for numbers that JSON does not have.
Result<std::string> to_json(const Value& value);

}  // namespace rota::text
