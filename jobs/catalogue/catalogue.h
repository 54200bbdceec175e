// The targets that Rota knows by name: what they take and under which modes they run. The functions themselves live in
// worker/targets; a test holds the two tables together.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/outcome.h"
#include "shared/result.h"
#include "shared/value.h"

namespace rota::jobs {

enum class ParameterType : std::uint8_t { boolean, integer, number, string, duration, any };

struct Parameter {
  std::string_view name;
  ParameterType type;
  bool required;
  std::string_view default_text;  // shown; the function applies it itself
  bool variadic = false;          // takes all further positional arguments
};

struct Signature {
  std::string_view name;
  std::vector<Parameter> parameters;
  bool thread, process, async;
  std::string_view summary;
  bool has(Mode m) const { return m == Mode::thread ? thread : m == Mode::process ? process : async; }
};

const std::vector<Signature>& catalogue();
const Signature* find_target(std::string_view name);

/// Checks a call against a signature before user code runs: unknown, missing, doubled and ill-typed arguments. The
/// same check serves validation and the worker. The error is one sentence that names the argument.
Status check_call(const Signature& s, const ValueList& args, const ValueMap& kwargs);

/// The argument with this name, positional or named; null when not given.
const Value* argument(const Signature& s, const ValueList& args, const ValueMap& kwargs, std::string_view name);

}  // namespace rota::jobs
