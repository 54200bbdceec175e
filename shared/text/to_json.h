// A value as JSON (RFC 8259), for expressions of the job file. (What programs exchange with Rota is JSON of another room,
// with a library.)
#pragma once

#include <string>

#include "shared/result.h"
#include "shared/value.h"

namespace rota::text {

/// Compact; keys in their order. Not for texts that are not UTF-8, nor for numbers that JSON does not have.
Result<std::string> to_json(const Value& value);

}  // namespace rota::text
