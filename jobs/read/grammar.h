// From the tokens of one expression to a Formula. By rising strength: || && ==,!= <,<=,>,>= + ! and names, literals,
// calls, parentheses.
#pragma once

#include <optional>
#include <vector>

#include "jobs/read/expression.h"

namespace rota::jobs {

/// Types are checked, nothing is computed yet. `in_condition`: success(), failure() and always() are known. Nothing
/// after a fault; a wrong type lets the rest be looked at.
std::optional<Expressed> parse_expression(const std::vector<Token>& tokens, const Scope& scope, bool in_condition,
                                          std::vector<ExpressionFault>& faults);

}  // namespace rota::jobs
