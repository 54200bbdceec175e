// Parameters and the one substitution.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "jobs/read/expression.h"
#include "tests/unit/jobs/loading.h"

namespace rota::jobs {
namespace {

using test::says;

LoadOptions with(std::vector<std::pair<std::string, std::string>> params,
                 std::vector<std::pair<std::string, std::string>> env = {}) {
  auto o = test::options();
  o.params = std::move(params);
  o.env = std::move(env);
  return o;
}

Value param(const std::string& declaration, const std::string& given) {
  const auto p = test::plan("params: {p: " + declaration + "}\njobs: {a: {run: x}}", with({{"p", given}}));
  return p.params.empty() ? Value() : p.params.at(0).second;
}

TEST(Params, have_the_type_of_their_default_or_the_declared_one) {
  EXPECT_EQ(param("5", "7"), Value(7));
  EXPECT_EQ(param("1.5", "2"), Value(2.0));
  EXPECT_EQ(param("true", "false"), Value(false));
  EXPECT_EQ(param("text", "7"), Value("7"));
  EXPECT_EQ(param("\"5\"", "x"), Value("x"));
  EXPECT_EQ(param("{type: int}", "0x10"), Value(16));
  EXPECT_EQ(param("{type: string}", "3.10"), Value("3.10"));
  EXPECT_EQ(param("{type: duration, default: 5}", "1m"), Value("1m"));
  EXPECT_EQ(param("{type: float, default: 1, min: 0, max: 2, description: d}", "2"), Value(2.0));
  EXPECT_EQ(param("{default: a, enum: [a, b]}", "b"), Value("b"));
}

TEST(Params, given_ones_are_checked_like_written_ones) {
  const std::string file =
      "params: {n: {type: int, default: 1, min: 0, max: 9}, d: {type: duration, default: 1s, max: 1m}, e: {default: a, "
      "enum: [a, b]}}\njobs: {a: {run: x}}";
  EXPECT_TRUE(says(file, "1:10 param 'n' takes a whole number, got 'five' (-p)", with({{"n", "five"}})));
  EXPECT_TRUE(says(file, "param 'n' is 10; its 'max' is 9", with({{"n", "10"}})));
  EXPECT_TRUE(says(file, "param 'n' is -1; its 'min' is 0", with({{"n", "-1"}})));
  EXPECT_TRUE(says(file, "param 'd' is 2m; its 'max' is 1m", with({{"d", "2m"}})));
  EXPECT_TRUE(says(file, "param 'e' is c; it takes one of: a, b", with({{"e", "c"}})));
  EXPECT_TRUE(test::findings(file, with({{"n", "9"}, {"d", "1m"}, {"e", "b"}})).empty());
}

TEST(Params, unknown_ones_are_refused_with_a_suggestion) {
  EXPECT_TRUE(says("params: {count: 1}\njobs: {a: {run: x}}",
                   "0:0 param 'cuont' (-p) is not declared in the file's 'params' | did you mean 'count'?",
                   with({{"cuont", "2"}})));
  EXPECT_TRUE(says("jobs: {a: {run: x}}", "is not declared", with({{"x", ""}})));
}

TEST(Params, required_ones_are_asked_for_by_name) {
  const std::string file = "params: {token: {type: string}}\njobs: {a: {command: [echo, '${{ params.token }}']}}";
  const auto found = test::findings(file);
  ASSERT_EQ(found.size(), 1u);  // its uses are not errors of their own
  EXPECT_EQ(found[0], "1:10 param 'token' has no value | give it with -p token=VALUE");
  EXPECT_TRUE(test::findings(file, with({{"token", "t"}})).empty());
}

TEST(Params, the_last_of_two_given_counts) {
  EXPECT_EQ(test::plan("params: {n: 1}\njobs: {a: {run: x}}", with({{"n", "2"}, {"n", "3"}})).params.at(0).second,
            Value(3));
}

TEST(Substitution, a_whole_expression_keeps_its_type_and_one_within_text_becomes_text) {
  const auto p = test::plan(
      "params: {n: 5, v: 3.10, flag: true}\njobs:\n"
      "  a: {target: print_numbers, args: ['${{ params.n }}'], kwargs: {delay: '${{params.v}}'}}\n"
      "  b: {target: echo, args: ['a-${{ params.n }}-b', '${{ params.v }}', ' ${{ params.flag }}']}\n");
  EXPECT_EQ(p.jobs.at(0).args.at(0), Value(5));
  EXPECT_EQ(type_name(p.jobs.at(0).kwargs.at(0).second), "float");
  EXPECT_EQ(p.jobs.at(1).args.at(0), Value("a-5-b"));
  EXPECT_EQ(to_text(p.jobs.at(1).args.at(1)), "3.10");
  EXPECT_EQ(p.jobs.at(1).args.at(2), Value(" true"));
}

TEST(Substitution, happens_in_args_kwargs_env_and_command) {
  const auto p = test::plan(
      "params: {x: 1}\nenv: {A: 'a${{ params.x }}', B: 'b-${{ env.A }}'}\njobs:\n"
      "  a: {command: ['${{ env.B }}', 'x${{ params.x }}${{ params.x }}'], env: {C: '${{ env.A }}'}, args: ['${{ "
      "env.HOME }}']}\n"
      "  b: {run: x, args: ['${{ params.x }}']}\n",
      with({}, {{"HOME", "/home/u"}, {"A", "outer"}}));
  EXPECT_EQ(p.env.at(1).second, "b-a1");
  EXPECT_EQ(std::get<CommandLine>(p.jobs.at(0).action).argv, (std::vector<std::string>{"b-a1", "x11", "/home/u"}));
  EXPECT_EQ(p.settings_of(p.jobs.at(0)).env.at(0).second, "a1");
  EXPECT_EQ(p.jobs.at(1).args.at(0), Value(1));
}

TEST(Substitution, a_variable_may_extend_what_the_caller_has) {
  EXPECT_EQ(test::plan("env: {PATH: '/opt/bin:${{ env.PATH }}'}\njobs: {a: {run: x}}", with({}, {{"PATH", "/bin"}}))
                .env.at(0)
                .second,
            "/opt/bin:/bin");
}

TEST(Substitution, reaches_into_lists_and_maps_of_arguments) {
  // No built-in target takes a list: the finding shows the value that arrived.
  EXPECT_TRUE(says("params: {x: 1}\njobs: {a: {target: checksum, args: [[a, {k: '${{ params.x }}'}]]}}",
                   "got the list [\"a\",{\"k\":1}]"));
}

TEST(Substitution, every_fault_of_a_text_is_told) {
  const auto found = test::findings("jobs: {a: {command: [echo, 'x ${{ params.a }} ${{ env.NOPE }} ${{ what }}']}}");
  ASSERT_EQ(found.size(), 3u);
  EXPECT_TRUE(found[0].starts_with("1:42 ")) << found[0];
}

TEST(Substitution, dollars_of_the_shell_are_left_alone) {
  EXPECT_EQ(std::get<RunText>(test::job("run: 'echo $X ${X} $(x) `x` $$ {{x}}'").action).text,
            "echo $X ${X} $(x) `x` $$ {{x}}");
}

RC_GTEST_PROP(Substitution, y08_any_value_arrives_as_it_was_given, (const std::string& text)) {
  Scope scope;
  scope.set_param("x", Value(text));
  std::vector<ExpressionFault> faults;
  const auto alone = express("${{ params.x }}", scope, faults);
  const auto within = express("<${{ params.x }}>", scope, faults);
  RC_ASSERT(faults.empty());
  RC_ASSERT(alone && alone->formula.constant == Value(text));
  RC_ASSERT(within && within->formula.constant == Value("<" + text + ">"));
}

RC_GTEST_PROP(Substitution, any_text_is_replaced_or_refused, ()) {
  static const std::vector<std::string> pieces{"${{",    "}}", "params", ".", "x",  " ",       "env",
                                               "matrix", "$",  "{",      "-", "\n", "\xC3\xA9"};
  std::string text;
  for (const auto i : *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, pieces.size())))
    text += pieces[i];
  Scope scope;
  scope.set_param("x", Value(1));
  std::vector<ExpressionFault> faults;
  const auto e = express(text, scope, faults);
  RC_ASSERT(e.has_value() == faults.empty());
}

}  // namespace
}  // namespace rota::jobs
