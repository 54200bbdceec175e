// Formulas into values.
#include "jobs/model/formula.h"

#include <fmt/format.h>

#include <algorithm>

#include "jobs/model/functions.h"
#include "shared/limits.h"

namespace rota::jobs {
namespace {

using Kind = Formula::Kind;

/// As long as to_text would be, without making it.
std::size_t text_bytes(const Value& v) {
  if (const auto* s = v.as<std::string>()) return s->size();
  std::size_t sum = 2;
  if (const auto* list = v.as<ValueList>()) {
    for (const auto& item : *list) sum += text_bytes(item) + 1;
  } else if (const auto* map = v.as<ValueMap>()) {
    for (const auto& [key, item] : *map) sum += key.size() + text_bytes(item) + 4;
  } else {
    sum = std::max<std::size_t>(v.source.size(), 4);
  }
  return sum;
}

bool is_missing(const Value& v) {
  const auto* s = v.as<std::string>();
  return v.is_null() || (s && s->empty());
}

class Evaluation {
 public:
  Evaluation(const LateNames& names, const Formula*& at) : names_(names), at_(at) {}

  Result<Value> value(const Formula& f) {
    auto v = made(f);
    if (!v || f.kind == Kind::constant) return v;
    if (text_bytes(*v) > limits::kExpressionBytes)
      return wrong(f, fmt::format("the value has more than {} bytes (expression_bytes)", limits::kExpressionBytes));
    return v;
  }

 private:
  Error wrong(const Formula& f, std::string what) {
    at_ = &f;
    return fail(Code::invalid, std::move(what), fmt::format("{}:{}", f.line, f.column));
  }

  Result<Value> made(const Formula& f) {
    switch (f.kind) {
      case Kind::constant: return f.constant;
      case Kind::name: return name(f);
      case Kind::operation: return operation(f);
      case Kind::list: return list(f);
      case Kind::map: return map(f);
      case Kind::text: return text(f);
    }
    return Value();
  }

  Result<Value> name(const Formula& f) {
    auto v = names_.value(f.name);
    if (!v) return wrong(f, std::move(v.error().what));
    return v;
  }

  Result<Value> list(const Formula& f) {
    ValueList out;
    for (const auto& part : f.parts) {
      auto v = value(part);
      if (!v) return v;
      out.push_back(std::move(*v));
    }
    return Value(std::move(out));
  }

  Result<Value> map(const Formula& f) {
    ValueMap out;
    for (std::size_t i = 0; i < f.parts.size() && i < f.keys.size(); ++i) {
      auto v = value(f.parts[i]);
      if (!v) return v;
      out.emplace_back(f.keys[i], std::move(*v));
    }
    return Value(std::move(out));
  }

  Result<Value> text(const Formula& f) {
    std::string out;
    for (const auto& part : f.parts) {
      const auto v = value(part);
      if (!v) return v;
      if (v->is_null()) return wrong(part, "there is no value to put into a text: default(..., '') gives one");
      out += to_text(*v);
      if (out.size() > limits::kExpressionBytes) break;  // the caller says so
    }
    return Value(std::move(out));
  }

  Result<Value> operation(const Formula& f) {
    if (const auto n = arity(f.operation); f.parts.size() < n.least || f.parts.size() > n.most)
      return wrong(f, fmt::format("'{}' has {} arguments", to_text(f.operation), f.parts.size()));
    switch (f.operation) {
      case Operation::both: return chain(f, false);
      case Operation::either: return chain(f, true);
      case Operation::or_default: {
        auto v = value(f.parts[0]);
        return !v || !is_missing(*v) ? std::move(v) : value(f.parts[1]);
      }
      case Operation::success: return Value(names_.needs_succeeded());
      case Operation::failure: return Value(names_.need_failed());
      case Operation::always: return Value(true);
      default: break;
    }
    std::vector<Value> args;
    for (const auto& part : f.parts) {
      auto v = value(part);
      if (!v) return v;
      args.push_back(std::move(*v));
    }
    // Chains of these are flat, so that a long one is not deep.
    if (f.operation == Operation::add && args.size() > 2) return sum(f, std::move(args));
    auto v = apply_operation(f.operation, args);
    if (!v) return wrong(f, std::move(v.error().what));
    return v;
  }

  Result<Value> sum(const Formula& f, std::vector<Value> args) {
    Value so_far = std::move(args.front());
    for (std::size_t i = 1; i < args.size(); ++i) {
      const Value two[] = {std::move(so_far), std::move(args[i])};
      auto v = apply_operation(Operation::add, two);
      if (!v) return wrong(f, std::move(v.error().what));
      so_far = std::move(*v);
    }
    return so_far;
  }

  /// The first part that is `decisive` decides: those behind it are not looked at.
  Result<Value> chain(const Formula& f, bool decisive) {
    for (const auto& part : f.parts) {
      const auto v = value(part);
      if (!v) return v;
      const auto* flag = v->as<bool>();
      if (!flag) return wrong(f, fmt::format("'{}' wants true or false, got {}", to_text(f.operation), type_name(*v)));
      if (*flag == decisive) return Value(decisive);
    }
    return Value(!decisive);
  }

  const LateNames& names_;
  const Formula*& at_;
};

}  // namespace

std::string_view to_text(Operation o) {
  switch (o) {
    case Operation::equal: return "==";
    case Operation::not_equal: return "!=";
    case Operation::less: return "<";
    case Operation::less_equal: return "<=";
    case Operation::greater: return ">";
    case Operation::greater_equal: return ">=";
    case Operation::both: return "&&";
    case Operation::either: return "||";
    case Operation::negate: return "!";
    case Operation::add: return "+";
    case Operation::contains: return "contains";
    case Operation::starts_with: return "starts_with";
    case Operation::ends_with: return "ends_with";
    case Operation::format: return "format";
    case Operation::join: return "join";
    case Operation::to_json: return "to_json";
    case Operation::from_json: return "from_json";
    case Operation::hash: return "hash";
    case Operation::or_default: return "default";
    case Operation::success: return "success";
    case Operation::failure: return "failure";
    case Operation::always: return "always";
  }
  return "?";
}

Result<Value> evaluate(const Formula& formula, const LateNames& names, const Formula*& at) {
  auto v = Evaluation(names, at).value(formula);
  if (!v || depth_of(*v) <= limits::kJobFileDepth) return v;
  at = &formula;
  return fail(Code::invalid,
              fmt::format("the value has lists within lists more than {} levels deep", limits::kJobFileDepth),
              fmt::format("{}:{}", formula.line, formula.column));
}

Result<Value> evaluate(const Formula& formula, const LateNames& names) {
  const Formula* at = nullptr;
  return evaluate(formula, names, at);
}

Result<bool> evaluate_condition(const Formula& condition, const LateNames& names) {
  const auto v = evaluate(condition, names);
  if (!v) return v.error();
  if (const auto* flag = v->as<bool>()) return *flag;
  return fail(Code::invalid, fmt::format("'if' wants true or false, got {}", type_name(*v)),
              fmt::format("{}:{}", condition.line, condition.column));
}

bool is_late(const Formula& f) {
  if (f.kind == Kind::name) return true;
  if (f.kind == Kind::operation && f.operation >= Operation::success) return true;
  return std::any_of(f.parts.begin(), f.parts.end(), is_late);
}

std::size_t depth_of(const Value& value) {
  std::size_t deepest = 0;
  if (const auto* list = value.as<ValueList>()) {
    for (const auto& item : *list) deepest = std::max(deepest, depth_of(item));
    return deepest + 1;
  }
  if (const auto* map = value.as<ValueMap>()) {
    for (const auto& entry : *map) deepest = std::max(deepest, depth_of(entry.second));
    return deepest + 1;
  }
  return 0;
}

std::size_t depth_of(const Formula& formula) {
  std::size_t deepest = depth_of(formula.constant);
  for (const auto& part : formula.parts) deepest = std::max(deepest, depth_of(part) + 1);
  return deepest;
}

}  // namespace rota::jobs
