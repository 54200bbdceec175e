// Texts with expressions into formulas; what is constant is computed at once.
#include "jobs/read/expression.h"

#include <fmt/format.h>

#include <algorithm>

#include "jobs/model/functions.h"
#include "jobs/read/grammar.h"

namespace rota::jobs {
namespace {

using Kind = Formula::Kind;

/// Nobody asks it: what is constant has no names.
class NoNames : public LateNames {
 public:
  Result<Value> value(const LateName&) const override { return fail(Code::internal, "a constant has no late names"); }
  bool needs_succeeded() const override { return true; }
  bool need_failed() const override { return false; }
};

class Folding {
 public:
  explicit Folding(std::vector<ExpressionFault>& faults) : faults_(faults) {}

  /// Computes what can be. `guarded`: it may never be asked for (behind `&&`), so that its error is not one yet.
  bool run(Formula& f, bool guarded) {
    if (f.kind == Kind::constant) return true;
    if (!is_late(f)) return compute(f, guarded);
    const bool in_turn =
        f.kind == Kind::operation &&
        (f.operation == Operation::both || f.operation == Operation::either || f.operation == Operation::or_default);
    bool sound = true;
    for (std::size_t i = 0; i < f.parts.size(); ++i) sound = run(f.parts[i], guarded || (in_turn && i > 0)) && sound;
    return sound;
  }

 private:
  bool compute(Formula& f, bool guarded) {
    const Formula* at = nullptr;
    auto v = evaluate(f, NoNames(), at);
    if (!v && guarded) return true;
    if (!v) return faults_.push_back({at ? at->column : f.column, std::move(v.error().what), {}}), false;
    Formula constant;
    constant.constant = std::move(*v);
    constant.column = f.column;
    f = std::move(constant);
    return true;
  }

  std::vector<ExpressionFault>& faults_;
};

std::optional<Expressed> folded(std::optional<Expressed> e, std::vector<ExpressionFault>& faults) {
  if (!e || !Folding(faults).run(e->formula, false)) return {};
  if (e->formula.kind == Kind::constant) e->types = Types::of(e->formula.constant);
  return e;
}

template <class Map>
std::vector<std::string_view> sorted_names(const Map& map) {
  std::vector<std::string_view> names;
  for (const auto& [name, value] : map) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

Formula literal(std::string_view text, std::size_t at) {
  Formula f;
  f.constant = Value(std::string(text));
  f.column = static_cast<std::uint32_t>(at);
  return f;
}

/// The parts of a text with expressions, one after the other; constant neighbours become one.
class TextParts {
 public:
  void add(Formula f) {
    if (f.kind != Kind::constant) return parts_.push_back(std::move(f));
    const auto piece = to_text(f.constant);
    if (piece.empty()) return;
    if (parts_.empty() || parts_.back().kind != Kind::constant) parts_.push_back(literal("", f.column));
    std::get<std::string>(parts_.back().constant.data) += piece;
  }
  Formula take(std::size_t at) {
    if (parts_.empty()) return literal("", at);
    if (parts_.size() == 1 && parts_.front().kind == Kind::constant) return std::move(parts_.front());
    Formula f;
    f.kind = Kind::text;
    f.column = static_cast<std::uint32_t>(at);
    f.parts = std::move(parts_);
    return f;
  }

 private:
  std::vector<Formula> parts_;
};

}  // namespace

const std::string* Scope::env(std::string_view name) const {
  const auto it = env_.find(std::string(name));
  return it == env_.end() ? nullptr : &it->second;
}

const std::optional<Value>* Scope::param(std::string_view name) const {
  const auto it = params_.find(std::string(name));
  return it == params_.end() ? nullptr : &it->second;
}

std::vector<std::string_view> Scope::env_names() const { return sorted_names(env_); }
std::vector<std::string_view> Scope::param_names() const { return sorted_names(params_); }

std::optional<Expressed> express(std::string_view text, std::size_t open, std::size_t end, const Scope& scope,
                                 std::vector<ExpressionFault>& faults) {
  std::vector<Token> tokens;
  if (!split(text, open, end, tokens, faults)) return {};
  return folded(parse_expression(tokens, scope, false, faults), faults);
}

std::optional<Expressed> express(std::string_view text, const Scope& scope, std::vector<ExpressionFault>& faults) {
  TextParts parts;
  const auto faults_before = faults.size();
  const auto first = text.find(kExpressionOpen);
  std::size_t from = 0;
  for (auto open = first; open != text.npos; open = text.find(kExpressionOpen, from)) {
    parts.add(literal(text.substr(from, open - from), from));
    from = end_of_expression(text, open);
    if (from == text.npos) {
      faults.push_back({open, "'${{' is not closed by '}}'", {}});
      return {};
    }
    auto e = express(text, open, from, scope, faults);
    if (e && open == 0 && from == text.size()) return e;
    if (e && e->formula.kind == Kind::constant && e->formula.constant.is_null()) {
      faults.push_back({open, "there is no value to put into a text: it is null", {}});
    } else if (e) {
      parts.add(std::move(e->formula));
    }
  }
  if (faults.size() != faults_before) return {};
  parts.add(literal(text.substr(from), from));
  return Expressed{parts.take(first == text.npos ? 0 : first), Types::string()};
}

std::optional<Expressed> express_condition(std::string_view text, const Scope& scope,
                                           std::vector<ExpressionFault>& faults) {
  const auto begin = std::min(text.find_first_not_of(" \t\n"), text.size());
  const auto inside = text.substr(0, text.find_last_not_of(" \t\n") + 1);
  std::vector<Token> tokens;
  if (!inside.substr(std::min(begin, inside.size())).starts_with(kExpressionOpen)) {
    if (!split_bare(inside, tokens, faults)) return {};
  } else {
    const auto end = end_of_expression(inside, begin);
    if (end == inside.npos) return faults.push_back({begin, "'${{' is not closed by '}}'", {}}), std::nullopt;
    if (end != inside.size()) {
      const auto after = inside.find_first_not_of(" \t\n", end);
      faults.push_back({after, "'if' is one expression: this stands outside of its '${{ }}'",
                        "write '${{' before all of it and '}}' behind, or leave both away"});
      return {};
    }
    if (!split(inside, begin, end, tokens, faults)) return {};
  }
  auto e = folded(parse_expression(tokens, scope, true, faults), faults);
  if (!e || e->types.has(Types::boolean())) return e;
  faults.push_back({e->formula.column, fmt::format("'if' wants true or false, got {}", e->types.text()),
                    e->types.has(Types::string()) ? "compare it: x == 'text'" : ""});
  return {};
}

}  // namespace rota::jobs
