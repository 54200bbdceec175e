// Findings as they are shown.
#include <gtest/gtest.h>

#include "tests/unit/jobs/loading.h"

namespace rota::jobs {
namespace {

std::string shown(const std::string& yaml, const std::string& path = "f.yaml") {
  const auto result = test::loaded(yaml);
  const auto* found = std::get_if<std::vector<Diagnostic>>(&result);
  return found ? render(*found, {path, yaml}) : "";
}

TEST(Rendering, reads_like_a_compilers) {
  EXPECT_EQ(shown("jobs:\n  a: {taget: noop}\n  b: {run: x, mode: procss}\n"),
            "f.yaml:2:7: error: unknown field 'taget'\n"
            "    2 |   a: {taget: noop}\n"
            "      |       ^\n"
            "        did you mean 'target'?\n"
            "f.yaml:3:21: error: 'mode' takes thread, process or async, got 'procss'\n"
            "    3 |   b: {run: x, mode: procss}\n"
            "      |                     ^\n"
            "        did you mean 'process'?\n"
            "2 errors in f.yaml\n");
}

TEST(Rendering, of_what_has_no_place_names_the_file) {
  EXPECT_EQ(shown("# nothing\n"), "f.yaml: error: the file is empty; it needs 'jobs:' at least\n1 error in f.yaml\n");
}

TEST(Rendering, puts_the_caret_under_the_character_whatever_its_width) {
  EXPECT_NE(shown("jobs: {\"\xC3\xA9\": {rn: x}, \"\xE4\xB8\xAD\": {rn: x}}\n").find("      |        ^\n"),
            std::string::npos);
  const auto wide = shown("x-\xE4\xB8\xAD: 1\njobs: {a: {run: x}} # \xE4\xB8\xAD\n");
  EXPECT_EQ(wide, "");
  const auto text = shown("{x-\xE4\xB8\xAD: 1, rn: 2, jobs: {a: {run: x}}}\n");
  EXPECT_NE(text.find("f.yaml:1:10: error"), std::string::npos) << text;
  EXPECT_NE(text.find("      |           ^\n"), std::string::npos) << text;  // one column more: the character is wide
}

TEST(Rendering, of_a_long_line_shows_the_part_around_the_caret) {
  const auto text =
      shown("jobs: {a: {args: [" + std::string(5000, 'x') + "], rn: x, y: [" + std::string(5000, 'y') + "]}}\n");
  for (std::size_t from = 0; from < text.size();) {
    const auto end = text.find('\n', from);
    EXPECT_LT(end - from, 200u);
    from = end + 1;
  }
  EXPECT_NE(text.find("...xxx"), std::string::npos);
}

TEST(Rendering, is_safe_for_a_terminal) {
  const auto text = shown("jobs: {\"\\e[31m\": {run: x}, a: {\"\xE2\x80\xAE\": 1, run: x}, b: {run: \"\x1b[0m\"}}\n",
                          "evil\x1b[2J.yaml");
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("evil\\x1b[2J.yaml"), std::string::npos);
  const auto bidi = shown("jobs: {a: {\"\xE2\x80\xAE\": 1, run: x}}\n");
  EXPECT_EQ(bidi.find("\xE2\x80\xAE"), std::string::npos);
}

TEST(Rendering, a_tab_before_the_caret_takes_one_column) {
  EXPECT_NE(shown("jobs:\n  a:\t{rn: x}\n").find("    2 |   a: {rn: x}\n      |       ^\n"), std::string::npos);
}

TEST(Rendering, of_a_megabyte_of_name_stays_short) {
  EXPECT_LT(shown("jobs: {a: {run: x, needs: [" + std::string(1'000'000, 'n') + "]}}\n").size(), 5000u);
}

}  // namespace
}  // namespace rota::jobs
