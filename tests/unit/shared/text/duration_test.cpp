// Durations: what is read, what is refused, what is written back.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "shared/text/text.h"

namespace rota::text {
namespace {

using namespace std::chrono_literals;

TEST(Durations, every_unit_is_read) {
  EXPECT_EQ(*parse_duration("7ns"), 7ns);
  EXPECT_EQ(*parse_duration("7us"), 7us);
  EXPECT_EQ(*parse_duration("250ms"), 250ms);
  EXPECT_EQ(*parse_duration("5s"), 5s);
  EXPECT_EQ(*parse_duration("3m"), 3min);
  EXPECT_EQ(*parse_duration("1h30m"), 90min);
  EXPECT_EQ(*parse_duration("2d"), 48h);
  EXPECT_EQ(*parse_duration("1d2h3m4s5ms6us7ns"), 26h + 3min + 4s + 5ms + 6us + 7ns);
}

TEST(Durations, a_bare_number_is_seconds_and_fractions_are_exact) {
  EXPECT_EQ(*parse_duration("90"), 90s);
  EXPECT_EQ(*parse_duration("0"), 0s);
  EXPECT_EQ(*parse_duration("1.5s"), 1500ms);
  EXPECT_EQ(*parse_duration("0.1"), 100ms);
  EXPECT_EQ(*parse_duration("1m0.25s"), 60s + 250ms);
  EXPECT_EQ(*parse_duration("0.5h"), 30min);
}

TEST(Durations, what_is_not_one_is_refused_and_the_error_says_what_is) {
  for (const auto* text :
       {"",    "s",    "5x",   "-5s",  "+5s",     "5 s", " 5s",  "5s ",  "1.s",  ".5s",
        "1e3", "5s3m", "5s5s", "1m30", "1.5m30s", "5S",  "0x10", "1,5s", "5s\n", "99999999999999999999s",
        "nan", "inf"}) {
    const auto d = parse_duration(text);
    ASSERT_FALSE(d) << text;
    EXPECT_NE(d.error().what.find("1h30m"), std::string::npos) << d.error().what;
  }
}

TEST(Durations, a_hundred_years_is_the_most) {
  EXPECT_TRUE(parse_duration("36525d"));
  EXPECT_FALSE(parse_duration("36525d1ns"));
  EXPECT_FALSE(parse_duration("9999999999999999999"));
}

TEST(Durations, are_written_the_way_people_write_them) {
  EXPECT_EQ(format_duration(0s), "0s");
  EXPECT_EQ(format_duration(90min), "1h30m");
  EXPECT_EQ(format_duration(250ms), "250ms");
  EXPECT_EQ(format_duration(1500ms), "1.5s");
  EXPECT_EQ(format_duration(500ms), "500ms");
  EXPECT_EQ(format_duration(2h * 24), "2d");
  EXPECT_EQ(format_duration(1s + 1ns), "1.000000001s");
  EXPECT_EQ(format_duration(-5s), "-5s");
  EXPECT_EQ(format_duration(Duration::min()).front(), '-');
}

RC_GTEST_PROP(Durations, what_is_written_is_read_back_the_same, ()) {
  const auto ns = *rc::gen::oneOf(rc::gen::inRange<std::int64_t>(0, 100'000'000'000),
                                  rc::gen::inRange<std::int64_t>(0, std::int64_t{36'525} * 86'400 * 1'000'000'000));
  const auto back = parse_duration(format_duration(Duration{ns}));
  RC_ASSERT(back.has_value());
  RC_ASSERT(back->count() == ns);
}

RC_GTEST_PROP(Durations, any_text_is_read_or_refused, (const std::string& text)) {
  const auto d = parse_duration(text);
  if (d) RC_ASSERT(d->count() >= 0);
}

TEST(Durations, for_people_get_coarser_as_they_grow) {
  EXPECT_EQ(short_duration(50ms), "0.05s");
  EXPECT_EQ(short_duration(999ms), "1.0s");
  EXPECT_EQ(short_duration(4200ms), "4.2s");
  EXPECT_EQ(short_duration(9960ms), "00:10");
  EXPECT_EQ(short_duration(41s), "00:41");
  EXPECT_EQ(short_duration(3599s + 600ms), "01:00:00");
  EXPECT_EQ(short_duration(1h + 2min + 3s), "01:02:03");
  EXPECT_EQ(short_duration(51h), "2d03h");
  EXPECT_EQ(short_duration(-1s), "0.00s");
}

}  // namespace
}  // namespace rota::text
