// Expressions of the job file: `${{ }}` within texts, and `if`. Params and the environment are constants; of what only
// a task knows a Formula remains. Values only, no side effects; where one may stand is for the readers of the fields to
// say.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "jobs/model/formula.h"
#include "jobs/read/late_scope.h"
#include "jobs/read/tokens.h"
#include "jobs/read/typing.h"

namespace rota::jobs {

/// What the names of expressions stand for.
class Scope {
 public:
  /// Later settings of a name win. The caller's environment first, then the file's.
  void set_env(std::string name, std::string value) { env_.insert_or_assign(std::move(name), std::move(value)); }
  /// A param whose value could not be made is known all the same: `broken` ones are not reported again at their uses.
  void set_param(std::string name, std::optional<Value> value) {
    params_.insert_or_assign(std::move(name), std::move(value));
  }
  /// Of the job that is read; null: nothing is read that belongs to a job.
  const LateScope* late = nullptr;

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

/// What became of an expression. A constant one has been computed.
struct Expressed {
  Formula formula;  // `column` of each part is an offset in the text until the reader has put places there; `line` 0
  Types types = Types::any();
};

/// One expression: text[open] begins its `${{`, `end` is past its `}}`. Nothing after a fault.
std::optional<Expressed> express(std::string_view text, std::size_t open, std::size_t end, const Scope& scope,
                                 std::vector<ExpressionFault>& faults);

/// The whole text. One that is a single expression and nothing else keeps its type, any other is text.
std::optional<Expressed> express(std::string_view text, const Scope& scope, std::vector<ExpressionFault>& faults);

/// An `if`: an expression with or without `${{ }}`, where success(), failure() and always() may stand.
std::optional<Expressed> express_condition(std::string_view text, const Scope& scope,
                                           std::vector<ExpressionFault>& faults);

}  // namespace rota::jobs
