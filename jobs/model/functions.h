// What the operators and functions of expressions do to values. Pure; nothing here knows of places or late names.
#pragma once

#include <span>

#include "jobs/model/formula.h"

namespace rota::jobs {

/// How many arguments it takes.
struct Arity {
  std::size_t least, most;
};
Arity arity(Operation operation);

/// `&&`, `||` and default() look at their parts one after the other, and the functions of needs at no value: those are
/// not for here. The number of arguments is right. An error is a sentence for people, without a place.
Result<Value> apply_operation(Operation operation, std::span<const Value> args);

/// 64-bit FNV-1a of the texts with a zero byte between them, as 16 hex digits: the same everywhere and for ever.
std::string stable_hash(std::span<const Value> texts);

/// The format text of format(): which arguments it takes. The error says what is wrong with it.
Result<std::size_t> arguments_of_format(std::string_view text);

}  // namespace rota::jobs
