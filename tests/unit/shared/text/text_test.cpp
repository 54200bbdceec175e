// Sizes, suggestions, UTF-8, escaping and calendar texts.
#include "shared/text/text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>

#include "shared/text/utf8.h"

namespace rota::text {
namespace {

using namespace std::string_literals;

TEST(Sizes, every_unit_is_read) {
  EXPECT_EQ(*parse_size("512"), 512u);
  EXPECT_EQ(*parse_size("512B"), 512u);
  EXPECT_EQ(*parse_size("1kB"), 1000u);
  EXPECT_EQ(*parse_size("1KB"), 1000u);
  EXPECT_EQ(*parse_size("1.5KiB"), 1536u);
  EXPECT_EQ(*parse_size("64MiB"), 64u << 20);
  EXPECT_EQ(*parse_size("64 MiB"), 64u << 20);
  EXPECT_EQ(*parse_size("2GB"), 2'000'000'000u);
  EXPECT_EQ(*parse_size("1TiB"), 1ull << 40);
}

TEST(Sizes, what_is_not_one_is_refused) {
  for (const auto* text :
       {"", "MiB", "-1", "1e3", "1mb", "1 M", "1.KiB", ".5KiB", "1KiB ", "99999999999999999999", "9999999TiB", "0x10"})
    EXPECT_FALSE(parse_size(text)) << text;
}

TEST(Sizes, are_shown_in_the_unit_that_reads_best) {
  EXPECT_EQ(format_size(0), "0 B");
  EXPECT_EQ(format_size(12), "12 B");
  EXPECT_EQ(format_size(1023), "1023 B");
  EXPECT_EQ(format_size(1536), "1.5 KiB");
  EXPECT_EQ(format_size(64u << 20), "64 MiB");
  EXPECT_EQ(format_size((1u << 20) - 1), "1 MiB");
  EXPECT_EQ(format_size(~0ull), "16 EiB");
}

TEST(Suggestions, a_slip_of_the_keyboard_finds_its_word) {
  constexpr std::array<std::string_view, 5> words{"target", "timeout", "command", "needs", "env"};
  EXPECT_EQ(nearest("taget", words), "target");
  EXPECT_EQ(nearest("timeuot", words), "timeout");
  EXPECT_EQ(nearest("comand", words), "command");
  EXPECT_EQ(nearest("need", words), "needs");
  EXPECT_EQ(nearest("evn", words), "env");
}

TEST(Suggestions, another_word_finds_none) {
  constexpr std::array<std::string_view, 4> words{"target", "timeout", "on", "env"};
  EXPECT_EQ(nearest("colour", words), "");
  EXPECT_EQ(nearest("xy", words), "");
  EXPECT_EQ(nearest("", words), "");
  EXPECT_EQ(nearest("anything", {}), "");
  EXPECT_EQ(nearest(std::string(100'000, 'x'), words), "");
}

TEST(Utf8, bad_bytes_are_found_where_they_are) {
  std::size_t at = 99;
  EXPECT_TRUE(is_utf8("plain, \xC3\xA9, \xE2\x82\xAC, \xF0\x9F\x99\x82"));
  for (const auto& bad :
       {"\xFF"s, "\xC0\x80"s, "\xE0\x80\x80"s, "\xED\xA0\x80"s, "\xF4\x90\x80\x80"s, "\xC3"s, "\x80"s, "\xF5"s}) {
    EXPECT_FALSE(is_utf8("0123456789" + bad, &at));
    EXPECT_EQ(at, 10u);
  }
}

RC_GTEST_PROP(Utf8, decoding_any_bytes_reaches_the_end_and_agrees_with_the_check, (const std::vector<char>& bytes)) {
  const std::string_view s(bytes.data(), bytes.size());
  bool bad = false;
  for (std::size_t at = 0; at < s.size();) {
    const auto before = at;
    bad |= next_code_point(s, at) == kBadCodePoint;
    RC_ASSERT(at > before);
  }
  RC_ASSERT(is_utf8(s) == !bad);
}

TEST(Escaping, what_could_fool_a_terminal_is_spelled_out) {
  EXPECT_EQ(escape_terminal("a\tb \xC3\xA9"), "a\tb \xC3\xA9");
  EXPECT_EQ(escape_terminal("\x1b[31m"), "\\x1b[31m");
  EXPECT_EQ(escape_terminal("a\nb\r\x7f"), "a\\x0ab\\x0d\\x7f");
  EXPECT_EQ(escape_terminal("\0"s), "\\x00");
  EXPECT_EQ(escape_terminal("\xC2\x9B"), "\\u{9b}");
  EXPECT_EQ(escape_terminal("\xE2\x80\xAE"
                            "evil"),
            "\\u{202e}evil");
  EXPECT_EQ(escape_terminal("\xFFx"), "\\xffx");
}

RC_GTEST_PROP(Escaping, of_any_bytes_is_clean_text_and_escaping_again_changes_nothing,
              (const std::vector<char>& bytes)) {
  const auto once = escape_terminal({bytes.data(), bytes.size()});
  RC_ASSERT(is_utf8(once));
  RC_ASSERT(escape_terminal(once) == once);
}

TEST(CalendarTexts, are_rfc_3339_in_utc) {
  EXPECT_EQ(format_utc({1'774'747'800'250'000'000}), "2026-03-29T01:30:00.250Z");
  EXPECT_EQ(format_utc({0}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_utc({-1}), "1969-12-31T23:59:59.999Z");
}

TEST(CalendarTexts, follow_the_zone_when_local) {
  const char* before = std::getenv("TZ");
  const std::string saved = before ? before : "";
  setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
  tzset();
  EXPECT_EQ(format_local({1'774'747'800'250'000'000}), "2026-03-29 03:30:00");
  before ? setenv("TZ", saved.c_str(), 1) : unsetenv("TZ");
  tzset();
}

}  // namespace
}  // namespace rota::text
