// The targets that Rota knows by name: what they take and under which modes they run. The functions themselves live in
// worker/targets; a test holds the two tables together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/outcome.h"
#include "shared/result.h"
#include "shared/value.h"

namespace rota::jobs {

enum class ParameterType : std::uint8_t { boolean, integer, number, string, duration, list, map, any, last_ = any };

struct Parameter {
  std::string_view name;
  ParameterType type;
  bool required;
  std::string_view default_text;  // shown; the function applies it itself
  bool variadic = false;          // takes all further positional arguments
  bool by_position_only = false;  // of Python's functions, as the next two
  bool by_name_only = false;
  bool any_name = false;  // takes all further named arguments
  bool or_null = false;   // null is as good as a value
};

/// What a target leaves for others, if its job declares it.
struct OfferedOutput {
  std::string_view name;
  OutputType type;
};

struct Signature {
  std::string_view name;
  std::vector<Parameter> parameters;
  bool thread, process, async;
  std::string_view summary;
  std::vector<OfferedOutput> outputs = {};
  /// False: one was found by this name, and `summary` says why it is none.
  bool is_target() const { return thread || process || async; }
  bool has(Mode m) const { return m == Mode::thread ? thread : m == Mode::process ? process : async; }
};

const std::vector<Signature>& catalogue();
const Signature* find_target(std::string_view name);

/// One thing that is wrong with a call, and with which of its arguments.
struct CallFault {
  enum class Place : std::uint8_t { call, argument, keyword };
  Place place = Place::call;
  std::size_t index = 0;  // of the positional argument, or of the entry of kwargs
  std::string sentence;   // names target and argument
};
/// All that is wrong with a call; empty when it may be made.
std::vector<CallFault> call_faults(const Signature& s, const ValueList& args, const ValueMap& kwargs);

/// Checks a call against a signature before user code runs: unknown, missing, doubled and ill-typed arguments. The
/// same check serves validation and the worker. The error is the first of call_faults().
Status check_call(const Signature& s, const ValueList& args, const ValueMap& kwargs);

/// The argument with this name, positional or named; null when not given.
const Value* argument(const Signature& s, const ValueList& args, const ValueMap& kwargs, std::string_view name);

}  // namespace rota::jobs
