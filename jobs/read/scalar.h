// What a plain scalar is by YAML 1.2's core rules. `no`, `on` and `1_000` are text, `010` is ten, `0o10` is eight.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "shared/result.h"
#include "shared/value.h"

namespace rota::jobs {

/// [-+]?digits, 0o octal, 0x hex. Nothing for other text; Code::invalid for a whole number beyond 64 bits.
std::optional<Result<std::int64_t>> core_integer(std::string_view s);
/// Decimal or .inf, .nan forms; integers are not floats here.
std::optional<double> core_float(std::string_view s);
std::optional<bool> core_boolean(std::string_view s);
/// As core_integer and core_float together: a number in a place that takes fractions.
std::optional<double> core_number(std::string_view s);

/// The typed value of a plain scalar, its text kept in Value::source. Code::invalid for an integer beyond 64 bits.
Result<Value> core_value(std::string_view plain);

}  // namespace rota::jobs
