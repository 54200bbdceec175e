// Widths, cuts and what a terminal may be shown.
#include "scheduler/cli/paint.h"

#include <gtest/gtest.h>

namespace rota::cli {
namespace {

TEST(Paint, widths_count_columns_and_not_bytes) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("für"), 3u);
  EXPECT_EQ(display_width("日本"), 4u);
  EXPECT_EQ(display_width("e\u0301"), 1u);
  EXPECT_EQ(display_width("\xff\xfe"), 2u);
  EXPECT_EQ(display_width("\xe6\x97"), 2u);  // broken off
}

TEST(Paint, a_cut_keeps_the_width_and_whole_characters) {
  EXPECT_EQ(cut("abcdef", 6, false), "abcdef");
  EXPECT_EQ(cut("abcdef", 4, false), "abc~");
  EXPECT_EQ(cut("abcdef", 4, true), "abc…");
  EXPECT_EQ(cut("日本語", 4, false), "日~");
  EXPECT_EQ(cut("abc", 0, true), "");
}

TEST(Paint, padding_goes_by_columns) {
  EXPECT_EQ(padded("é", 3), "é  ");
  EXPECT_EQ(padded("7", 3, true), "  7");
  EXPECT_EQ(padded("long", 2), "long");
}

TEST(Paint, without_colour_nothing_is_added) {
  EXPECT_EQ(paint("x", Style::bad, false), "x");
  EXPECT_EQ(paint("x", Style::good, true), "\x1b[32mx\x1b[0m");
}

TEST(SafeLine, control_characters_are_escaped_but_tabs) {
  const auto safe = safe_line("a\tb\x07\x1b[2Jc\r", true);
  EXPECT_EQ(safe.find('\x1b'), std::string::npos);
  EXPECT_EQ(safe.find('\x07'), std::string::npos);
  EXPECT_EQ(safe.find('\r'), std::string::npos);
  EXPECT_NE(safe.find("a\tb"), std::string::npos);
  EXPECT_NE(safe.find("[2Jc"), std::string::npos);
}

TEST(SafeLine, colours_stay_and_end_with_the_line) {
  EXPECT_EQ(safe_line("\x1b[31mred", true), "\x1b[31mred\x1b[0m");
  EXPECT_EQ(safe_line("\x1b[31mred\x1b[m!", false), "red!");
}

TEST(SafeLine, what_only_looks_like_a_colour_is_escaped) {
  for (const auto* text : {"\x1b[31", "\x1b[31;1H", "\x1b]0;title\x07", "\x1b", "\x1b[?25l"})
    EXPECT_EQ(safe_line(text, true).find('\x1b'), std::string::npos) << text;
}

}  // namespace
}  // namespace rota::cli
