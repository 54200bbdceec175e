// Finding, reading and replacing expressions.
#include "jobs/read/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "shared/text/text.h"

namespace rota::jobs {
namespace {

constexpr std::array<std::string_view, 2> kRoots{"params", "env"};
constexpr std::array<std::string_view, 5> kLaterRoots{"matrix", "array", "needs", "run", "job"};

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// One pass over the inside of one expression; `at` counts from its `${{`.
class Cursor {
 public:
  explicit Cursor(std::string_view s) : s_(s), at_(kExpressionOpen.size()) {}
  void spaces() {
    while (at_ < s_.size() && (s_[at_] == ' ' || s_[at_] == '\t' || s_[at_] == '\n')) ++at_;
  }
  std::string_view word() {
    const auto from = at_;
    while (at_ < s_.size() && is_word(s_[at_])) ++at_;
    return s_.substr(from, at_ - from);
  }
  bool take(std::string_view t) {
    if (!s_.substr(at_).starts_with(t)) return false;
    at_ += t.size();
    return true;
  }
  std::size_t at() const { return at_; }

 private:
  std::string_view s_;
  std::size_t at_;
};

struct Parsed {
  std::string_view root, name;
  std::size_t root_at = 0, name_at = 0, end = 0;
};

/// Nothing, and the fault, when what begins at s[0..3) is not `${{ root.name }}`.
std::optional<Parsed> parse(std::string_view s, ExpressionFault& fault) {
  const auto no = [&](std::size_t at, std::string message) {
    fault.offset = at;
    fault.message = std::move(message);
    return std::nullopt;
  };
  if (s.find("}}") == std::string_view::npos) return no(0, "'${{' is not closed by '}}'");
  Cursor c(s);
  Parsed p;
  c.spaces();
  p.root_at = c.at();
  p.root = c.word();
  if (p.root.empty()) return no(p.root_at, "a name such as params.x was expected inside '${{ }}'");
  if (is_one_of(kLaterRoots, p.root)) {  // these go deeper than one name
    p.end = s.find("}}") + 2;
    return p;
  }
  if (c.take(".")) {
    p.name_at = c.at();
    p.name = c.word();
    if (p.name.empty()) return no(p.name_at, fmt::format("a name was expected after '{}.'", p.root));
  }
  c.spaces();
  const auto after = c.at();
  if (!c.take("}}")) {
    return no(after,
              "'}}' was expected: '${{ }}' takes one name, such as params.x or env.X; more is not yet supported");
  }
  p.end = c.at();
  return p;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates,
                         std::string otherwise) {
  const auto near = text::nearest(word, candidates);
  return near.empty() ? std::move(otherwise) : fmt::format("did you mean '{}'?", near);
}

std::optional<Value> look_up(const Parsed& p, const Scope& scope, ExpressionFault& fault) {
  fault.offset = p.root_at;
  if (is_one_of(kLaterRoots, p.root)) {
    fault.message = fmt::format("'{}' in '${{{{ }}}}' is not yet supported; params and env are", p.root);
    return {};
  }
  if (!is_one_of(kRoots, p.root)) {
    fault.message = fmt::format("unknown name '{}' in '${{{{ }}}}'; params.X and env.X are known", p.root);
    fault.hint = did_you_mean(p.root, {kRoots.begin(), kRoots.end()}, "");
    return {};
  }
  if (p.name.empty()) {
    fault.message = fmt::format("'{0}' alone is not a value: write {0}.NAME", p.root);
    return {};
  }
  fault.offset = p.name_at;
  if (p.root == "env") {
    if (const auto* value = scope.env(p.name)) return Value(*value);
    fault.message = fmt::format("the environment has no '{}'", p.name);
    fault.hint = did_you_mean(p.name, scope.env_names(), "set it in the file's 'env' or in the shell that calls rota");
    return {};
  }
  if (const auto* param = scope.param(p.name)) return *param;  // without a value: reported where it is declared
  fault.message = fmt::format("'{}' is not declared in 'params'", p.name);
  fault.hint = did_you_mean(p.name, scope.param_names(), "");
  return {};
}

template <class Map>
std::vector<std::string_view> sorted_names(const Map& map) {
  std::vector<std::string_view> names;
  for (const auto& [name, value] : map) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

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

Value substitute(std::string_view text, const Scope& scope, std::vector<ExpressionFault>& faults) {
  std::string out;
  const auto faults_before = faults.size();
  std::size_t from = 0;
  for (std::size_t n = 0, open = text.find(kExpressionOpen); open != std::string_view::npos; ++n) {
    out.append(text, from, open - from);
    ExpressionFault fault{n, 0, {}, {}};
    const auto parsed = parse(text.substr(open), fault);
    auto value = parsed ? look_up(*parsed, scope, fault) : std::nullopt;
    if (!value) faults.push_back(std::move(fault));
    const auto end = open + (parsed ? parsed->end : kExpressionOpen.size());
    if (value && open == 0 && end == text.size()) return std::move(*value);
    if (value) out += to_text(*value);
    from = end;
    open = text.find(kExpressionOpen, end);
  }
  if (faults.size() != faults_before) return {};
  out.append(text, from);
  return Value(std::move(out));
}

}  // namespace rota::jobs
