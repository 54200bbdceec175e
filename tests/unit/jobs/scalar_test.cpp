// Y4: what scalars are by YAML 1.2's core rules, as values and as fields.
#include "jobs/read/scalar.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/unit/jobs/loading.h"

namespace rota::jobs {
namespace {

TEST(Scalars, y04_follow_the_core_rules_of_yaml_1_2) {
  struct Row {
    const char *text, *type;
  };
  for (const auto& [text, type] : std::vector<Row>{{"no", "string"},       {"yes", "string"},
                                                   {"on", "string"},       {"true", "bool"},
                                                   {"False", "bool"},      {"tRUE", "string"},
                                                   {"010", "int"},         {"0o17", "int"},
                                                   {"0o8", "string"},      {"0x1F", "int"},
                                                   {"0b1", "string"},      {"-1", "int"},
                                                   {"+1", "int"},          {"+-1", "string"},
                                                   {"1_000", "string"},    {"1e3", "float"},
                                                   {"1.", "float"},        {".5", "float"},
                                                   {"3.10", "float"},      {".", "string"},
                                                   {"1e", "string"},       {"1.2.3", "string"},
                                                   {"12:30:00", "string"}, {".nan", "float"},
                                                   {"-.inf", "float"},     {"nan", "string"},
                                                   {"inf", "string"},      {"1e999", "float"},
                                                   {"1s", "string"},       {"2026-01-01", "string"},
                                                   {"-0x10", "string"},    {"", "string"},
                                                   {"-", "string"},        {"9223372036854775807", "int"}}) {
    const auto value = core_value(text);
    ASSERT_TRUE(value) << text;
    EXPECT_EQ(type_name(*value), type) << text;
    EXPECT_EQ(to_text(*value), text);
  }
}

TEST(Scalars, y04_have_the_values_that_they_say) {
  EXPECT_EQ(**core_integer("010"), 10);
  EXPECT_EQ(**core_integer("0o10"), 8);
  EXPECT_EQ(**core_integer("0x10"), 16);
  EXPECT_EQ(*core_float("1e3"), 1000.0);
  EXPECT_EQ(*core_float("+.5"), 0.5);
  EXPECT_TRUE(std::isnan(*core_float(".nan")));
  EXPECT_EQ(*core_float("-.inf"), -HUGE_VAL);
  EXPECT_EQ(*core_float("1e-999"), 0.0);
  EXPECT_EQ(*core_float("-1e999"), -HUGE_VAL);
}

TEST(Scalars, y04_integers_beyond_64_bits_are_refused) {
  for (const auto* text : {"9223372036854775808", "-9223372036854775809", "99999999999999999999", "0x8000000000000000"})
    EXPECT_FALSE(core_value(text)) << text;
  EXPECT_TRUE(test::says("jobs: {a: {run: x, args: [99999999999999999999]}}", "a whole number has at most 64 bits"));
}

TEST(Scalars, y04_keep_their_text_where_text_is_wanted) {
  const auto job = test::job("command: [echo, 3.10, 007, no, 0x1F, ~x, 1e3]");
  EXPECT_EQ(std::get<CommandLine>(job.action).argv,
            (std::vector<std::string>{"echo", "3.10", "007", "no", "0x1F", "~x", "1e3"}));
  EXPECT_EQ(test::settings("run: x, env: {V: 3.10, W: no, X: 010}").env,
            (std::vector<std::pair<std::string, std::string>>{{"V", "3.10"}, {"W", "no"}, {"X", "010"}}));
}

TEST(Scalars, y04_are_checked_where_a_number_or_a_truth_is_wanted) {
  for (const auto* text : {"no", "1e3", "-1", "99999999999999999999", ".nan", "\"3\"", "1.0", "[1]", "{limit: true}"})
    EXPECT_TRUE(
        test::says(std::string("jobs: {a: {run: x, retry: ") + text + "}}", "takes a whole number from 0 to 1000"))
        << text;
  EXPECT_EQ(test::settings("run: x, retry: 0x10").retry.limit, 16u);
  EXPECT_EQ(test::settings("run: x, retry: 010").retry.limit, 10u);
  for (const auto* text : {"no", "yes", "1", "\"true\"", "~"})
    EXPECT_TRUE(test::says(std::string("jobs: {a: {run: x, daemon: ") + text + "}}", "takes true or false")) << text;
}

TEST(Scalars, in_quotes_are_text_as_arguments) {
  const auto args = test::job("run: x, args: [5, \"5\", true, 'true', 1.5]").args;
  ASSERT_EQ(args.size(), 5u);
  EXPECT_EQ(type_name(args[0]), "int");
  EXPECT_EQ(type_name(args[1]), "string");
  EXPECT_EQ(type_name(args[2]), "bool");
  EXPECT_EQ(type_name(args[3]), "string");
  EXPECT_EQ(type_name(args[4]), "float");
}

}  // namespace
}  // namespace rota::jobs
