// Cron expressions: what they take, what they refuse and where, what fits.
#include "jobs/calendar/cron.h"

#include <gtest/gtest.h>

#include <ctime>

namespace rota::jobs {
namespace {

Cron cron(std::string_view text) {
  CronFault fault;
  const auto parsed = parse_cron(text, fault);
  EXPECT_TRUE(parsed) << text << ": " << fault.message;
  return parsed.value_or(Cron{});
}

LocalSeconds local(int year, int month, int day, int hour = 0, int minute = 0, int second = 0) {
  std::tm t{};
  t.tm_year = year - 1900, t.tm_mon = month - 1, t.tm_mday = day;
  t.tm_hour = hour, t.tm_min = minute, t.tm_sec = second;
  return timegm(&t);
}

struct Next {
  std::string_view text;
  LocalSeconds from, next;
};

TEST(Cron, finds_the_next_moment_that_fits) {
  const LocalSeconds monday = local(2026, 3, 2, 10, 20, 30);
  const Next table[] = {
      {"* * * * *", monday, local(2026, 3, 2, 10, 21)},
      {"20 10 * * *", monday, local(2026, 3, 3, 10, 20)},
      {"* * * * * *", monday, monday},
      {"*/20 * * * * *", monday, local(2026, 3, 2, 10, 20, 40)},
      {"0 9-17/4 * * MON-FRI", monday, local(2026, 3, 2, 13, 0)},
      {"5/15 * * * *", monday, local(2026, 3, 2, 10, 35)},
      {"0 0 1 * *", monday, local(2026, 4, 1)},
      {"0 0 31 * *", local(2026, 4, 1), local(2026, 5, 31)},
      {"0 0 29 2 *", monday, local(2028, 2, 29)},
      {"0 0 29 2 *", local(2096, 3, 1), local(2104, 2, 29)},
      {"0 0 * * 7", monday, local(2026, 3, 8)},
      {"0 0 * * sun", monday, local(2026, 3, 8)},
      {"0 0 * * 5-7", monday, local(2026, 3, 6)},
      {"0 0 13 * FRI", monday, local(2026, 3, 6)},
      {"0 0 13 * FRI", local(2026, 3, 7), local(2026, 3, 13)},
      {"0 0 */10 * FRI", monday, local(2026, 5, 1)},
      {"0 12 1,15 JAN,jul *", monday, local(2026, 7, 1, 12)},
      {"@daily", monday, local(2026, 3, 3)},
      {"@weekly", monday, local(2026, 3, 8)},
      {"@Hourly", monday, local(2026, 3, 2, 11)},
      {"@yearly", monday, local(2027, 1, 1)},
      {"0 0 * * *", local(1969, 12, 30, 1), local(1969, 12, 31)},
      {"59 59 23 31 12 *", local(1969, 12, 31), -1},
  };
  for (const Next& row : table) EXPECT_EQ(next_match(cron(row.text), row.from), row.next) << row.text;
}

struct Refused {
  std::string_view text;
  std::size_t offset;
  std::string_view message;
};

TEST(Cron, y10_what_can_never_be_is_refused_where_it_stands) {
  const Refused table[] = {
      {"0 24 * * *", 2, "the hour takes 0 to 23, got '24'"},
      {"60 * * * *", 0, "the minute takes 0 to 59, got '60'"},
      {"0 0 0 * *", 4, "the day of the month takes 1 to 31, got '0'"},
      {"0 0 * 13 *", 6, "the month takes 1 to 12 or a name such as JAN, got '13'"},
      {"0 0 * FOO *", 6, "the month takes 1 to 12 or a name such as JAN, got 'FOO'"},
      {"0 0 * * 8", 8, "the weekday takes 0 to 7 or a name such as SUN, got '8'"},
      {"0 0 30 2 *", 4, "no month of it has such a day: it would never run"},
      {"0 0 31 4,6,9,11 *", 4, "no month of it has such a day: it would never run"},
      {"0 5-3 * * *", 2, "the hour takes a range that goes up, got '5-3'"},
      {"*/0 * * * *", 2, "the minute takes a step of at least 1, got '0'"},
      {"*/x * * * *", 2, "the minute takes a step such as */5, got 'x'"},
      {"1,,2 * * * *", 2, "the minute takes 0 to 59, nothing stands here"},
      {"-1 * * * *", 0, "the minute takes 0 to 59, got '-1'"},
      {"* * * *", 0, "cron takes 5 fields (minute hour day month weekday) or 6 (second first), got 4"},
      {"", 0, "cron takes 5 fields (minute hour day month weekday) or 6 (second first), got 0"},
      {"* * * * * * *", 0, "cron takes 5 fields (minute hour day month weekday) or 6 (second first), got 7"},
      {"99999999999 * * * *", 0, "the minute takes 0 to 59, got '99999999999'"},
      {"@dayly", 0, "'@dayly' is no word of cron: @hourly, @daily, @weekly, @monthly and @yearly are"},
  };
  for (const Refused& row : table) {
    CronFault fault;
    EXPECT_FALSE(parse_cron(row.text, fault)) << row.text;
    EXPECT_EQ(fault.message, row.message);
    EXPECT_EQ(fault.offset, row.offset) << row.text;
  }
}

TEST(Cron, y10_a_day_that_comes_once_in_eight_years_is_found) {
  EXPECT_EQ(next_match(cron("0 0 29 2 *"), local(2196, 3, 1)), local(2204, 2, 29));
}

}  // namespace
}  // namespace rota::jobs
