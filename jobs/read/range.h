// "a..b" and "a..b:step": whole numbers from a to b, both of them in it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "shared/result.h"

namespace rota::jobs {

struct Range {
  std::int64_t first = 0, step = 1;
  std::uint64_t count = 0;  // at least 1
};

/// Nothing for a text that has not the form of a range; Code::invalid for one that is empty, or beyond 64 bits.
std::optional<Result<Range>> parse_range(std::string_view text);

}  // namespace rota::jobs
