// Formulas into values: what late names give, who is asked, and errors with their places.
#include "jobs/model/formula.h"

#include <gtest/gtest.h>

#include <random>

#include "jobs/model/functions.h"
#include "shared/limits.h"
#include "tests/unit/jobs/a_scope.h"

namespace rota::jobs {
namespace {

using Of = LateName::Of;

/// Values by kind of name; counts the questions.
class Known : public LateNames {
 public:
  Value output = Value(7);
  bool good = true;
  mutable int asked = 0;
  Result<Value> value(const LateName& name) const override {
    ++asked;
    switch (name.of) {
      case Of::matrix: return name.key == "os" ? Value("linux") : Value(2);
      case Of::need_output: return output;
      case Of::need_outcome: return Value("failed");
      case Of::run_id: return fail(Code::refused, "no number today");
      default: return Value(1);
    }
  }
  bool needs_succeeded() const override { return good; }
  bool need_failed() const override { return !good; }
};

Formula formula(const std::string& text) {
  test::AScope a;
  std::vector<ExpressionFault> faults;
  auto e =
      text.starts_with("if ") ? express_condition(text.substr(3), a.scope, faults) : express(text, a.scope, faults);
  EXPECT_TRUE(e) << text << ": " << test::told(e, faults);
  return e ? e->formula : Formula{};
}

/// The value as JSON-like text, or the error.
std::string evaluated(const std::string& text, const Known& names) {
  const auto v = evaluate(formula(text), names);
  return v ? to_text(*v) : to_text(v.error());
}

TEST(Evaluation, late_names_give_values_with_their_types) {
  Known names;
  EXPECT_EQ(evaluated("${{ matrix.os }}", names), "linux");
  EXPECT_EQ(evaluate(formula("${{ matrix.level + 1 }}"), names).value(), Value(3));
  EXPECT_EQ(evaluated("<${{ matrix.os }}-${{ matrix.level }}>", names), "<linux-2>");
  EXPECT_EQ(evaluated("${{ needs.build.outputs.size > 6 && matrix.os == 'linux' }}", names), "true");
  EXPECT_EQ(evaluated("${{ format('{0}/{1}', matrix.os, needs.build.outcome) }}", names), "linux/failed");
}

TEST(Evaluation, what_is_decided_is_not_asked_any_further) {
  Known names;
  EXPECT_EQ(evaluated("${{ matrix.os == 'mac' && matrix.level == 1 }}", names), "false");
  EXPECT_EQ(names.asked, 1);
  EXPECT_EQ(evaluated("${{ matrix.os == 'linux' || run.id == 1 }}", names), "true");
  EXPECT_EQ(evaluated("${{ default(matrix.os, 'x' + run.name) }}", names), "linux");
  EXPECT_EQ(names.asked, 3);
}

TEST(Evaluation, default_takes_the_place_of_what_is_missing_or_empty) {
  Known names;
  for (const auto& missing : {Value(), Value("")}) {
    names.output = missing;
    EXPECT_EQ(evaluated("${{ default(needs.build.outputs.name, 'none') }}", names), "none");
  }
  for (const auto& there : {Value(0), Value(false)}) {
    names.output = there;
    EXPECT_EQ(evaluated("${{ default(needs.build.outputs.doc, 'none') }}", names), to_text(there));
  }
}

TEST(Evaluation, errors_say_where_and_what) {
  Known names;
  EXPECT_EQ(evaluated("a ${{ run.id }}", names), "0:6: no number today");
  names.output = Value("text");
  EXPECT_EQ(evaluated("${{ needs.build.outputs.doc + 1 }}", names),
            "0:28: '+' adds two numbers or joins two texts, got string and int");
  EXPECT_EQ(evaluated("${{ needs.build.outputs.doc && true }}", names), "0:28: '&&' wants true or false, got string");
  EXPECT_EQ(evaluated("${{ from_json(needs.build.outputs.name) }}", names),
            "0:4: from_json(): a value was expected at byte 1, got 't'");
  names.output = Value();
  EXPECT_EQ(evaluated("x ${{ needs.build.outputs.name }}", names),
            "0:6: there is no value to put into a text: default(..., '') gives one");
}

TEST(Evaluation, a_condition_is_true_or_false_and_nothing_else) {
  Known names;
  const auto holds = [&](const std::string& text) { return evaluate_condition(formula("if " + text), names); };
  EXPECT_TRUE(holds("success() && always() && !failure()").value());
  names.good = false;
  EXPECT_FALSE(holds("success()").value());
  EXPECT_TRUE(holds("failure() && needs.build.outcome == 'failed'").value());
  const auto odd = holds("needs.build.outputs.doc");
  ASSERT_FALSE(odd);
  EXPECT_EQ(to_text(odd.error()), "0:0: 'if' wants true or false, got int");
}

TEST(Evaluation, a_value_has_a_largest_size_and_depth) {
  Known names;
  names.output = Value(std::string(limits::kExpressionBytes / 2, 'x'));
  EXPECT_TRUE(evaluate(formula("${{ needs.build.outputs.name }}"), names));
  for (const auto* text : {"${{ needs.build.outputs.name + needs.build.outputs.name + '+' }}",
                           "${{ format('{0}{0}{0}', needs.build.outputs.name) }}",
                           "${{ needs.build.outputs.name }}${{ needs.build.outputs.name }}!"})
    EXPECT_NE(evaluated(text, names).find("expression_bytes"), std::string::npos) << text;
  Value deep(1);
  for (std::uint64_t i = 0; i <= limits::kJobFileDepth; ++i) deep = Value(ValueList{deep});
  names.output = deep;
  EXPECT_NE(evaluated("${{ needs.build.outputs.doc }}", names).find("levels deep"), std::string::npos);
}

TEST(Evaluation, numbers_are_equal_when_they_are_the_same_number) {
  const auto equal = [](const Value& a, const Value& b) {
    const Value two[] = {a, b};
    return apply_operation(Operation::equal, two).value() == Value(true);
  };
  EXPECT_TRUE(equal(Value(1), Value(1.0)));
  EXPECT_FALSE(equal(Value(1), Value("1")));
  EXPECT_FALSE(equal(Value(std::int64_t{9007199254740993}), Value(std::int64_t{9007199254740992})));
  EXPECT_TRUE(
      equal(Value(ValueMap{{"a", Value(1)}, {"b", Value(2)}}), Value(ValueMap{{"b", Value(2)}, {"a", Value(1)}})));
  EXPECT_FALSE(equal(Value(std::numeric_limits<double>::quiet_NaN()), Value(std::numeric_limits<double>::quiet_NaN())));
}

Formula random_formula(std::mt19937& random, int depth) {
  Formula f;
  f.kind = static_cast<Formula::Kind>(random() % 6);
  if (depth == 0 && random() % 4) f.kind = Formula::Kind::constant;
  f.operation = static_cast<Operation>(random() % (static_cast<unsigned>(Operation::last_) + 1));
  f.name.of = static_cast<Of>(random() % (static_cast<unsigned>(Of::last_) + 1));
  const Value values[] = {Value(),
                          Value(true),
                          Value(3),
                          Value(1.5),
                          Value("{0}{"),
                          Value("[1]"),
                          Value(ValueList{Value(1)}),
                          Value(ValueMap{{"k", Value("v")}})};
  f.constant = values[random() % std::size(values)];
  if (depth > 0) {
    for (auto n = random() % 4; n > 0; --n) f.parts.push_back(random_formula(random, depth - 1));
  }
  if (random() % 2) f.keys.push_back("k");
  return f;
}

TEST(Evaluation, any_formula_comes_to_a_value_or_an_error) {
  Known names;
  std::size_t good = 0;
  for (std::uint32_t seed = 1; seed <= 20'000; ++seed) {
    std::mt19937 random(seed);
    const auto v = evaluate(random_formula(random, 4), names);
    good += v.has_value();
    ASSERT_TRUE(v || !v.error().what.empty()) << seed;
  }
  EXPECT_GT(good, 1000u);
}

}  // namespace
}  // namespace rota::jobs
