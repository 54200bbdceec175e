// A recursive descent; nesting is bounded, chains are flat.
#include "jobs/read/grammar.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "jobs/model/functions.h"
#include "jobs/read/name_words.h"
#include "shared/limits.h"
#include "shared/text/text.h"

namespace rota::jobs {
namespace {

using Kind = Token::Kind;

/// The binary operators by rising strength. A flat level makes one operation of a whole chain.
struct Level {
  std::array<Operation, 4> operations;
  std::size_t count;
  bool flat;
};
constexpr Level kLevels[] = {
    {{Operation::either}, 1, true},
    {{Operation::both}, 1, true},
    {{Operation::equal, Operation::not_equal}, 2, false},
    {{Operation::less_equal, Operation::greater_equal, Operation::less, Operation::greater}, 4, false},
    {{Operation::add}, 1, true},
};
constexpr std::size_t kLevelCount = std::size(kLevels);

constexpr std::array kFunctions{Operation::contains,   Operation::starts_with, Operation::ends_with, Operation::format,
                                Operation::join,       Operation::to_json,     Operation::from_json, Operation::hash,
                                Operation::or_default, Operation::success,     Operation::failure,   Operation::always};

std::vector<std::string_view> function_names() {
  std::vector<std::string_view> names;
  for (const auto f : kFunctions) names.push_back(to_text(f));
  return names;
}

std::string plural(std::size_t n) { return n == 1 ? "1 argument" : fmt::format("{} arguments", n); }

std::string shown(const Token& t) {
  if (t.kind == Kind::end) return "the end";
  const auto head = t.text.substr(0, 40);
  return fmt::format("'{}{}'", text::escape_terminal(head), head.size() < t.text.size() ? "..." : "");
}

class Grammar {
 public:
  Grammar(const std::vector<Token>& tokens, const Scope& scope, bool in_condition, std::vector<ExpressionFault>& faults)
      : tokens_(tokens), scope_(scope), in_condition_(in_condition), faults_(faults) {}

  std::optional<Expressed> run() {
    const auto faults_before = faults_.size();
    if (here().kind == Kind::end)
      return fault(here(), "an expression was expected, such as params.x or matrix.x == 'a'");
    auto whole = level(0);
    if (!whole) return {};
    if (here().kind != Kind::end) return after_the_end();
    if (faults_.size() != faults_before) return {};
    return std::move(whole->expressed);
  }

 private:
  struct Part {
    Expressed expressed;
    std::size_t depth = 0;
  };
  using Parts = std::vector<Part>;

  const Token& here() const { return tokens_[at_]; }
  bool is(std::string_view symbol) const { return here().kind == Kind::symbol && here().text == symbol; }
  bool take(std::string_view symbol) { return is(symbol) && (++at_, true); }

  std::nullopt_t fault(const Token& t, std::string message, std::string hint = {}) {
    faults_.push_back({t.at, std::move(message), std::move(hint)});
    return std::nullopt;
  }

  std::optional<Expressed> after_the_end() {
    if (is(")")) return fault(here(), "this ')' closes nothing");
    if (is(",")) return fault(here(), "a ',' stands between the arguments of a function only");
    return fault(here(), fmt::format("an operator or the end was expected, got {}", shown(here())),
                 here().kind == Kind::name && (here().text == "and" || here().text == "or" || here().text == "not")
                     ? "it is '&&', '||' and '!'"
                     : "");
  }

  const Operation* operator_of(const Level& l) const {
    if (here().kind != Kind::symbol) return nullptr;
    const auto end = l.operations.begin() + l.count;
    const auto found = std::find_if(l.operations.begin(), end, [&](Operation o) { return to_text(o) == here().text; });
    return found == end ? nullptr : &*found;
  }

  std::optional<Part> level(std::size_t n) {
    if (n == kLevelCount) return unary();
    auto left = level(n + 1);
    while (left) {
      const auto* o = operator_of(kLevels[n]);
      if (!o) break;
      const auto& sign = here();
      Parts parts;
      parts.push_back(std::move(*left));
      do {
        ++at_;
        auto next = level(n + 1);
        if (!next) return {};
        parts.push_back(std::move(*next));
      } while (kLevels[n].flat && operator_of(kLevels[n]));
      left = operation(*o, sign, std::move(parts));
    }
    return left;
  }

  std::optional<Part> unary() {
    const auto& sign = here();
    if (!take("!")) return primary();
    if (!deeper(sign)) return {};
    auto part = unary();
    --nesting_;
    if (!part) return {};
    Parts parts;
    parts.push_back(std::move(*part));
    return operation(Operation::negate, sign, std::move(parts));
  }

  bool deeper(const Token& t) {
    if (++nesting_ <= limits::kExpressionDepth) return true;
    too_deep(t);
    return false;
  }
  std::nullopt_t too_deep(const Token& t) {
    return fault(t,
                 fmt::format("this is nested more than {} levels deep (expression_depth)", limits::kExpressionDepth));
  }

  std::optional<Part> primary() {
    const auto& t = here();
    if (t.kind == Kind::literal) return ++at_, constant(t, t.value);
    if (t.kind == Kind::name) return ++at_, is("(") ? call(t) : name(t);
    if (take("(")) {
      if (!deeper(t)) return {};
      auto inside = level(0);
      --nesting_;
      if (!inside) return {};
      if (!take(")")) return fault(here(), fmt::format("')' was expected, got {}", shown(here())));
      return inside;
    }
    return fault(t, fmt::format("a value was expected, got {}", shown(t)));
  }

  Part constant(const Token& t, Value v) const {
    Part p;
    p.expressed.types = Types::of(v);
    p.expressed.formula.constant = std::move(v);
    p.expressed.formula.column = static_cast<std::uint32_t>(t.at);
    return p;
  }

  std::optional<Part> name(const Token& t) {
    if (t.text == "true" || t.text == "false") return constant(t, Value(t.text == "true"));
    if (t.text == "null") return constant(t, Value());
    if (t.text == "and" || t.text == "or" || t.text == "not")
      return fault(t, fmt::format("a value was expected, got {}", shown(t)), "it is '&&', '||' and '!'");
    const auto is_function = [&](Operation f) { return to_text(f) == t.text; };
    if (std::any_of(kFunctions.begin(), kFunctions.end(), is_function))
      return fault(t, fmt::format("'{0}' is a function: write {0}(...)", t.text));
    auto e = express_name(t.text, t.at, scope_, faults_);
    if (!e) return {};
    return Part{std::move(*e), 0};
  }

  std::optional<Part> call(const Token& t) {
    const auto found =
        std::find_if(kFunctions.begin(), kFunctions.end(), [&](Operation f) { return to_text(f) == t.text; });
    if (found == kFunctions.end())
      return fault(
          t, fmt::format("there is no function '{}'", text::escape_terminal(t.text.substr(0, 80))),
          did_you_mean(t.text, function_names(), fmt::format("there are {}", fmt::join(function_names(), ", "))));
    auto parts = arguments(t);
    if (!parts) return {};
    const auto [least, most] = arity(*found);
    if (parts->size() < least || parts->size() > most)
      return fault(t, fmt::format("{}() takes {}, got {}", t.text,
                                  least == most ? plural(least)
                                  : most > 10   ? fmt::format("at least {}", plural(least))
                                                : fmt::format("{} or {} arguments", least, most),
                                  parts->size()));
    if (*found >= Operation::success && !in_condition_)
      return fault(t, fmt::format("{}() stands in 'if' only", t.text), "needs.JOB.outcome tells how a need ended");
    if (*found == Operation::format && !check_format(*parts)) return {};
    return operation(*found, t, std::move(*parts));
  }

  std::optional<Parts> arguments(const Token& t) {
    if (!deeper(t)) return {};
    ++at_;  // the parenthesis
    Parts parts;
    if (!take(")")) {
      do {
        auto part = level(0);
        if (!part) return {};
        parts.push_back(std::move(*part));
      } while (take(","));
      if (!take(")"))
        return fault(here(),
                     fmt::format("',' or ')' was expected in the arguments of {}(), got {}", t.text, shown(here())));
    }
    --nesting_;
    return parts;
  }

  /// A format text that is known is checked against its arguments, also where these come late.
  bool check_format(const Parts& parts) {
    const auto& first = parts.front().expressed.formula;
    const auto* text = first.constant.as<std::string>();
    if (first.kind != Formula::Kind::constant || !text) return true;
    const auto wanted = arguments_of_format(*text);
    const auto given = parts.size() - 1;
    if (wanted && *wanted <= given) return true;
    faults_.push_back({first.column,
                       wanted ? fmt::format("format(): {{{}}} has no argument: {} given, counted from {{0}}",
                                            *wanted - 1, given == 1 ? "one is" : fmt::format("{} are", given))
                              : wanted.error().what,
                       {}});
    return false;
  }

  std::optional<Part> operation(Operation o, const Token& sign, Parts parts) {
    std::vector<Types> types;
    Part whole;
    auto& f = whole.expressed.formula;
    f.kind = Formula::Kind::operation;
    f.operation = o;
    f.column = static_cast<std::uint32_t>(sign.at);
    for (auto& p : parts) {
      types.push_back(p.expressed.types);
      whole.depth = std::max(whole.depth, p.depth + 1);
      f.parts.push_back(std::move(p.expressed.formula));
    }
    if (whole.depth > limits::kExpressionDepth) return too_deep(sign);
    auto typed = type_of(o, types);
    whole.expressed.types = typed.types;
    if (!typed.mistake.empty()) fault(sign, std::move(typed.mistake), std::move(typed.hint));
    return whole;
  }

  const std::vector<Token>& tokens_;
  const Scope& scope_;
  const bool in_condition_;
  std::vector<ExpressionFault>& faults_;
  std::size_t at_ = 0;
  std::size_t nesting_ = 0;
};

}  // namespace

std::optional<Expressed> parse_expression(const std::vector<Token>& tokens, const Scope& scope, bool in_condition,
                                          std::vector<ExpressionFault>& faults) {
  return Grammar(tokens, scope, in_condition, faults).run();
}

}  // namespace rota::jobs
