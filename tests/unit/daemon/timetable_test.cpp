// The wall clock's side of schedules on a clock that tests move: lives that end at any moment, clocks that are set,
// machines that sleep, and years of cron in seconds.
#include "scheduler/daemon/timetable.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <optional>
#include <random>

#include "jobs/calendar/cron.h"
#include "scheduler/core/schedule.h"
#include "shared/text/text.h"
#include "tests/support/a_plan.h"

namespace rota::daemon {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::int64_t kSecond = 1'000'000'000;
const WallTime kBegin{1'772'323'200 * kSecond};  // 2026-03-01T00:00:00Z

jobs::Schedule cron(const std::string& text, const std::string& zone = "UTC") {
  jobs::CronFault fault;
  jobs::Schedule s;
  s.when = jobs::parse_cron(text, fault).value();
  s.text = text;
  s.zone = zone;
  s.overlap = jobs::Overlap::allow;
  return s;
}

jobs::Plan file(std::vector<jobs::Schedule> schedules) {
  auto plan = test::a_plan("nightly").job("a").done();
  plan.schedules = std::move(schedules);
  return plan;
}

/// Lives of a service that has nothing but schedules: its journal is all that lasts. A run is over at once.
class Lives {
 public:
  explicit Lives(jobs::Plan plan, WallTime at = kBegin) : now_{{1}, at} {
    live();
    inbox_.push_back(core::event::Register{std::move(plan), {}});
    turn();
  }

  /// A life ends without a word, and the next one begins.
  void die() {
    timetable_.reset();
    live();
    journal_ = scheduler_->snapshot();
  }
  void pass(Duration d) { set(now_.wall.ns + d.count()), now_.mono = now_.mono + d; }
  void set(std::int64_t wall_ns) { now_.wall.ns = wall_ns; }
  WallTime wall() const { return now_.wall; }
  bool keep_runs = false;  // they stay alive

  /// What a turn of the service does with the calendar. `lose`: it dies before the turn is durable.
  void turn(bool lose = false) {
    timetable_->look(now_);
    core::Effects out;
    for (auto& event : std::exchange(inbox_, {})) scheduler_->step(std::move(event), now_, out);
    if (lose) return die();
    end_runs(out);
    for (const auto& record : out.records) {
      journal_.push_back(record);
      ++recorded_;
      if (const auto* s = std::get_if<core::record::Submitted>(&record.fact)) runs_.push_back(s->terms->occurrence);
      if (const auto* o = std::get_if<core::record::Occurred>(&record.fact); o && !o->became)
        ++passed_[to_text(o->passed)];
    }
    timetable_->after_turn(out.records);
  }
  /// Until nothing more is due at this time.
  void turns() {
    std::size_t before = 0;
    do {
      before = recorded_;
      turn();
    } while (recorded_ != before);
  }
  std::optional<WallTime> next() const {
    const auto next = timetable_->next("nightly", 0);
    return next ? std::optional(next->at) : std::nullopt;
  }

  std::vector<std::string> runs() const {
    std::vector<std::string> out;
    for (const auto& at : runs_) out.push_back(text::format_utc(at).substr(0, 16));
    return out;
  }
  const std::vector<WallTime>& times() const { return runs_; }
  std::map<std::string, int> passed() const { return passed_; }
  std::vector<std::string> warnings;
  bool no_numbers = false;

 private:
  void end_runs(core::Effects& out) {
    if (keep_runs) return;
    core::Effects ended;
    for (const RunId run : scheduler_->runs())
      scheduler_->step(core::event::CancelRun{run, StopCause::cancel_user, true}, now_, ended);
    scheduler_->settle(now_, ended);
    for (auto& r : ended.records) out.records.push_back(std::move(r));
    for (const RunId run : scheduler_->runs()) scheduler_->forget(run);
  }
  void live() {
    scheduler_.emplace();
    for (const auto& r : journal_) {
      if (r.durable) scheduler_->replay(r);
      if (const auto* end = std::get_if<core::record::RunEnded>(&r.fact)) scheduler_->forget(end->run);
    }
    inbox_.clear();
    Timetable::Ways ways;
    ways.post = [this](core::Event e) { inbox_.push_back(std::move(e)); };
    ways.take_number = [this]() -> Result<std::optional<RunId>> {
      if (no_numbers) return fail(Code::system, "the disk is full");
      return ++last_run_;
    };
    ways.open_run = [](RunId, const jobs::Plan&, core::Terms asked) -> Result<core::Terms> { return asked; };
    ways.warn = [this](const std::string& text) { warnings.push_back(text); };
    timetable_ = Timetable::create(loop_, *scheduler_, now_.wall, std::move(ways)).value();
  }

  Now now_;
  Loop loop_ = Loop::create().value();
  std::optional<core::Scheduler> scheduler_;
  std::unique_ptr<Timetable> timetable_;
  std::vector<core::Event> inbox_;
  std::vector<core::Record> journal_;
  std::size_t recorded_ = 0;
  std::vector<WallTime> runs_;
  std::map<std::string, int> passed_;
  RunId last_run_ = 0;
};

using Runs = std::vector<std::string>;

TEST(Timetable, an_occurrence_becomes_a_run_at_its_time_and_not_before) {
  Lives lives(file({cron("30 2 * * *")}));
  lives.pass(hours(2) + minutes(30) - seconds(1));
  lives.turns();
  EXPECT_EQ(lives.runs(), Runs{});
  lives.pass(seconds(1));
  lives.turns();
  lives.turns();
  EXPECT_EQ(lives.runs(), Runs{"2026-03-01T02:30"});
  EXPECT_EQ(text::format_utc(*lives.next()).substr(0, 16), "2026-03-02T02:30");
}

TEST(Timetable, k13_a_death_before_or_after_the_turn_is_durable_neither_loses_nor_doubles_one) {
  for (const bool lose : {true, false}) {
    Lives lives(file({cron("* * * * *")}));
    Runs expected;
    for (int i = 1; i <= 20; ++i) {
      lives.pass(minutes(1));
      lives.turn(lose);
      lives.die();
      lives.turns();
      expected.push_back(fmt::format("2026-03-01T00:{:02}", i));
    }
    EXPECT_EQ(lives.runs(), expected);
  }
}

TEST(Timetable, k13_years_of_schedules_with_deaths_at_random_come_out_as_the_calendar_has_them) {
  const std::vector<jobs::Schedule> schedules{cron("0 3 * * *", "Europe/Berlin"), cron("30 1 29 2 *"),
                                              cron("15 */6 1 * mon", "America/New_York"),
                                              cron("45 1 * * sun", "Australia/Lord_Howe")};
  std::mt19937 dice(7);
  const WallTime end{kBegin.ns + std::int64_t{10} * 366 * 86'400 * kSecond};
  for (const auto& schedule : schedules) {
    Lives lives(file({schedule}));
    for (auto next = lives.next(); next && *next < end; next = lives.next()) {
      lives.set(next->ns - 1);
      lives.turns();
      lives.set(next->ns);
      if (dice() % 8 == 0) lives.turn(dice() % 2 == 0);
      if (dice() % 8 == 0) lives.die();
      lives.turns();
    }
    std::vector<WallTime> expected;
    const auto zone = jobs::Zone::find(schedule.zone).value();
    for (auto o = jobs::next_occurrence(schedule, zone, kBegin, kBegin); o && o->at < end;
         o = jobs::next_occurrence(schedule, zone, kBegin, o->at))
      expected.push_back(o->at);
    EXPECT_EQ(lives.times(), expected) << schedule.text;
    EXPECT_GT(expected.size(), 1u);
  }
}

TEST(Timetable, o05_after_a_long_absence_the_latest_runs_and_the_others_are_gone) {
  Lives lives(file({cron("0 * * * *")}));
  lives.pass(hours(5) + minutes(10));
  lives.die();
  lives.turns();
  EXPECT_EQ(lives.runs(), Runs{"2026-03-01T05:00"});
}

TEST(Timetable, o05_whoever_comes_just_in_time_for_the_newest_runs_that_one_alone) {
  for (const auto catch_up : {jobs::CatchUp::none, jobs::CatchUp::latest}) {
    auto schedule = cron("0 * * * *");
    schedule.catch_up = catch_up;
    Lives lives(file({schedule}));
    lives.pass(hours(3) + seconds(20));
    lives.turns();
    EXPECT_EQ(lives.runs(), Runs{"2026-03-01T03:00"});
    EXPECT_TRUE(lives.passed().empty());
  }
}

TEST(Timetable, o05_with_catch_up_none_what_was_missed_is_gone_and_what_comes_counts) {
  auto schedule = cron("0 * * * *");
  schedule.catch_up = jobs::CatchUp::none;
  Lives lives(file({schedule}));
  lives.pass(hours(5) + minutes(10));
  lives.die();
  lives.turns();
  EXPECT_EQ(lives.runs(), Runs{});
  EXPECT_EQ(lives.passed(), (std::map<std::string, int>{{"missed", 1}})) << "told once, however many they are";
  lives.pass(minutes(50));
  lives.turns();
  EXPECT_EQ(lives.runs(), Runs{"2026-03-01T06:00"});
}

TEST(Timetable, o05_with_catch_up_all_each_one_within_the_window_runs) {
  auto schedule = cron("0 * * * *");
  schedule.catch_up = jobs::CatchUp::all;
  schedule.catch_up_window = hours(3);
  Lives lives(file({schedule}));
  lives.pass(hours(9) + minutes(10));
  lives.die();
  lives.turns();
  EXPECT_EQ(lives.runs(), (Runs{"2026-03-01T07:00", "2026-03-01T08:00", "2026-03-01T09:00"}));
  EXPECT_EQ(lives.passed(), (std::map<std::string, int>{{"missed", 1}}));
}

TEST(Timetable, o05_a_machine_that_slept_is_as_one_that_was_off) {
  Lives lives(file({cron("0 * * * *")}));
  lives.pass(hours(5) + minutes(10));
  lives.turns();
  EXPECT_EQ(lives.runs(), Runs{"2026-03-01T05:00"});
}

TEST(Timetable, a_year_of_seconds_that_was_missed_is_found_at_once) {
  Lives lives(file({cron("* * * * * *")}));
  lives.pass(hours(24 * 366));
  lives.die();
  lives.turns();
  EXPECT_EQ(lives.times().size(), 1u);
  EXPECT_EQ(lives.times().front(), lives.wall());
}

TEST(Timetable, o07_a_clock_that_is_set_back_repeats_nothing) {
  Lives lives(file({cron("0 * * * *")}));
  lives.pass(hours(2));
  lives.turns();
  lives.set(lives.wall().ns - Duration(hours(1)).count());
  for (int i = 0; i < 90; ++i) {
    lives.pass(minutes(1));
    lives.turns();
  }
  EXPECT_EQ(lives.runs(), (Runs{"2026-03-01T02:00"}));
  lives.pass(minutes(30));
  lives.turns();
  EXPECT_EQ(lives.runs(), (Runs{"2026-03-01T02:00", "2026-03-01T03:00"}));
}

TEST(Timetable, a_number_that_cannot_be_had_is_asked_for_again_and_nothing_is_lost) {
  Lives lives(file({cron("0 * * * *")}));
  lives.no_numbers = true;
  lives.pass(hours(1));
  lives.turns();
  lives.turns();
  EXPECT_EQ(lives.warnings.size(), 1u) << "not in every turn";
  lives.no_numbers = false;
  lives.pass(seconds(5));
  lives.turns();
  EXPECT_EQ(lives.runs(), Runs{"2026-03-01T01:00"});
}

TEST(Timetable, entries_of_one_file_come_each_at_its_time_also_at_the_same) {
  Lives lives(file({cron("0 * * * *"), cron("0 2 * * *")}));
  lives.pass(hours(1));
  lives.turns();
  lives.pass(hours(1));
  lives.turns();
  EXPECT_EQ(lives.runs(), (Runs{"2026-03-01T01:00", "2026-03-01T02:00", "2026-03-01T02:00"}));
}

TEST(Timetable, a_run_that_is_still_alive_is_told_once_as_the_reason) {
  auto schedule = cron("* * * * *");
  schedule.overlap = jobs::Overlap::skip;
  Lives lives(file({schedule}));
  lives.keep_runs = true;
  for (int i = 0; i < 3; ++i) {
    lives.pass(minutes(1));
    lives.turns();
  }
  EXPECT_EQ(lives.runs(), Runs{"2026-03-01T00:01"});
  EXPECT_EQ(lives.passed(), (std::map<std::string, int>{{"overlap", 2}}));
}

TEST(Timetable, what_is_not_enabled_has_no_next_time) {
  auto schedule = cron("* * * * *");
  schedule.enabled = false;
  Lives lives(file({schedule}));
  EXPECT_FALSE(lives.next());
  lives.pass(hours(1));
  lives.turns();
  EXPECT_EQ(lives.runs(), Runs{});
}

}  // namespace
}  // namespace rota::daemon
