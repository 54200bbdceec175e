// What a job writes to $ROTA_OUTPUT: every form, every type, every mistake with its line.
#include "shared/output/values.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "shared/limits.h"

namespace rota::output {
namespace {

const std::vector<DeclaredValue> kDeclared{{"count", OutputType::integer}, {"ratio", OutputType::number},
                                           {"fine", OutputType::boolean},  {"text", OutputType::string},
                                           {"tree", OutputType::json}};

Values parsed(std::string_view text) { return parse_values(text, kDeclared); }

TEST(Values, every_type_is_read_from_its_line) {
  const auto v = parsed("count=42\nratio=1e-3\nfine=true\ntext=a = b\n\ntree={\"a\": [1, 2.5, null, \"\\u00e9\"]}");
  EXPECT_EQ(v.fault, "");
  const ValueMap expected{{"count", 42},
                          {"ratio", 1e-3},
                          {"fine", true},
                          {"text", "a = b"},
                          {"tree", ValueMap{{"a", ValueList{1, 2.5, Value(), "é"}}}}};
  EXPECT_EQ(v.values, expected);
}

TEST(Values, a_block_holds_lines_up_to_its_delimiter) {
  EXPECT_EQ(parsed("text<<END\none\n\ntwo=2\nEND \nEND\ncount=1\n").values,
            (ValueMap{{"text", "one\n\ntwo=2\nEND "}, {"count", 1}}));
  EXPECT_EQ(parsed("text<<E\nE\n").values, (ValueMap{{"text", ""}}));
  EXPECT_EQ(parsed("text<<E\n\nE").values, (ValueMap{{"text", ""}}));
  EXPECT_EQ(parsed("text=a<<b\n").values, (ValueMap{{"text", "a<<b"}}));
}

TEST(Values, the_last_of_a_name_counts_and_what_is_missing_is_absent) {
  EXPECT_EQ(parsed("count=1\ncount=2\n").values, (ValueMap{{"count", 2}}));
  EXPECT_TRUE(parsed("").values.empty());
  EXPECT_EQ(parsed("").fault, "");
}

TEST(Values, a_mistake_names_its_line_and_what_was_expected_and_the_rest_is_kept) {
  const auto fault = [](std::string_view text) { return parsed(text).fault; };
  EXPECT_EQ(fault("fine=true\ncuont=1\n"),
            "line 2 of $ROTA_OUTPUT: 'cuont' is not declared under `outputs`; did you mean 'count'?");
  EXPECT_EQ(fault("count=a lot\n"),
            "line 1 of $ROTA_OUTPUT: 'count' must be a whole number of 64 bits (int), not 'a lot'");
  EXPECT_EQ(fault("count=9223372036854775808\n"),
            "line 1 of $ROTA_OUTPUT: 'count' must be a whole number of 64 bits (int), not '9223372036854775808'");
  EXPECT_EQ(fault("ratio=nan\n"), "line 1 of $ROTA_OUTPUT: 'ratio' must be a finite number (float), not 'nan'");
  EXPECT_EQ(fault("fine=yes\n"), "line 1 of $ROTA_OUTPUT: 'fine' must be true or false (bool), not 'yes'");
  EXPECT_TRUE(fault("tree={\"a\":}\n").starts_with("line 1 of $ROTA_OUTPUT: 'tree' "));
  EXPECT_EQ(fault("hello\n"), "line 1 of $ROTA_OUTPUT: expected NAME=VALUE or NAME<<DELIMITER, not 'hello'");
  EXPECT_EQ(fault("text<<\n"), "line 1 of $ROTA_OUTPUT: expected a delimiter behind <<, such as NAME<<END");
  EXPECT_EQ(fault("text<<END\nmore\n"),
            "line 1 of $ROTA_OUTPUT: the line 'END' that ends this value is missing");
  const auto two = parsed("count=1\nnope\nfine=maybe\n");
  EXPECT_EQ(two.values, (ValueMap{{"count", 1}}));
  EXPECT_TRUE(two.fault.ends_with(" (and 1 more)"));
}

TEST(Values, together_they_are_at_most_the_limit) {
  EXPECT_EQ(parsed("text=" + std::string(limits::kOutputBytes - 4, 'x')).fault, "");
  const auto over = parsed("text=" + std::string(limits::kOutputBytes - 3, 'x'));
  EXPECT_TRUE(over.values.empty());
  EXPECT_EQ(over.fault,
            "outputs: names and values are 65537 bytes, the limit is 65536 (output_bytes); leave larger results in a "
            "file");
}

TEST(Values, what_a_target_returns_is_checked_and_what_it_offers_besides_is_left_out) {
  const auto v = check_values({{"count", 3}, {"ratio", 2}, {"other", "x"}, {"fine", "true"}}, kDeclared);
  EXPECT_EQ(v.values, (ValueMap{{"count", 3}, {"ratio", 2.0}}));
  EXPECT_EQ(v.fault, "outputs: 'fine' of the target must be true or false (bool), not a string");
}

RC_GTEST_PROP(Values, any_text_is_read_without_harm, (const std::string& text)) {
  const auto v = parsed(text);
  RC_ASSERT(v.faults == 0 || !v.fault.empty());
}

RC_GTEST_PROP(Values, near_misses_of_the_form_are_read_without_harm, ()) {
  const auto pieces = *rc::gen::container<std::vector<std::string>>(
      rc::gen::element<std::string>("count", "text", "tree", "=", "<<", "\n", "END", "{", "[", "\"", "\\u", "d800", ":",
                                    ",", "1", "e", "-", ".", "\0", "\r", " "));
  std::string text;
  for (const auto& p : pieces) text += p;
  const auto v = parsed(text);
  RC_ASSERT(size_of(v.values) <= limits::kOutputBytes);
  for (const auto& [name, value] : v.values) {
    const bool declared = std::any_of(kDeclared.begin(), kDeclared.end(), [&](auto& d) { return d.name == name; });
    RC_ASSERT(declared);
  }
}

RC_GTEST_PROP(Values, a_text_comes_back_from_a_block_as_it_was, (std::string text)) {
  std::erase(text, '\0');
  const auto v = parsed("text<<a-delimiter-that-is-not-in-it\n" + text + "\na-delimiter-that-is-not-in-it\n");
  RC_ASSERT(v.fault.empty());
  RC_ASSERT(v.values == (ValueMap{{"text", text}}));
}

RC_GTEST_PROP(Values, what_is_printed_as_json_is_read_back, (std::int64_t n, std::string s)) {
  for (auto& c : s) c = static_cast<char>(c & 0x7f);
  const Value v(ValueMap{{"n", Value(n)}, {s, Value(ValueList{Value(s), Value(true), Value()})}});
  if (s == "n") return;
  const auto read = value_from_text(to_text(v), OutputType::json);
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == v);
}

}  // namespace
}  // namespace rota::output
