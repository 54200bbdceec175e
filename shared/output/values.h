// The outputs that a task leaves for others: read from what its command wrote to $ROTA_OUTPUT, or checked as its target
// returned them. One place for both, whoever carries the task out.
//
//   NAME=VALUE         one line
//   NAME<<DELIMITER    the lines from the next one on, up to one that is DELIMITER and nothing else
//
// Empty lines are passed over; of a name that comes twice the last counts; one that does not come is not there.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/outcome.h"
#include "shared/output/mask.h"
#include "shared/result.h"
#include "shared/value.h"

namespace rota::output {

struct Values {
  ValueMap values;    // those that are as declared, together at most limits::kOutputBytes
  std::string fault;  // the first thing that is wrong, for people; empty: nothing is
  std::uint32_t faults = 0;
};

/// Never fails and never reads past the text, whatever the text.
Values parse_values(std::string_view text, std::span<const DeclaredValue> declared);

/// What a target returned, or set by its context. What is not declared is ignored: targets offer what they have.
Values check_values(const ValueMap& returned, std::span<const DeclaredValue> declared);

/// A value of this type, from its text. The error says what was expected.
Result<Value> value_from_text(std::string_view text, OutputType type);

/// Puts them into the report, masked. A fault makes an attempt that ended well one of bad_output; a failed one keeps
/// its own end, and what is valid. `good_exits`: statuses of a command that ended well.
void report_values(AttemptReport& report, Values values, const Masks& masks,
                   std::span<const std::uint8_t> good_exits);

/// Bytes of names and of values as text.
std::uint64_t size_of(const ValueMap& values);

/// In place of the one with this name, or behind the others.
void set_value(ValueMap& values, std::string_view name, Value value);

}  // namespace rota::output
