// The YAML of job files: what is taken, what is refused, and within which limits.
#include <gtest/gtest.h>

#include <chrono>

#include "jobs/read/bytes.h"
#include "jobs/read/yaml_tree.h"
#include "shared/limits.h"
#include "tests/unit/jobs/loading.h"

namespace rota::jobs {
namespace {

using namespace std::string_literals;
using test::findings;
using test::says;

const std::string kGood = "jobs:\n  a: {run: \"true\"}\n";

std::string repeated(std::string_view text, std::size_t n) {
  std::string out;
  for (std::size_t i = 0; i < n; ++i) out += text;
  return out;
}

TEST(Yaml, y01_a_thousand_million_laughs_are_refused_at_the_alias_that_goes_too_far) {
  std::string yaml = "x-0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]\n";
  for (int i = 1; i <= 12; ++i) {
    const auto before = "*a" + std::to_string(i - 1);
    yaml += "x-" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + repeated(", " + before, 9) + "]\n";
  }
  const auto found = findings(yaml + kGood);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_NE(found[0].find("aliases add more than 1000000 nodes (alias_nodes)"), std::string::npos) << found[0];
  EXPECT_TRUE(found[0].starts_with("6:") || found[0].starts_with("7:")) << found[0];
}

TEST(Yaml, y01_a_file_that_aliases_make_ten_times_larger_is_refused) {
  const auto list = "x-a: &a [1" + repeated(", 1", 1999) + "]\n";
  EXPECT_TRUE(
      says(list + "x-b: [*a" + repeated(", *a", 29) + "]\n" + kGood, "more than 10 times as large (alias_factor)"));
  EXPECT_TRUE(findings(list + "x-b: [*a" + repeated(", *a", 4) + "]\n" + kGood).empty());
}

TEST(Yaml, y01_small_files_may_repeat_themselves_at_will) {
  std::string yaml = "x-env: &env {" + std::string("A0: 1");
  for (int i = 1; i < 40; ++i) yaml += ", A" + std::to_string(i) + ": 1";
  yaml += "}\njobs:\n";
  for (int i = 0; i < 50; ++i) yaml += "  j" + std::to_string(i) + ": {run: x, env: *env}\n";
  EXPECT_EQ(test::plan(yaml).settings.size(), 2u);
}

TEST(Yaml, y01_a_node_within_itself_is_refused) {
  EXPECT_TRUE(says("x-a: &a [*a]\n" + kGood, "1:10 this alias lies inside the node that it names"));
  EXPECT_TRUE(says("&root jobs:\n  a: &j\n    run: x\n    args: [1, *j]\n", "4:15 this alias lies inside"));
  EXPECT_TRUE(says("x-a: &a {b: 1, <<: *a}\n" + kGood, "this alias lies inside"));
}

TEST(Yaml, y01_merge_bombs_are_refused) {
  std::string yaml = "x-0: &m0 {k0: 1}\n";
  for (int i = 1; i < 3000; ++i) {
    const auto n = std::to_string(i);
    yaml += "x-" + n + ": &m" + n + " {<<: *m" + std::to_string(i - 1) + ", k" + n + ": 1}\n";
  }
  const auto found = findings(yaml + kGood);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_NE(found[0].find("alias"), std::string::npos) << found[0];
}

TEST(Yaml, y02_two_hundred_thousand_brackets_are_refused_at_the_limit_of_depth) {
  const auto start = std::chrono::steady_clock::now();
  for (const auto* open : {"[", "{a: ", "- ", "? "}) {
    const auto found = findings("x-a: \n  " + repeated(open, 200'000));
    ASSERT_FALSE(found.empty()) << open;
    EXPECT_NE(found.back().find("nesting deeper than 64 levels (job_file_depth)"), std::string::npos) << found.back();
  }
  RecordProperty("ms", static_cast<int>((std::chrono::steady_clock::now() - start) / std::chrono::milliseconds(1)));
}

TEST(Yaml, nesting_is_taken_at_the_limit_and_refused_one_level_beyond) {
  const auto nested = [](std::size_t n) { return "x-a: " + repeated("[", n) + repeated("]", n) + "\n" + kGood; };
  EXPECT_TRUE(findings(nested(limits::kJobFileDepth - 1)).empty());  // the root is a level too
  EXPECT_TRUE(says(nested(limits::kJobFileDepth), "job_file_depth"));
}

TEST(Yaml, aliases_cannot_nest_beyond_the_limit_either) {
  const auto half = repeated("[", 40) + repeated("]", 40);
  EXPECT_TRUE(says("x-a: &a " + half + "\nx-b: " + repeated("[", 40) + "*a" + repeated("]", 40) + "\n" + kGood,
                   "job_file_depth"));
  EXPECT_TRUE(
      findings("x-a: &a " + half + "\nx-b: " + repeated("[", 20) + "*a" + repeated("]", 20) + "\n" + kGood).empty());
}

TEST(Yaml, y03_duplicates_unknown_keys_second_documents_and_tags_are_all_found) {
  const auto found = findings("jobs:\n  a: {run: x}\n  a: {run: !!str y}\n  b: {runn: x, run: x}\n");
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0], "3:3 'a' is given twice; it stands on line 2 already");
  EXPECT_TRUE(found[1].starts_with("3:12 tags"));
  EXPECT_EQ(found[2], "4:7 unknown field 'runn' | did you mean 'run'?");
  EXPECT_TRUE(says(kGood + "---\n" + kGood, "3:1 a second document"));
}

TEST(Yaml, y03_duplicates_are_found_in_large_maps_too) {
  std::string yaml = "jobs:\n";
  for (int i = 0; i < 1000; ++i) yaml += "  j" + std::to_string(i) + ": {run: x}\n";
  EXPECT_TRUE(says(yaml + "  j500: {run: x}\n", "1002:3 'j500' is given twice; it stands on line 502 already"));
}

TEST(Yaml, y05_nul_bad_utf8_and_control_characters_are_refused_by_name) {
  EXPECT_TRUE(says("jobs:\n  a: {run: \"x\0\"}\n"s, "2:14 a NUL byte"));
  EXPECT_TRUE(says("jobs:\n  a: {run: \"\xFF\"}\n", "2:13 byte 0xff is not UTF-8"));
  EXPECT_TRUE(says("jobs:\n  a: {run: \"\xC0\x80\"}\n", "is not UTF-8"));
  EXPECT_TRUE(says("jobs:\n  a: {run: \"\xED\xA0\x80\"}\n", "is not UTF-8"));
  EXPECT_TRUE(says("jobs:\n  a: {run: \"\x1b[31m\"}\n", "control character U+001B"));
  EXPECT_TRUE(says("jobs:\n  a: {run: \"\x04\"}\n", "control character U+0004"));  // the parser's own end mark
  EXPECT_EQ(findings("a: \xFF\n\x01\0"s).size(), 3u);
}

TEST(Yaml, y05_other_encodings_are_refused_by_name) {
  EXPECT_TRUE(says("\xEF\xBB\xBFjobs: {}\n", "1:1 the file begins with a byte order mark (BOM)"));
  EXPECT_TRUE(says("\xFF\xFEj\0o\0"s, "1:1 the file is UTF-16"));
  EXPECT_TRUE(says("\xFE\xFF\0j\0o"s, "1:1 the file is UTF-16"));
  EXPECT_TRUE(says("j\0o\0b\0"s, "1:1 the file is UTF-16"));
  EXPECT_TRUE(says("\xFF\xFE\0\0j\0\0\0"s, "1:1 the file is UTF-32"));
}

TEST(Yaml, y05_lines_may_end_as_windows_ends_them) {
  const auto plan = test::plan("jobs:\r\n  a:\r\n    run: |\r\n      one\r\n      two\r\n");
  EXPECT_EQ(std::get<RunText>(plan.jobs.at(0).action).text, "one\ntwo\n");
  EXPECT_TRUE(says("jobs:\r\n  a: {rn: x}\r\n", "2:7 unknown field 'rn'"));
  EXPECT_TRUE(says("jobs:\r  a: {run: x}\r", "carriage return without a line feed"));
}

TEST(Yaml, y05_a_file_is_taken_at_the_limit_of_size_and_refused_one_byte_beyond) {
  Findings within, beyond;
  std::string bytes(limits::kJobFileBytes, ' ');
  EXPECT_TRUE(check_bytes(bytes, within));
  bytes += ' ';
  EXPECT_FALSE(check_bytes(bytes, beyond));
  EXPECT_EQ(beyond.size(), 1u);
}

TEST(Yaml, tabs_are_taken_where_they_are_text_or_between_words) {
  EXPECT_TRUE(
      findings("jobs:\n  a:\n    run: |\n      cat <<-X\n      \tone\n      X\n  b: {run:\t\"x\"}\t# words\n").empty());
  EXPECT_TRUE(findings("jobs:\n  a:\n    run: \"one\n\ttwo\"\n").empty());
  EXPECT_TRUE(findings("jobs:\n\t# a comment\n  a: {run: x}\n\t\n").empty());
}

TEST(Yaml, merged_maps_give_what_the_map_itself_does_not) {
  const auto plan = test::plan(
      "x-a: &a {mode: thread, timeout: 5s}\nx-b: &b {mode: async, retry: 3}\n"
      "jobs:\n  one: {<<: *a, run: x}\n  two: {run: x, mode: process, <<: [*a, *b]}\n  three: {<<: [*a, *a, *b], run: "
      "x}\n");
  EXPECT_EQ(plan.jobs.at(0).mode, Mode::thread);
  EXPECT_EQ(plan.settings_of(plan.jobs[0]).timeout, std::chrono::seconds(5));
  EXPECT_EQ(plan.jobs.at(1).mode, Mode::process);
  EXPECT_EQ(plan.settings_of(plan.jobs[1]).retry.limit, 3u);
  EXPECT_EQ(plan.jobs.at(2).mode, Mode::thread);
}

TEST(Yaml, an_error_behind_an_anchor_is_told_once) {
  EXPECT_EQ(findings("x-a: &a {timeout: 5x}\njobs:\n  one: {<<: *a, run: x}\n  two: {<<: *a, run: x}\n").size(), 1u);
}

TEST(Yaml, a_quoted_merge_key_is_a_key_like_any_other) {
  EXPECT_TRUE(says("x-a: &a {mode: thread}\njobs:\n  one: {\"<<\": *a, run: x}\n", "unknown field '<<'"));
}

TEST(Yaml, a_stray_comma_ends_like_any_other_error) {
  for (const auto* yaml : {",", ", ", ",\n", "jobs: {}\n,", "[,", "{,}", "---\n,", ",,,,"})
    EXPECT_FALSE(findings(yaml).empty()) << yaml;
}

TEST(Yaml, columns_count_characters_not_bytes) {
  EXPECT_TRUE(says("jobs: {\"\xC3\xA9\xE2\x82\xAC\": {run: x}, b: {rn: x}}\n", "1:28 unknown field 'rn'"));
}

}  // namespace
}  // namespace rota::jobs
