// Looking up names of expressions.
#include "jobs/read/name_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "shared/text/text.h"

namespace rota::jobs {
namespace {

constexpr std::array<std::string_view, 7> kRoots{"params", "env", "matrix", "array", "needs", "run", "job"};
constexpr std::string_view kOutputs = ".outputs.", kOutcome = ".outcome";

class Looker {
 public:
  Looker(std::string_view word, std::size_t at, const Scope& scope, std::vector<ExpressionFault>& faults)
      : word_(word), at_(at), scope_(scope), faults_(faults) {
    const auto dot = std::min(word.find('.'), word.size());
    root_ = word.substr(0, dot);
    rest_ = word.substr(std::min(dot + 1, word.size()));
    rest_at_ = at + std::min(dot + 1, word.size());
    has_dot_ = dot < word.size();
  }

  std::optional<Expressed> run() {
    if (std::find(kRoots.begin(), kRoots.end(), root_) == kRoots.end()) return unknown_root();
    if (!has_dot_) return fault(at_, fmt::format("'{0}' alone is not a value: write {0}.NAME", root_));
    if (rest_.empty()) return fault(rest_at_, fmt::format("a name was expected after '{}.'", root_));
    if (root_ == "params") return param();
    if (root_ == "env") return env();
    if (root_ == "matrix") return matrix();
    if (root_ == "array") return array();
    if (root_ == "needs") return needs();
    return root_ == "run" ? run_name() : job_name();
  }

 private:
  std::nullopt_t fault(std::size_t at, std::string message, std::string hint = {}) {
    faults_.push_back({at, std::move(message), std::move(hint)});
    return std::nullopt;
  }

  Expressed late(LateName::Of of, Types types, std::string_view key = {}, JobIndex job = 0) const {
    Expressed e;
    e.formula.kind = Formula::Kind::name;
    e.formula.name = {of, job, std::string(key)};
    e.formula.column = static_cast<std::uint32_t>(at_);
    e.types = types;
    return e;
  }
  Expressed constant(Value v) const {
    Expressed e;
    e.types = Types::of(v);
    e.formula.constant = std::move(v);
    e.formula.column = static_cast<std::uint32_t>(at_);
    return e;
  }

  std::nullopt_t unknown_root() {
    auto hint = did_you_mean(root_, {kRoots.begin(), kRoots.end()}, "");
    const auto path = [&](std::string_view root) {
      if (hint.empty()) hint = fmt::format("did you mean '{}.{}'?", root, word_);
    };
    if (scope_.param(word_)) path("params");
    if (const auto* m = matrix_of(); m && type_of_key(*m, word_)) path("matrix");
    if (scope_.env(word_)) path("env");
    if (word_ == "index" || word_ == "count") path("array");
    if (hint.empty()) hint = "a text stands in quotes: 'abc'";
    return fault(at_,
                 fmt::format("unknown name '{}'; known are {}", root_,
                             "params.X, env.X, matrix.X, array.X, needs.X, run.X and job.X"),
                 std::move(hint));
  }

  std::optional<Expressed> param() {
    const auto* param = scope_.param(rest_);
    if (!param)
      return fault(rest_at_, fmt::format("'{}' is not declared in 'params'", rest_),
                   did_you_mean(rest_, scope_.param_names(), ""));
    if (!*param) return fault(rest_at_, {});  // reported where it is declared
    return constant(**param);
  }

  std::optional<Expressed> env() {
    if (const auto* value = scope_.env(rest_)) return constant(Value(*value));
    return fault(rest_at_, fmt::format("the environment has no '{}'", rest_),
                 did_you_mean(rest_, scope_.env_names(), "set it in the file's 'env' or in the shell that calls rota"));
  }

  const Matrix* matrix_of() const {
    return scope_.late && scope_.late->shape ? std::get_if<Matrix>(scope_.late->shape) : nullptr;
  }
  std::string job() const { return text::escape_terminal(scope_.late->job.substr(0, 80)); }
  bool anything() const { return !scope_.late || scope_.late->anything; }

  /// Nothing: the matrix has no such key.
  static std::optional<Types> type_of_key(const Matrix& m, std::string_view key) {
    std::optional<Types> types;
    const auto also = [&](Types t) { types = types ? *types | t : t; };
    for (const auto& axis : m.axes) {
      if (axis.name != key) continue;
      if (axis.values.empty()) also(Types::integer());
      for (const auto& v : axis.values) also(Types::of(v));
    }
    const bool of_axis = types.has_value();
    for (const auto& entry : m.included) {
      for (const auto& [name, value] : entry.values) {
        if (name == key) also(Types::of(value));
      }
    }
    if (types && !of_axis) also(Types::null());  // tasks that the entry does not fit do without it
    return types;
  }

  std::optional<Expressed> matrix() {
    if (anything()) return late(LateName::Of::matrix, Types::any(), rest_);
    const auto* m = matrix_of();
    if (!m) return fault(at_, fmt::format("'{}', but job '{}' has no 'matrix'", word_, job()));
    if (const auto types = type_of_key(*m, rest_)) return late(LateName::Of::matrix, *types, rest_);
    std::vector<std::string_view> keys;
    const auto note = [&](std::string_view key) {
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    };
    for (const auto& axis : m->axes) note(axis.name);
    for (const auto& entry : m->included) {
      for (const auto& value : entry.values) note(value.first);
    }
    return fault(rest_at_, fmt::format("the matrix of job '{}' has no '{}'", job(), rest_),
                 did_you_mean(rest_, keys, fmt::format("it has {}", fmt::join(keys, ", "))));
  }

  std::optional<Expressed> array() {
    if (rest_ != "index" && rest_ != "count")
      return fault(rest_at_, fmt::format("'array' has no '{}': it has index and count", rest_),
                   did_you_mean(rest_, {"index", "count"}, ""));
    const bool is_array = scope_.late && scope_.late->shape && std::holds_alternative<Array>(*scope_.late->shape);
    if (!anything() && !is_array) return fault(at_, fmt::format("'{}', but job '{}' has no 'array'", word_, job()));
    return late(rest_ == "index" ? LateName::Of::array_index : LateName::Of::array_count, Types::integer());
  }

  /// needs.JOB.outputs.KEY or needs.JOB.outcome; a job's name may have dots of its own.
  std::optional<Expressed> needs() {
    const auto outputs = rest_.rfind(kOutputs);
    const bool outcome = outputs == rest_.npos && rest_.ends_with(kOutcome);
    if (outputs == rest_.npos && !outcome) return half_a_need();
    const auto name = rest_.substr(0, outcome ? rest_.size() - kOutcome.size() : outputs);
    const auto key = outcome ? std::string_view() : rest_.substr(outputs + kOutputs.size());
    if (anything()) return late(outcome ? LateName::Of::need_outcome : LateName::Of::need_output, Types::any(), key);
    const auto* need = find_need(name);
    if (!need) return not_a_need(name);
    if (outcome) return late(LateName::Of::need_outcome, Types::string(), {}, need->job);
    std::vector<std::string_view> keys;
    if (need->outputs) {
      for (const auto& o : *need->outputs) {
        keys.push_back(o.name);
        if (o.name != key) continue;
        const auto types = need->many && !need->each ? Types::list() : Types::of(o.type) | Types::null();
        return late(LateName::Of::need_output, types, key, need->job);
      }
    }
    const auto key_at = rest_at_ + outputs + kOutputs.size();
    if (key.empty()) return fault(key_at, "the name of an output was expected");
    return fault(key_at, fmt::format("job '{}' declares no output '{}'", name, key),
                 keys.empty() ? fmt::format("give it outputs: {{{}: string}}", key)
                              : did_you_mean(key, keys, fmt::format("it has {}", fmt::join(keys, ", "))));
  }

  std::optional<Expressed> half_a_need() {
    const auto dot = rest_.find('.');
    const auto job = rest_.substr(0, dot);
    const auto tail = dot == rest_.npos ? std::string_view() : rest_.substr(dot + 1);
    const auto tail_at = rest_at_ + (dot == rest_.npos ? rest_.size() : dot + 1);
    return fault(tail.empty() ? at_ : tail_at,
                 fmt::format("of a need there is needs.{0}.outputs.NAME and needs.{0}.outcome", job),
                 did_you_mean(tail.substr(0, tail.find('.')), {"outputs", "outcome"}, ""));
  }

  const LateScope::Need* find_need(std::string_view name) const {
    for (const auto& need : scope_.late->needs) {
      if (need.name == name) return &need;
    }
    return nullptr;
  }

  std::nullopt_t not_a_need(std::string_view name) {
    std::vector<std::string_view> names;
    for (const auto& need : scope_.late->needs) names.push_back(need.name);
    const auto* jobs = scope_.late->jobs;
    if (jobs && std::find(jobs->begin(), jobs->end(), name) != jobs->end())
      return fault(rest_at_, fmt::format("job '{}' does not need '{}'", job(), name),
                   fmt::format("add it to 'needs': what is not needed may not have run when '{}' starts", job()));
    const std::string none = names.empty() ? "it needs no job" : fmt::format("it needs {}", fmt::join(names, ", "));
    return fault(rest_at_, fmt::format("job '{}' needs no '{}'", job(), name), did_you_mean(name, names, none));
  }

  std::optional<Expressed> run_name() {
    using Of = LateName::Of;
    if (rest_ == "id") return late(Of::run_id, Types::integer());
    if (rest_ == "name") return late(Of::run_name, Types::string());
    const bool of_hooks = rest_ == "outcome" || rest_ == "failed";
    if (!of_hooks)
      return fault(rest_at_,
                   fmt::format("'run' has no '{}': it has id and name, and in hooks outcome and failed", rest_),
                   did_you_mean(rest_, {"id", "name", "outcome", "failed"}, ""));
    if (!anything() && !scope_.late->in_hook)
      return fault(at_, fmt::format("'{}' is known in 'hooks' only: a job runs before its run has ended", word_));
    return rest_ == "outcome" ? late(Of::run_outcome, Types::string()) : late(Of::run_failed, Types::list());
  }

  std::optional<Expressed> job_name() {
    using Of = LateName::Of;
    if (rest_ == "id") return late(Of::job_id, Types::string());
    if (rest_ == "attempt") return late(Of::job_attempt, Types::integer());
    return fault(rest_at_, fmt::format("'job' has no '{}': it has id and attempt", rest_),
                 did_you_mean(rest_, {"id", "attempt"}, ""));
  }

  std::string_view word_, root_, rest_;
  std::size_t at_, rest_at_ = 0;
  bool has_dot_ = false;
  const Scope& scope_;
  std::vector<ExpressionFault>& faults_;
};

}  // namespace

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates,
                         std::string otherwise) {
  const auto near = text::nearest(word, candidates);
  return near.empty() ? std::move(otherwise) : fmt::format("did you mean '{}'?", near);
}

std::optional<Expressed> express_name(std::string_view word, std::size_t at, const Scope& scope,
                                      std::vector<ExpressionFault>& faults) {
  return Looker(word, at, scope, faults).run();
}

}  // namespace rota::jobs
