// Registered files: what becomes of an occurrence, and that each is decided upon once.
#include "scheduler/core/schedule.h"

#include "shared/limits.h"

#include "tests/unit/core/a_world.h"

namespace rota::core {
namespace {

using jobs::CatchUp;
using jobs::Overlap;
using std::chrono::hours;
using std::chrono::minutes;

class Timed : public World {
 public:
  /// A file with one job, and one schedule; the other entries of the file as they are given.
  jobs::Plan file(const std::function<void(jobs::Schedule&)>& change = {}, std::size_t entries = 1) {
    auto plan = a_plan("nightly").job("a").done();
    for (std::size_t i = 0; i < entries; ++i) {
      jobs::Schedule s;
      s.when = jobs::Every{minutes(static_cast<int>(i) + 1)};
      s.text = "every " + std::to_string(i + 1) + "m";
      if (change) change(s);
      plan.schedules.push_back(s);
    }
    return plan;
  }
  void enroll(jobs::Plan plan, Terms terms = {}) { turn(event::Register{std::move(plan), std::move(terms)}); }
  WallTime ago(Duration d) const { return {now.wall.ns - d.count()}; }

  event::Occur occurrence(WallTime at, RunId run, std::uint32_t entry = 0) const {
    event::Occur e;
    e.name = "nightly";
    e.entry = entry;
    e.occurrence = at;
    e.run = run;
    e.run_key = "key";
    return e;
  }
  void occur(WallTime at, RunId run) { turn(occurrence(at, run)); }
  const ScheduleMark& mark(std::size_t entry = 0) const {
    return scheduler.schedules().files.at("nightly").marks.at(entry);
  }
  std::string passed() const { return to_text(mark().passed); }
  void end_run(RunId run) { turn(event::CancelRun{run, StopCause::cancel_user, true}); }
  Scheduler replayed() const {
    Scheduler s;
    for (const Record& r : journal)
      if (r.durable) s.replay(r);
    return s;
  }
};

void same(const Schedules& a, const Schedules& b) {
  ASSERT_EQ(a.files.size(), b.files.size());
  for (const auto& [name, file] : a.files) {
    const auto& other = b.files.at(name);
    EXPECT_EQ(file.marks, other.marks);
    EXPECT_EQ(file.enabled, other.enabled);
    EXPECT_EQ(file.registered, other.registered);
    EXPECT_EQ(file.plan.schedules, other.plan.schedules);
  }
  EXPECT_EQ(a.alive, b.alive);
}

TEST(Schedules, an_occurrence_becomes_a_run_that_knows_what_it_is_for) {
  Timed w;
  w.enroll(w.file());
  EXPECT_EQ(w.mark().since, w.now.wall);
  w.pass(minutes(1));
  w.occur(w.now.wall, 7);
  const auto run = w.scheduler.summary(7);
  ASSERT_TRUE(run);
  EXPECT_EQ(run->schedule, "nightly");
  EXPECT_EQ(run->occurrence, w.now.wall);
  EXPECT_EQ(w.scheduler.terms(7)->run_key, "key");
  EXPECT_EQ(w.mark().became, 7u);
  EXPECT_EQ(w.mark().last, w.now.wall);
}

TEST(Schedules, k13_an_occurrence_that_is_told_again_changes_nothing) {
  Timed w;
  w.enroll(w.file([](auto& s) { s.overlap = Overlap::allow; }));
  w.pass(minutes(2));
  const auto at = w.ago(minutes(1));
  w.occur(at, 7);
  w.occur(at, 8);
  w.occur(w.ago(minutes(2)), 9);
  EXPECT_EQ(w.recorded<record::Submitted>(), 1u);
  EXPECT_EQ(w.recorded<record::Occurred>(), 1u);
  EXPECT_EQ(w.scheduler.stale_reports(), 2u);
}

TEST(Schedules, k13_its_run_and_the_decision_are_of_one_step) {
  Timed w;
  w.enroll(w.file());
  w.pass(minutes(1));
  Effects out;
  w.scheduler.step(Event(w.occurrence(w.now.wall, 7)), w.now, out);
  ASSERT_EQ(out.records.size(), 2u);
  EXPECT_TRUE(std::holds_alternative<record::Submitted>(out.records[0].fact) && out.records[0].durable);
  EXPECT_TRUE(std::holds_alternative<record::Occurred>(out.records[1].fact) && out.records[1].durable);
}

TEST(Schedules, one_that_would_become_a_run_and_has_no_number_is_left_to_be_told_again) {
  Timed w;
  w.enroll(w.file());
  w.pass(minutes(1));
  w.occur(w.now.wall, 0);
  EXPECT_EQ(w.recorded<record::Occurred>(), 0u);
  w.occur(w.now.wall, 7);
  EXPECT_TRUE(w.scheduler.summary(7));
}

TEST(Schedules, overlap_skip_passes_over_while_a_run_of_it_is_alive) {
  Timed w;
  w.enroll(w.file());
  w.pass(minutes(1));
  w.occur(w.now.wall, 7);
  w.pass(minutes(1));
  EXPECT_EQ(w.scheduler.pass_over_reason(w.occurrence(w.now.wall, 0), w.now).kind, ReasonKind::overlap);
  w.occur(w.now.wall, 8);
  EXPECT_FALSE(w.scheduler.summary(8));
  EXPECT_EQ(w.passed(), "overlap");
  EXPECT_EQ(w.mark().became, 7u);
  w.end_run(7);
  w.pass(minutes(1));
  w.occur(w.now.wall, 9);
  EXPECT_TRUE(w.scheduler.summary(9));
  EXPECT_EQ(w.passed(), "");
}

TEST(Schedules, overlap_queue_waits_for_all_that_came_before) {
  Timed w;
  w.enroll(w.file([](auto& s) { s.overlap = Overlap::queue; }));
  for (RunId run = 7; run < 10; ++run) {
    w.pass(minutes(1));
    w.occur(w.now.wall, run);
  }
  EXPECT_EQ(w.waits(0, 9), (std::vector<Reason>{{ReasonKind::after, 7}, {ReasonKind::after, 8}}));
  w.end_run(7);
  EXPECT_EQ(w.waits(0, 9), (std::vector<Reason>{{ReasonKind::after, 8}}));
}

TEST(Schedules, overlap_replace_ends_what_came_before_and_begins_when_that_is_over) {
  Timed w;
  w.launcher(4);
  w.enroll(w.file([](auto& s) { s.overlap = Overlap::replace; }));
  w.pass(minutes(1));
  w.occur(w.now.wall, 7);
  w.turn(w.started(0, 7));
  w.pass(minutes(1));
  w.occur(w.now.wall, 8);
  EXPECT_EQ(w.state(0, 7), TaskState::stopping);
  EXPECT_EQ(w.waits(0, 8), (std::vector<Reason>{{ReasonKind::after, 7}}));
  w.turn(w.finished(0, stopped_by(StopCause::cancel_user), 7));
  EXPECT_EQ(w.run_outcome(7), "cancelled cancel:user");
  EXPECT_EQ(w.scheduler.summary(7)->cancels.at(0).reason, "replaced by run 8 of its schedule");
  EXPECT_EQ(w.state(0, 8), TaskState::starting);
}

TEST(Schedules, overlap_allow_minds_nothing) {
  Timed w;
  w.launcher(4);
  w.enroll(w.file([](auto& s) { s.overlap = Overlap::allow; }));
  for (RunId run = 7; run < 9; ++run) {
    w.pass(minutes(1));
    w.occur(w.now.wall, run);
    EXPECT_EQ(w.state(0, run), TaskState::starting);
  }
  EXPECT_EQ(w.scheduler.schedules().alive.at("nightly"), (std::set<RunId>{7, 8}));
}

TEST(Schedules, o05_what_was_missed_is_caught_up_with_as_the_file_says) {
  struct Row {
    CatchUp catch_up;
    Duration late, window;
    const char* passed;
  };
  for (const Row& row : {Row{CatchUp::none, minutes(2), hours(24), "missed"},
                         Row{CatchUp::latest, minutes(2), hours(24), ""},
                         Row{CatchUp::latest, hours(2), hours(1), "missed"},
                         Row{CatchUp::all, hours(2), hours(1), "missed"}, Row{CatchUp::all, hours(2), hours(3), ""}}) {
    Timed w;
    w.enroll(w.file([&](auto& s) {
      s.catch_up = row.catch_up;
      s.catch_up_window = row.window;
    }));
    w.pass(hours(5));
    auto e = w.occurrence(w.ago(row.late), 7);
    e.missed = true;
    w.turn(e);
    EXPECT_EQ(w.passed(), row.passed);
    EXPECT_EQ(w.scheduler.summary(7).has_value(), std::string(row.passed).empty());
  }
}

TEST(Schedules, what_is_caught_up_with_one_by_one_runs_one_after_the_other) {
  Timed w;
  w.enroll(w.file([](auto& s) { s.catch_up = CatchUp::all; }));
  w.pass(minutes(10));
  for (RunId run = 7; run < 9; ++run) {
    auto e = w.occurrence(w.ago(minutes(15 - static_cast<int>(run))), run);
    e.missed = true;
    w.turn(e);
  }
  EXPECT_EQ(w.waits(0, 8), (std::vector<Reason>{{ReasonKind::after, 7}}));
}

TEST(Schedules, an_occurrence_beyond_its_start_deadline_is_passed_over) {
  Timed w;
  w.enroll(w.file([](auto& s) { s.start_deadline = seconds(30); }));
  w.pass(minutes(5));
  w.occur(w.ago(seconds(31)), 7);
  EXPECT_EQ(w.passed(), "missed:start_deadline");
  w.occur(w.ago(seconds(30)), 8);
  EXPECT_TRUE(w.scheduler.summary(8));
}

TEST(Schedules, a_full_service_passes_over) {
  Timed w;
  w.enroll(w.file());
  w.pass(minutes(1));
  auto e = w.occurrence(w.now.wall, 0);
  e.full = true;
  w.turn(e);
  EXPECT_EQ(w.passed(), "limit:runs");
}

TEST(Schedules, c11_so_many_that_wait_for_each_other_are_enough) {
  Timed w;
  w.enroll(w.file([](auto& s) { s.overlap = Overlap::queue; }));
  const auto most = static_cast<RunId>(limits::kScheduleRuns);
  for (RunId run = 1; run <= most + 1; ++run) {
    w.pass(minutes(1));
    w.occur(w.now.wall, run);
  }
  EXPECT_EQ(w.passed(), "limit:runs");
  EXPECT_FALSE(w.scheduler.summary(most + 1));
  w.end_run(1);
  w.pass(minutes(1));
  w.occur(w.now.wall, most + 2);
  EXPECT_TRUE(w.scheduler.summary(most + 2));
}

TEST(Schedules, what_is_registered_anew_takes_the_place_of_the_old_and_goes_on_where_it_was) {
  Timed w;
  w.enroll(w.file({}, 2));
  w.pass(minutes(1));
  w.occur(w.now.wall, 7);
  const auto before = w.mark(0);
  w.turn(event::EnableSchedule{"nightly", false});
  w.pass(hours(1));
  auto changed = w.file({}, 3);
  changed.schedules.erase(changed.schedules.begin() + 1);
  w.enroll(changed);
  EXPECT_EQ(w.mark(0), before) << "the same entry";
  EXPECT_EQ(w.mark(1).since, w.now.wall) << "a new one";
  EXPECT_FALSE(w.scheduler.schedules().files.at("nightly").enabled) << "a person disabled it";
}

TEST(Schedules, what_passes_while_it_is_disabled_is_not_caught_up_with) {
  Timed w;
  w.enroll(w.file());
  w.turn(event::EnableSchedule{"nightly", false});
  w.pass(hours(3));
  w.turn(event::EnableSchedule{"nightly", true});
  EXPECT_EQ(w.mark().last, w.now.wall);
  w.occur(w.ago(hours(1)), 7);
  EXPECT_FALSE(w.scheduler.summary(7));
}

TEST(Schedules, a_removed_file_runs_no_more_and_its_runs_stay) {
  Timed w;
  w.enroll(w.file());
  w.pass(minutes(1));
  w.occur(w.now.wall, 7);
  w.turn(event::Unregister{"nightly"});
  w.pass(minutes(1));
  w.occur(w.now.wall, 8);
  EXPECT_TRUE(w.scheduler.summary(7));
  EXPECT_FALSE(w.scheduler.summary(8));
  w.enroll(w.file());
  w.pass(minutes(1));
  w.occur(w.now.wall, 9);
  EXPECT_EQ(w.passed(), "overlap") << "a run from before it was removed is alive";
}

TEST(Schedules, k13_a_replay_and_a_snapshot_know_all_of_it) {
  Timed w;
  w.enroll(w.file([](auto& s) { s.overlap = Overlap::queue; }, 2), {.env = {"A=1"}});
  w.pass(minutes(1));
  w.occur(w.now.wall, 7);
  w.pass(minutes(1));
  w.occur(w.now.wall, 8);
  w.end_run(7);
  w.turn(event::EnableSchedule{"nightly", false});
  same(w.replayed().schedules(), w.scheduler.schedules());
  Scheduler fresh;
  for (const Record& r : w.scheduler.snapshot()) fresh.replay(r);
  same(fresh.schedules(), w.scheduler.schedules());
  EXPECT_EQ(fresh.schedules().files.at("nightly").terms.env, (std::vector<std::string>{"A=1"}));
  EXPECT_EQ(fresh.check(), "");
}

}  // namespace
}  // namespace rota::core
