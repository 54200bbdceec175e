// A checked `${{ expression }}` of the job file whose value only the task knows: what the reader makes of it once
// params and env are known (they are constants here), and what `evaluate` turns into a value when an attempt is about
// to start. A pure value; nothing in it is parsed again, so no value can ever bring an expression of its own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shared/ids.h"
#include "shared/result.h"
#include "shared/value.h"

namespace rota::jobs {

/// A name of an expression that is looked up late.
struct LateName {
  enum class Of : std::uint8_t {
    matrix,        // matrix.KEY
    array_index,   // array.index
    array_count,   // array.count
    need_output,   // needs.JOB.outputs.KEY: of an array or matrix, a list in the order of its tasks (`each`: one value)
    need_outcome,  // needs.JOB.outcome: "succeeded", "failed", "skipped", ...; the worst of an array's
    run_id,        // run.id
    run_name,      // run.name
    run_outcome,   // run.outcome: in hooks only
    run_failed,    // run.failed: in hooks only; a list of the ids of the jobs that failed
    job_id,        // job.id: "render"
    job_attempt,   // job.attempt: the number of the try
    last_ = job_attempt
  };
  Of of = Of::run_id;
  JobIndex job = 0;  // of a need
  std::string key;   // of a matrix or an output
  bool operator==(const LateName&) const = default;
};

enum class Operation : std::uint8_t {
  equal, not_equal, less, less_equal, greater, greater_equal, both, either, negate, add,
  contains, starts_with, ends_with, format, join, to_json, from_json, hash, or_default,
  success, failure, always,  // of the job's needs: all ended well; one ended badly; true
  last_ = always
};
std::string_view to_text(Operation o);  // as it is written: "==", "starts_with"

struct Formula {
  enum class Kind : std::uint8_t {
    constant,  // `constant`
    name,      // `name`
    operation, // `operation` of `parts`
    list,      // of `parts`
    map,       // `keys` with `parts`
    text,      // the texts of `parts` one after the other
    last_ = text
  };
  Kind kind = Kind::constant;
  Value constant;
  LateName name;
  Operation operation = Operation::equal;
  std::vector<Formula> parts;
  std::vector<std::string> keys;
  std::uint32_t line = 0, column = 0;  // in the job file, of the operator, function or name
  bool operator==(const Formula&) const = default;
};

/// Who knows the late names: of one task of one run. An error is a sentence for people.
class LateNames {
 public:
  virtual ~LateNames() = default;
  /// Null: an output that was not left.
  virtual Result<Value> value(const LateName& name) const = 0;
  virtual bool needs_succeeded() const = 0;  // every need ended well, was skipped, or was forgiven
  virtual bool need_failed() const = 0;
};

/// Types do not bend: `+` adds numbers or joins texts, `<` compares numbers or texts, `&&` wants booleans. An error
/// says which operation at which line and column got what.
Result<Value> evaluate(const Formula& formula, const LateNames& names);
/// As above; `at` becomes the part that failed.
Result<Value> evaluate(const Formula& formula, const LateNames& names, const Formula*& at);
/// Of an `if`: true or false, nothing else.
Result<bool> evaluate_condition(const Formula& condition, const LateNames& names);

/// Whether a value has to be looked up: else it is the same for every task and in every run of the plan.
bool is_late(const Formula& formula);
/// Calls f(Operation) for every operation in it.
template <class F>
void each_operation(const Formula& formula, F&& f) {
  if (formula.kind == Formula::Kind::operation) f(formula.operation);
  for (const Formula& part : formula.parts) each_operation(part, f);
}

/// Levels of lists and maps in it, 0 for a scalar; of a formula, with its operations.
std::size_t depth_of(const Value& value);
std::size_t depth_of(const Formula& formula);

/// Calls f(const LateName&) for every name in it.
template <class F>
void each_name(const Formula& formula, F&& f) {
  if (formula.kind == Formula::Kind::name) f(formula.name);
  for (const Formula& part : formula.parts) each_name(part, f);
}

template <class A>
void fields(A& a, LateName& x) {
  a(x.of, x.job, x.key);
}
template <class A>
void fields(A& a, Formula& x) {
  a(x.kind, x.constant, x.name, x.operation, x.parts, x.keys, x.line, x.column);
}

}  // namespace rota::jobs
