// A scope for tests of expressions: params, an environment, and a job "render" of a matrix with two needs.
#pragma once

#include <string>
#include <vector>

#include "jobs/read/expression.h"

namespace rota::jobs::test {

struct AScope {
  Scope scope;
  LateScope late;
  Shape shape;
  std::vector<Output> of_build{{"size", OutputType::integer},
                               {"name", OutputType::string},
                               {"ok", OutputType::boolean},
                               {"doc", OutputType::json}};
  std::vector<Output> of_parts{{"path", OutputType::string}};
  std::vector<std::string_view> jobs{"build", "parts", "v1.2", "other", "render"};

  AScope() {
    scope.set_param("n", Value(3));
    scope.set_param("f", Value(1.5));
    scope.set_param("text", Value("abc"));
    scope.set_param("flag", Value(true));
    scope.set_param("none", Value(""));
    scope.set_param("a-b", Value("dash"));
    scope.set_param("json", Value("{\"k\": [1, \"two\", null]}"));
    scope.set_param("broken", std::nullopt);
    scope.set_env("HOME", "/home/u");
    Matrix m;
    m.axes = {{"os", {Value("linux"), Value("mac")}, 0, 1, 2},
              {"level", {}, 1, 1, 3},
              {"mixed", {Value(1), Value("a")}, 0, 1, 2}};
    m.included = {{{{"extra", Value("x")}}, false}};
    m.count = 12;
    shape = m;
    late.job = "render";
    late.shape = &shape;
    late.needs = {{"build", 0, false, false, &of_build},
                  {"parts", 1, false, true, &of_parts},
                  {"v1.2", 2, false, false, &of_parts}};
    late.jobs = &jobs;
    scope.late = &late;
  }
  AScope(const AScope&) = delete;
  AScope& operator=(const AScope&) = delete;
};

/// "= VALUE" for a constant (texts in quotes), "~ TYPES" for one that is late, else "COLUMN: message | hint" of each
/// fault, a line each; columns from 1.
inline std::string told(const std::optional<Expressed>& e, const std::vector<ExpressionFault>& faults) {
  std::string out;
  for (const auto& f : faults)
    out += (out.empty() ? "" : "\n") + std::to_string(f.at + 1) + ":" + (f.message.empty() ? "" : " " + f.message) +
           (f.hint.empty() ? "" : " | " + f.hint);
  if (!faults.empty() || !e) return out;
  if (is_late(e->formula)) return "~ " + e->types.text();
  const auto& v = e->formula.constant;
  return "= " + (v.as<std::string>() ? "'" + to_text(v) + "'" : to_text(v));
}

}  // namespace rota::jobs::test
