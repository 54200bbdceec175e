// What kinds of value an expression can have, as far as the file tells before anything runs. A mistake is reported only
// where no value could be right.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "jobs/model/formula.h"
#include "shared/value.h"

namespace rota::jobs {

/// A set of the alternatives of Value::data.
class Types {
 public:
  constexpr Types() = default;  // none
  static constexpr Types any() { return Types(0x7F); }
  static constexpr Types null() { return Types(1); }
  static constexpr Types boolean() { return Types(2); }
  static constexpr Types integer() { return Types(4); }
  static constexpr Types number() { return Types(4 | 8); }
  static constexpr Types string() { return Types(16); }
  static constexpr Types list() { return Types(32); }
  static constexpr Types map() { return Types(64); }
  static Types of(const Value& v) { return Types(static_cast<std::uint8_t>(1u << v.data.index())); }
  static Types of(OutputType t);

  constexpr Types operator|(Types o) const { return Types(static_cast<std::uint8_t>(bits_ | o.bits_)); }
  constexpr Types operator&(Types o) const { return Types(static_cast<std::uint8_t>(bits_ & o.bits_)); }
  constexpr Types without(Types o) const { return Types(static_cast<std::uint8_t>(bits_ & ~o.bits_)); }
  constexpr bool has(Types o) const { return (bits_ & o.bits_) != 0; }
  constexpr bool operator==(const Types&) const = default;
  /// "int", "int or string", "a value".
  std::string text() const;

 private:
  constexpr explicit Types(std::uint8_t bits) : bits_(bits) {}
  std::uint8_t bits_ = 0;
};

struct Typed {
  Types types = Types::any();  // of the result
  std::string mistake;         // empty: none
  std::string hint;
};
/// Of an operation over parts of these types; their number is right.
Typed type_of(Operation operation, std::span<const Types> parts);

}  // namespace rota::jobs
