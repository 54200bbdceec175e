// The one substitution of job files: ${{ params.X }} and ${{ env.X }}. Values only, no operators, no side effects;
// where it may stand is for the readers of the fields to say.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "shared/result.h"
#include "shared/value.h"

namespace rota::jobs {

inline constexpr std::string_view kExpressionOpen = "${{";

/// What the names of expressions stand for.
class Scope {
 public:
  /// Later settings of a name win. The caller's environment first, then the file's.
  void set_env(std::string name, std::string value) { env_.insert_or_assign(std::move(name), std::move(value)); }
  /// A param whose value could not be made is known all the same: `broken` ones are not reported again at their uses.
  void set_param(std::string name, std::optional<Value> value) {
    params_.insert_or_assign(std::move(name), std::move(value));
  }

  const std::string* env(std::string_view name) const;
  /// Null: not declared. No value: declared, but broken.
  const std::optional<Value>* param(std::string_view name) const;
  /// Sorted: the same suggestion every time.
  std::vector<std::string_view> env_names() const;
  std::vector<std::string_view> param_names() const;

 private:
  std::unordered_map<std::string, std::string> env_;
  std::unordered_map<std::string, std::optional<Value>> params_;
};

/// A fault inside a scalar: in which of its expressions (from 0), how far behind that one's `${{`, and what.
struct ExpressionFault {
  std::size_t expression = 0;
  std::size_t offset = 0;
  std::string message;  // empty: the cause was reported elsewhere
  std::string hint;
};

/// The text with its expressions replaced. A text that is one expression and nothing else gives that value with its
/// type, any other a string. On faults (every one of them is added) the value is null.
Value substitute(std::string_view text, const Scope& scope, std::vector<ExpressionFault>& faults);

}  // namespace rota::jobs
