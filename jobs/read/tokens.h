// The words of one `${{ expression }}`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shared/value.h"

namespace rota::jobs {

inline constexpr std::string_view kExpressionOpen = "${{";
inline constexpr std::string_view kExpressionClose = "}}";

struct Token {
  enum class Kind : std::uint8_t {
    name,     // a word, with its dots: "contains", "params.x", "needs.build.outputs.size"
    literal,  // `value`: a text or a number
    symbol,   // an operator, a parenthesis, a comma
    end       // of the expression
  };
  Kind kind = Kind::end;
  std::size_t at = 0;     // in the text that holds the expression
  std::string_view text;  // as it is written
  Value value;
};

/// What is wrong within a text with expressions: where in it, and what.
struct ExpressionFault {
  std::size_t at = 0;
  std::string message;  // empty: the cause was reported elsewhere
  std::string hint;
};

/// Past the `}}` that closes the expression whose `${{` is at text[open]; one within quotes closes nothing. npos: none.
std::size_t end_of_expression(std::string_view text, std::size_t open);

/// The tokens between `${{` at `open` and `}}` before `end`, the last one of kind `end`. False after a fault.
bool split(std::string_view text, std::size_t open, std::size_t end, std::vector<Token>& tokens,
           std::vector<ExpressionFault>& faults);
/// Of a text that is an expression as a whole, without `${{ }}`.
bool split_bare(std::string_view text, std::vector<Token>& tokens, std::vector<ExpressionFault>& faults);

}  // namespace rota::jobs
