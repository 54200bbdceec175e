// Times as people type them.
#include "scheduler/cli/view/when.h"

#include <gtest/gtest.h>

#include "shared/text/text.h"

namespace rota::cli {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr WallTime kNow{1'767'225'600 * kSecond};  // 2026-01-01T00:00:00Z

std::string utc(std::string_view text) {
  const auto at = parse_when(text, kNow);
  return at ? text::format_utc(*at) : to_text(at.error());
}

TEST(When, rfc_3339_with_z_or_an_offset) {
  EXPECT_EQ(utc("2026-03-01T08:00:00Z"), "2026-03-01T08:00:00.000Z");
  EXPECT_EQ(utc("2026-03-01T08:00:00.75+01:30"), "2026-03-01T06:30:00.000Z");
  EXPECT_EQ(utc("2026-03-01 08:00:00-05:00"), "2026-03-01T13:00:00.000Z");
  EXPECT_EQ(utc("2028-02-29T00:00:00Z"), "2028-02-29T00:00:00.000Z");
}

TEST(When, a_local_time_of_a_day) {
  const auto at = parse_when("2026-03-01 08:15", kNow);
  ASSERT_TRUE(at);
  EXPECT_EQ(text::format_local(*at), "2026-03-01 08:15:00");
}

TEST(When, from_now_on) {
  EXPECT_EQ(utc("now"), "2026-01-01T00:00:00.000Z");
  EXPECT_EQ(utc("now+90m"), "2026-01-01T01:30:00.000Z");
  EXPECT_TRUE(utc("now+soon").find("soon") != std::string::npos);
}

TEST(When, a_local_time_is_the_next_such_one) {
  for (const auto* text : {"00:00", "12:30", "23:59", "08:15:30"}) {
    const auto at = parse_when(text, kNow);
    ASSERT_TRUE(at) << text;
    EXPECT_GT(at->ns, kNow.ns) << text;
    EXPECT_LE(at->ns - kNow.ns, 25 * 3600 * kSecond) << text;
    EXPECT_TRUE(text::format_local(*at).find(text) != std::string::npos) << text::format_local(*at);
  }
}

TEST(When, everything_else_is_refused_with_what_would_do) {
  for (const auto* text :
       {"", "tomorrow", "8:00", "25:00", "08:60", "2026-03-01", "2026-03-01 8:00", "now-5m", "2026-02-30T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-03-01T08:00:00+25:00", "08:00x", "2026-03-01T08:00:00.Z", "-1:00"}) {
    const auto at = parse_when(text, kNow);
    ASSERT_FALSE(at) << text;
    EXPECT_EQ(at.error().code, Code::invalid);
    EXPECT_TRUE(at.error().what.find("now+90m") != std::string::npos) << at.error().what;
  }
}

}  // namespace
}  // namespace rota::cli
