// The grammar of expressions, by tables; and that nothing makes it stumble.
#include "jobs/read/expression.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <random>
#include <sstream>

#include "shared/limits.h"
#include "shared/wire/codec.h"
#include "tests/support/paths.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/jobs/a_scope.h"

namespace rota::jobs {
namespace {

struct Row {
  std::size_t line = 0;
  std::string text, told;
};

/// Rows of a table: a line, and below it, indented by four, what is told of it.
std::vector<Row> rows_of(const std::string& name) {
  std::vector<Row> rows;
  std::size_t number = 0;
  std::istringstream lines(rota::test::read_file(rota::test::source_path("tests/unit/jobs/" + name)));
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.starts_with("#") || line.empty()) continue;
    if (line.starts_with("    ") && !rows.empty()) {
      rows.back().told += (rows.back().told.empty() ? "" : "\n") + line.substr(4);
    } else {
      rows.push_back({number, line, ""});
    }
  }
  return rows;
}

using Express = std::optional<Expressed> (*)(std::string_view, const Scope&, std::vector<ExpressionFault>&);

std::optional<Expressed> express_text(std::string_view s, const Scope& scope, std::vector<ExpressionFault>& faults) {
  return express(s, scope, faults);
}

std::size_t check_table(const std::string& name, Express express_one) {
  const auto rows = rows_of(name);
  for (const auto& row : rows) {
    test::AScope a;
    std::vector<ExpressionFault> faults;
    EXPECT_EQ(test::told(express_one(row.text, a.scope, faults), faults), row.told)
        << name << ':' << row.line << ": " << row.text;
  }
  return rows.size();
}

TEST(Expressions, come_to_what_the_table_says) { EXPECT_GE(check_table("expressions.txt", express_text), 120u); }

TEST(Conditions, come_to_what_the_table_says) { EXPECT_GE(check_table("conditions.txt", express_condition), 20u); }

TEST(Expressions, escapes_in_double_quotes_are_those_of_most_languages) {
  test::AScope a;
  std::vector<ExpressionFault> faults;
  const auto e = express(R"(${{ "a \"b\" \\ \n\t" }})", a.scope, faults);
  ASSERT_TRUE(e && faults.empty());
  EXPECT_EQ(e->formula.constant, Value("a \"b\" \\ \n\t"));
}

TEST(Expressions, chains_are_not_deep_and_nesting_has_a_limit) {
  test::AScope a;
  std::vector<ExpressionFault> faults;
  std::string sum = "1";
  for (int i = 0; i < 500; ++i) sum += " + 1";
  const auto e = express("${{ " + sum + " }}", a.scope, faults);
  ASSERT_TRUE(e);
  EXPECT_EQ(e->formula.constant, Value(501));
  const auto nested = [&](std::uint64_t n) {
    std::vector<ExpressionFault> found;
    const auto whole = std::string(n, '!') + "(matrix.os == 'a')";
    return express("${{ " + whole + " }}", a.scope, found).has_value();
  };
  EXPECT_TRUE(nested(limits::kExpressionDepth - 1));
  EXPECT_FALSE(nested(limits::kExpressionDepth));
}

TEST(Expressions, names_of_arrays_and_hooks_are_known_where_they_mean_something) {
  test::AScope a;
  a.shape = Array{0, 1, 10};
  a.late.in_hook = true;
  for (const auto* text : {"${{ array.index }}", "${{ array.count }}", "${{ run.outcome }}", "${{ run.failed }}"}) {
    std::vector<ExpressionFault> faults;
    EXPECT_TRUE(express(text, a.scope, faults)) << text;
  }
  a.late.needs[1].each = true;
  std::vector<ExpressionFault> faults;
  const auto one = express("${{ needs.parts.outputs.path }}", a.scope, faults);
  ASSERT_TRUE(one);
  EXPECT_TRUE(one->types.has(Types::string()) && !one->types.has(Types::list()));
}

const std::vector<std::string> kPieces{"${{",
                                       "}}",
                                       "params.n",
                                       "params.",
                                       "matrix.os",
                                       "matrix",
                                       "needs.build.outputs.size",
                                       "needs.",
                                       ".outputs.",
                                       "env.HOME",
                                       "(",
                                       ")",
                                       ",",
                                       "==",
                                       "!=",
                                       "<",
                                       "<=",
                                       "&&",
                                       "||",
                                       "!",
                                       "+",
                                       "'",
                                       "\"",
                                       "'a'",
                                       "\"b\"",
                                       "1",
                                       "0x",
                                       "1e3",
                                       ".",
                                       "-",
                                       " ",
                                       "\n",
                                       "\\",
                                       "contains(",
                                       "join(",
                                       "format('{0}',",
                                       "hash(",
                                       "default(",
                                       "from_json(",
                                       "success()",
                                       "true",
                                       "null",
                                       "\xC3\xA9",
                                       "\xff",
                                       "[",
                                       "$",
                                       "a",
                                       "{",
                                       "}"};

TEST(Expressions, y08_any_pieces_are_read_or_refused_and_what_is_read_can_be_stored) {
  std::size_t good = 0;
  for (std::uint32_t seed = 1; seed <= 20'000; ++seed) {
    std::mt19937 random(seed);
    std::string text = random() % 2 ? "${{ " : "";
    for (auto n = 1 + random() % 12; n > 0; --n) text += kPieces[random() % kPieces.size()];
    if (random() % 2) text += " }}";
    test::AScope a;
    for (const auto express_one : {Express(express_condition), Express(express_text)}) {
      std::vector<ExpressionFault> faults;
      const auto e = express_one(text, a.scope, faults);
      ASSERT_EQ(e.has_value(), faults.empty()) << seed << ": " << text;
      for (const auto& f : faults) ASSERT_LE(f.at, text.size()) << seed << ": " << text;
      if (!e) continue;
      ++good;
      Formula back;
      ASSERT_TRUE(wire::decode(wire::encoded(e->formula), back));
      ASSERT_EQ(back, e->formula) << text;
    }
  }
  EXPECT_GT(good, 500u);
}

RC_GTEST_PROP(Expressions, any_bytes_are_read_or_refused, (const std::string& bytes)) {
  test::AScope a;
  for (const auto& text : {"${{" + bytes + "}}", bytes, bytes + "${{"}) {
    std::vector<ExpressionFault> faults;
    const auto e = express(text, a.scope, faults);
    RC_ASSERT(e.has_value() == faults.empty());
  }
}

}  // namespace
}  // namespace rota::jobs
