// Occurrences on the nights that have too few hours or too many, and ten years against a clock that is asked minute by
// minute.
#include "jobs/calendar/occurrence.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <ctime>
#include <string>
#include <vector>

#include "jobs/calendar/cron.h"
#include "shared/text/text.h"
#include "tests/unit/calendar/changes.h"

namespace rota::jobs {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

WallTime utc(std::string_view text) {
  std::tm t{};
  EXPECT_NE(strptime(std::string(text).c_str(), "%Y-%m-%d %H:%M", &t), nullptr) << text;
  return {timegm(&t) * kSecond};
}

Zone zone(std::string_view name) {
  auto found = Zone::find(name);
  EXPECT_TRUE(found) << found.error().what;
  return found ? *found : Zone::utc();
}

Schedule daily(std::string_view cron, Gap gap = Gap::run_after, Fold fold = Fold::once) {
  CronFault fault;
  const auto parsed = parse_cron(cron, fault);
  EXPECT_TRUE(parsed) << fault.message;
  Schedule s;
  s.when = parsed.value_or(Cron{});
  s.gap = gap;
  s.fold = fold;
  return s;
}

std::string shown(const std::optional<Occurrence>& o) { return o ? text::format_utc(o->at) : "never"; }
std::string shown(std::string_view at) { return text::format_utc(utc(at)); }

class ClockChanges : public testing::TestWithParam<test::ClockChange> {};

TEST_P(ClockChanges, o06_a_time_that_is_left_out_occurs_once_after_the_gap_and_one_that_comes_twice_once) {
  const auto& row = GetParam();
  const auto z = zone(row.zone);
  const auto next = next_occurrence(daily(row.cron), z, {}, utc(row.after));
  ASSERT_EQ(shown(next), shown(row.first));
  EXPECT_EQ(next->change, row.change);
  const auto year_later = next_occurrence(daily(row.cron), z, {}, next->at);
  ASSERT_TRUE(year_later);
  EXPECT_GT(year_later->at.ns - next->at.ns, 300 * 86'400 * kSecond) << "a second time that night";
}

TEST_P(ClockChanges, o06_skip_and_twice_do_as_they_say) {
  const auto& row = GetParam();
  const auto z = zone(row.zone);
  const auto schedule = daily(row.cron, Gap::skip, Fold::twice);
  const auto first = next_occurrence(schedule, z, {}, utc(row.after));
  if (row.change == Change::gap) {
    ASSERT_TRUE(first);
    EXPECT_GT(first->at.ns - utc(row.after).ns, 300 * 86'400 * kSecond);
  } else {
    ASSERT_EQ(shown(first), shown(row.first));
    EXPECT_EQ(shown(next_occurrence(schedule, z, {}, first->at)), shown(row.second));
  }
}

INSTANTIATE_TEST_SUITE_P(Table, ClockChanges, testing::ValuesIn(test::kClockChanges));

/// The same rules told minute by minute: nothing here knows of stretches.
class Stepper {
 public:
  Stepper(const Schedule& s, const Zone& z) : schedule_(s), cron_(std::get<Cron>(s.when)), zone_(z) {}

  std::vector<std::int64_t> all(std::int64_t from, std::int64_t to) const {
    std::vector<std::int64_t> found;
    std::int64_t offset = offset_at(from - 60);
    std::int64_t shown_until = from - 60 + offset;  // the highest local minute that the clock has shown
    for (std::int64_t at = from; at < to; at += 60) {
      const std::int64_t now = offset_at(at), local = at + now;
      bool due = fits(local);
      if (!cron_.every_hour) {
        if (due && schedule_.fold == Fold::once && local <= shown_until) due = false;
        if (now > offset && schedule_.gap == Gap::run_after)
          for (std::int64_t left_out = at + offset; left_out < local; left_out += 60) due = due || fits(left_out);
      }
      if (due) found.push_back(at);
      // A fold far back is another night.
      shown_until = now < offset ? local - now + offset - 60 : std::max(shown_until, local);
      offset = now;
    }
    return found;
  }

 private:
  std::int64_t offset_at(std::int64_t at) const {
    if (at < asked_.begin || at >= asked_.end) asked_ = zone_.stretch_at(at);
    return asked_.offset;
  }

  bool fits(std::int64_t local) const {
    const std::time_t t = local;
    std::tm f{};
    gmtime_r(&t, &f);
    const bool day = cron_.days >> f.tm_mday & 1, weekday = cron_.weekdays >> f.tm_wday & 1;
    const bool either = !cron_.any_day && !cron_.any_weekday;
    return (cron_.minutes >> f.tm_min & 1) && (cron_.hours >> f.tm_hour & 1) && (cron_.months >> (f.tm_mon + 1) & 1) &&
           (either ? day || weekday : day && weekday);
  }

  const Schedule& schedule_;
  const Cron& cron_;
  const Zone& zone_;
  mutable Stretch asked_;
};

struct TenYears {
  std::string_view zone, cron;
  Gap gap = Gap::run_after;
  Fold fold = Fold::once;
};

class Oracle : public testing::TestWithParam<TenYears> {};

TEST_P(Oracle, ten_years_are_as_a_clock_shows_them_minute_by_minute) {
  const auto& row = GetParam();
  const auto z = zone(row.zone);
  const auto schedule = daily(row.cron, row.gap, row.fold);
  const std::int64_t from = utc("2018-01-01 00:00").ns / kSecond, to = utc("2028-01-01 00:00").ns / kSecond;
  std::vector<std::int64_t> walked;
  for (WallTime at{(from - 1) * kSecond};;) {
    const auto next = next_occurrence(schedule, z, {}, at);
    if (!next || next->at.ns / kSecond >= to) break;
    walked.push_back(next->at.ns / kSecond);
    at = next->at;
  }
  const auto stepped = Stepper(schedule, z).all(from, to);
  ASSERT_FALSE(stepped.empty());
  ASSERT_EQ(walked.size(), stepped.size());
  for (std::size_t i = 0; i < walked.size(); ++i)
    ASSERT_EQ(text::format_utc({walked[i] * kSecond}), text::format_utc({stepped[i] * kSecond})) << i;
}

constexpr TenYears kTenYears[] = {
    {"Europe/Berlin", "30 2 * * *"},
    {"Europe/Berlin", "30 2 * * *", Gap::skip, Fold::twice},
    {"Europe/Berlin", "*/15 1-3 * * *"},
    {"Europe/Berlin", "*/15 1-3 * * *", Gap::skip, Fold::twice},
    {"Europe/Berlin", "*/30 * * * *"},
    {"Europe/Berlin", "0 */2 * * *"},
    {"America/New_York", "0,30 1,2 * * SUN"},
    {"Australia/Lord_Howe", "*/5 1-2 * * *"},
    {"Australia/Lord_Howe", "*/5 1-2 * * *", Gap::skip, Fold::twice},
    {"Africa/Casablanca", "15 2,3 * * *"},
    {"America/Sao_Paulo", "0,30 23,0 * * *"},
    {"Asia/Pyongyang", "45 23 * * 1-5"},
    {"Antarctica/Troll", "*/20 0-4 * * *"},
    {"Asia/Kathmandu", "45 5 1,15 * MON"},
    {"UTC", "7 7 7 7 *"},
};
INSTANTIATE_TEST_SUITE_P(Corpus, Oracle, testing::ValuesIn(kTenYears));

TEST(Occurrence, every_counts_from_the_registration) {
  Schedule s;
  s.when = Every{std::chrono::hours(7)};
  const auto since = utc("2026-03-28 20:00");
  EXPECT_EQ(shown(next_occurrence(s, Zone::utc(), since, since)), shown("2026-03-29 03:00"));
  EXPECT_EQ(shown(next_occurrence(s, Zone::utc(), since, utc("2026-03-29 03:00"))), shown("2026-03-29 10:00"));
  EXPECT_EQ(shown(next_occurrence(s, Zone::utc(), since, utc("2026-01-01 00:00"))), shown("2026-03-29 03:00"));
}

TEST(Occurrence, at_comes_once) {
  Schedule s;
  s.when = At{utc("2026-12-24 18:00")};
  const auto only = next_occurrence(s, Zone::utc(), {}, utc("2026-01-01 00:00"));
  EXPECT_EQ(shown(only), shown("2026-12-24 18:00"));
  EXPECT_FALSE(next_occurrence(s, Zone::utc(), {}, only->at));
}

TEST(Occurrence, o05_years_before_1970_and_after_2038_are_years) {
  const auto z = zone("America/New_York");
  EXPECT_EQ(shown(next_occurrence(daily("0 12 * * *"), z, {}, utc("1965-01-15 18:00"))), shown("1965-01-16 17:00"));
  EXPECT_EQ(shown(next_occurrence(daily("0 12 * * *"), z, {}, utc("2051-01-15 18:00"))), shown("2051-01-16 17:00"));
}

TEST(Zone, an_unknown_name_is_told_with_the_one_that_was_meant) {
  const auto found = Zone::find("Europe/Berlim");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().what, "'Europe/Berlim' is no time zone: did you mean 'Europe/Berlin'?");
}

}  // namespace
}  // namespace rota::jobs
