// The names of expressions: what each stands for, and what was probably meant by one that stands for nothing.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "jobs/read/expression.h"

namespace rota::jobs {

/// Of a word with its dots ("params.count", "needs.build.outputs.size") at text offset `at`. Nothing after a fault.
std::optional<Expressed> express_name(std::string_view word, std::size_t at, const Scope& scope,
                                      std::vector<ExpressionFault>& faults);

/// "did you mean 'x'?", or what is said otherwise.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates, std::string otherwise);

}  // namespace rota::jobs
