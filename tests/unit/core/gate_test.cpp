// What keeps a run or a job from starting: holds, `begin`, `after`, and jobs that are done already.
#include <limits>

#include "scheduler/core/deadlines.h"
#include "tests/unit/core/a_world.h"

namespace rota::core {
namespace {

std::vector<Reason> reasons(std::initializer_list<Reason> list) { return list; }

TEST(Gate, a_run_submitted_held_starts_nothing_until_it_is_released) {
  World w;
  w.launcher(2);
  w.submit(a_plan().job("a").job("b").needs("a").done(), {.hold = true});
  EXPECT_EQ(w.state(0), TaskState::pending);
  EXPECT_EQ(w.waits(0), reasons({{ReasonKind::hold, 0}}));
  EXPECT_EQ(to_text(w.task(0).reason), "hold:user");
  EXPECT_EQ(to_text(w.task(1).reason), "hold:user") << "the outermost";
  EXPECT_EQ(w.waits(1), reasons({{ReasonKind::hold, 0}, {ReasonKind::dep, 0}}));
  EXPECT_TRUE(w.scheduler.summary(1)->held);
  EXPECT_EQ(w.scheduler.demand().process, 0u);
  w.turn(event::Hold{1, {}, false});
  EXPECT_EQ(w.state(0), TaskState::starting);
  EXPECT_FALSE(w.scheduler.summary(1)->held);
}

TEST(Gate, begin_is_met_by_the_wall_clock_and_looked_at_when_its_deadline_comes) {
  World w;
  w.launcher(1);
  const WallTime begin{w.now.wall.ns + Duration(seconds(60)).count()};
  w.submit(a_plan().job("a").done(), {.begin = begin});
  EXPECT_EQ(w.waits(0), reasons({{ReasonKind::begin, 0}}));
  EXPECT_EQ(to_text(w.task(0).reason), "begin");
  EXPECT_EQ(w.scheduler.summary(1)->begin, begin);
  EXPECT_EQ(*w.scheduler.next_deadline(), w.now.mono + seconds(60));
  w.wake_after(seconds(60));
  EXPECT_EQ(w.state(0), TaskState::starting);
  EXPECT_EQ(w.recorded<record::GateOpened>(), 1u);
}

TEST(Gate, begin_is_armed_again_when_the_wall_clock_was_set_back) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").done(), {.begin = {w.now.wall.ns + Duration(seconds(60)).count()}});
  w.now.wall.ns -= Duration(seconds(30)).count();
  w.wake_after(seconds(60));
  EXPECT_EQ(w.state(0), TaskState::pending);
  EXPECT_EQ(*w.scheduler.next_deadline(), w.now.mono + seconds(30));
  w.wake_after(seconds(30));
  EXPECT_EQ(w.state(0), TaskState::starting);
}

TEST(Gate, a_clock_that_was_set_forward_is_noticed_after_a_while) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").done(), {.begin = {w.now.wall.ns + Duration(seconds(100'000)).count()}});
  EXPECT_EQ(*w.scheduler.next_deadline(), w.now.mono + kBeginLook);
  w.now.wall.ns += Duration(seconds(100'000)).count();  // or the machine slept
  w.wake_after(kBeginLook);
  EXPECT_EQ(w.state(0), TaskState::starting);
}

TEST(Gate, a_begin_that_has_passed_or_lies_beyond_all_clocks_is_taken_as_it_is) {
  World w;
  w.launcher(2);
  w.submit(a_plan().job("a").done(), {.begin = {1}});
  EXPECT_EQ(w.state(0), TaskState::starting);
  w.now.wall.ns = -5;
  w.submit(a_plan().job("a").done(), {.begin = {std::numeric_limits<std::int64_t>::max()}});
  EXPECT_EQ(w.state(0, 2), TaskState::pending);
}

TEST(Gate, begin_is_armed_from_the_clocks_of_the_new_life) {
  World w;
  const WallTime begin{w.now.wall.ns + Duration(seconds(60)).count()};
  w.submit(a_plan().job("a").done(), {.begin = begin});
  World next;
  next.scheduler = replayed(w.journal);
  next.now = {{5'000'000}, {begin.ns - Duration(seconds(20)).count()}};  // another boot
  next.turn(event::Recovered{2});
  EXPECT_EQ(*next.scheduler.next_deadline(), next.now.mono + seconds(20));
  next.wake_after(seconds(20));
  EXPECT_EQ(next.state(0), TaskState::queued);
}

TEST(Gate, after_waits_for_every_run_named_however_it_ends) {
  World w;
  w.launcher(2);
  w.submit(a_plan().job("a").done());
  w.submit(a_plan().job("a").done());
  w.submit(a_plan().job("a").done(), {.after = {1, 2, 77}});
  EXPECT_EQ(w.waits(0, 3), reasons({{ReasonKind::after, 1}, {ReasonKind::after, 2}}));
  EXPECT_EQ(to_text(w.task(0, 3).reason), "after:1");
  w.turn(w.finished(0, exited(1), 1));
  EXPECT_EQ(to_text(w.task(0, 3).reason), "after:2");
  w.turn(w.finished(0, exited(0), 2));
  EXPECT_EQ(w.state(0, 3), TaskState::starting) << "in the turn of the end";
}

TEST(Gate, after_is_over_when_the_run_was_forgotten_or_never_known) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").done(), {.after = {1, 41}});
  EXPECT_EQ(w.state(0), TaskState::starting);
  EXPECT_TRUE(w.scheduler.terms(1)->after.empty());
  w.exit(0, 0);
  w.scheduler.forget(1);
  w.submit(a_plan().job("a").done(), {.after = {1}});
  EXPECT_EQ(w.state(0, 2), TaskState::starting);
}

TEST(Gate, chains_of_runs_open_one_after_the_other_in_the_turn_of_an_end) {
  World w;
  w.submit(a_plan().thread("a").done());
  w.submit(a_plan().thread("d").daemon().done(), {.after = {1}});  // nothing to do: over when it may begin
  w.submit(a_plan().thread("a").done(), {.after = {1}});
  w.turn(event::CancelRun{1});
  EXPECT_EQ(w.run_outcome(2), "succeeded");
  EXPECT_EQ(w.state(0, 3), TaskState::queued);
}

TEST(Gate, a_held_run_waits_on_when_its_other_terms_are_met) {
  World w;
  w.launcher(2);
  w.submit(a_plan().job("a").done());
  const WallTime begin{w.now.wall.ns + Duration(seconds(10)).count()};
  w.submit(a_plan().job("a").done(), {.hold = true, .begin = begin, .after = {1}});
  EXPECT_EQ(w.waits(0, 2), reasons({{ReasonKind::hold, 0}, {ReasonKind::begin, 0}, {ReasonKind::after, 1}}));
  EXPECT_FALSE(w.scheduler.next_deadline()) << "no clock opens what is held";
  w.exit(0, 0);
  w.wake_after(seconds(10));
  EXPECT_EQ(w.waits(0, 2), reasons({{ReasonKind::hold, 0}}));
  w.turn(event::Hold{2, {}, false});
  EXPECT_EQ(w.state(0, 2), TaskState::starting);
}

TEST(Gate, what_was_met_once_stays_met) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").job("b").done(), {.begin = {w.now.wall.ns + Duration(seconds(10)).count()}});
  w.wake_after(seconds(10));
  w.turn(event::Hold{1, {}, true});
  w.now.wall.ns -= Duration(seconds(100)).count();
  w.turn(event::Hold{1, {}, false});
  EXPECT_EQ(w.state(1), TaskState::queued);
}

TEST(Gate, a_runs_own_timeout_counts_from_the_last_opening_of_its_gate) {
  World w;
  w.launcher(1);
  w.submit(a_plan().run_timeout(seconds(5)).job("a").job("b").done(), {.hold = true});
  w.pass(seconds(100));
  EXPECT_FALSE(w.scheduler.next_deadline());
  w.turn(event::Hold{1, {}, false});
  EXPECT_EQ(*w.scheduler.next_deadline(), w.now.mono + seconds(5));
  w.pass(seconds(4));
  w.turn(event::Hold{1, {}, true});
  EXPECT_FALSE(w.scheduler.next_deadline()) << "a run that its user holds does not time out";
  w.turn(event::Hold{1, {}, false});
  Scheduler other = replayed(w.journal);
  EXPECT_EQ(other.next_deadline(), w.now.mono + seconds(5));
  w.wake_after(seconds(5));
  EXPECT_EQ(w.state(0), TaskState::stopping);
}

TEST(Hold, the_queued_go_back_to_pending_and_what_runs_goes_on) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").job("b").job("c").needs("a").done());
  w.start(0);
  w.turn(event::Hold{1, {}, true});
  EXPECT_TRUE(w.all<action::StopAttempt>().empty());
  EXPECT_EQ(w.state(0), TaskState::running);
  EXPECT_EQ(w.state(1), TaskState::pending);
  w.exit(0, 0);
  EXPECT_EQ(w.state(2), TaskState::pending) << "its need is met, its run is held";
  EXPECT_EQ(w.waits(2), reasons({{ReasonKind::hold, 0}}));
  w.turn(event::Hold{1, {}, false});
  EXPECT_EQ(w.state(1), TaskState::starting);
  EXPECT_EQ(w.state(2), TaskState::queued);
}

TEST(Hold, of_one_job_leaves_the_others) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").job("b").job("c").done());
  w.turn(event::Hold{1, 1, true});
  EXPECT_EQ(w.state(1), TaskState::pending);
  EXPECT_EQ(w.waits(1), reasons({{ReasonKind::hold, 0}}));
  EXPECT_EQ(to_text(w.task(1).reason), "hold:user");
  EXPECT_TRUE(w.scheduler.view(1)->jobs[1].held);
  EXPECT_FALSE(w.scheduler.summary(1)->held);
  w.exit(0, 0);
  EXPECT_EQ(w.state(2), TaskState::starting);
  w.exit(2, 0);
  EXPECT_EQ(w.run_outcome(), "alive");
  w.turn(event::Hold{1, 1, false});
  EXPECT_EQ(w.state(1), TaskState::starting);
}

TEST(Hold, what_is_granted_and_not_begun_is_asked_back_and_waits) {
  World w;
  w.launcher(1, 4);
  w.submit(a_plan().job("a").job("b").done());
  w.start(0);
  ASSERT_EQ(w.state(1), TaskState::starting) << "granted ahead";
  w.turn(event::Hold{1, {}, true});
  ASSERT_EQ(w.all<action::RetractAttempt>().size(), 1u);
  EXPECT_EQ(w.all<action::RetractAttempt>()[0].attempt, w.attempt(1));
  w.finish(1, revoked());
  EXPECT_EQ(w.state(1), TaskState::pending);
}

TEST(Hold, a_retry_and_a_bystander_wait_too) {
  World w;
  w.launcher(1);
  w.pool(1);
  w.submit(a_plan().job("a").retry(1).thread("t").done());
  w.start(0);
  w.start(1);
  w.turn(event::Hold{1, {}, true});
  w.exit(0, 3);
  EXPECT_EQ(w.waits(0), reasons({{ReasonKind::hold, 0}, {ReasonKind::exit, 3}}));
  w.turn(event::WorkerDown{World::kPool, 9, 0, {w.attempt(1)}, {}});
  EXPECT_EQ(w.state(1), TaskState::pending);
  w.wake_after(seconds(2));
  EXPECT_EQ(w.state(0), TaskState::pending) << "the wait is over, the hold is not";
  w.turn(event::Hold{1, {}, false});
  EXPECT_EQ(w.state(0), TaskState::starting);
  EXPECT_EQ(w.state(1), TaskState::queued);
}

TEST(Hold, of_a_run_and_of_its_job_are_two) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").done(), {.hold = true});
  w.turn(event::Hold{1, 0, true});
  EXPECT_EQ(w.waits(0), reasons({{ReasonKind::hold, 0}, {ReasonKind::hold, 0}}));
  w.turn(event::Hold{1, {}, false});
  EXPECT_EQ(w.waits(0), reasons({{ReasonKind::hold, 0}}));
  w.turn(event::Hold{1, 0, false});
  EXPECT_EQ(w.state(0), TaskState::starting);
}

TEST(Hold, what_has_ended_or_is_held_already_changes_nothing) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").job("b").needs("a").done());
  w.exit(0, 0);
  w.turn(event::Hold{1, 0, true}, event::Hold{1, 99, true}, event::Hold{7, {}, true}, event::Hold{1, {}, false});
  EXPECT_EQ(w.recorded<record::HoldChanged>(), 0u);
  w.turn(event::Hold{1, {}, true}, event::Hold{1, {}, true});
  EXPECT_EQ(w.recorded<record::HoldChanged>(), 1u);
  w.turn(event::CancelRun{1});
  w.turn(w.finished(1, revoked()));
  w.turn(event::Hold{1, {}, false}, event::Hold{1, {}, true});
  EXPECT_EQ(w.recorded<record::HoldChanged>(), 1u);
  EXPECT_EQ(w.run_outcome(), "cancelled cancel:user");
}

TEST(Hold, a_held_run_can_be_cancelled) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").job("b").needs("a", jobs::NeedKind::completed).done(), {.hold = true});
  w.turn(event::CancelRun{1});
  EXPECT_EQ(w.outcome(1), "cancelled cancel:user");
  EXPECT_EQ(w.run_outcome(), "cancelled cancel:user");
}

TEST(Hold, a_held_daemon_keeps_its_consumers_waiting) {
  World w;
  w.launcher(2);
  w.submit(a_plan().job("d").daemon().job("a").needs("d").done());
  w.finish(0, revoked());
  w.turn(event::Hold{1, 0, true});
  w.finish(0, revoked());
  EXPECT_EQ(w.state(0), TaskState::pending);
  EXPECT_EQ(w.state(1), TaskState::pending);
  w.turn(event::Hold{1, 0, false});
  w.start(0);
  EXPECT_EQ(w.state(1), TaskState::starting);
}

TEST(Hold, it_outlives_the_coordinator_and_a_snapshot_of_it) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").job("b").thread("t").done());
  w.start(0);
  w.submit(a_plan().job("a").done(), {.hold = true});
  w.submit(a_plan().job("a").done(), {.hold = true});
  w.submit(a_plan().job("a").done(), {.hold = true, .begin = {1}, .after = {1}});
  w.turn(event::Hold{1, {}, true}, event::Hold{1, 2, true}, event::Hold{2, {}, false});
  for (const auto& journal : {w.journal, w.scheduler.snapshot()}) {
    World next;
    next.now = w.now;
    next.scheduler = replayed(journal);
    next.turn(event::Recovered{2});
    EXPECT_EQ(next.state(0), TaskState::running);
    EXPECT_EQ(next.waits(1), reasons({{ReasonKind::hold, 0}}));
    EXPECT_EQ(next.waits(2), reasons({{ReasonKind::hold, 0}, {ReasonKind::hold, 0}}));
    EXPECT_EQ(next.state(0, 2), TaskState::queued);
    EXPECT_TRUE(next.scheduler.summary(3)->held);
    EXPECT_EQ(next.waits(0, 4), reasons({{ReasonKind::hold, 0}, {ReasonKind::after, 1}}));
  }
}

TEST(Terms, jobs_that_are_done_are_skipped_at_once_and_satisfy_what_needs_them) {
  World w;
  w.launcher(2);
  w.submit(a_plan().job("a").job("b").needs("a").job("c").needs("b").done(),
           {.retry_of = 41, .done = {0, 1, 99}});
  EXPECT_EQ(w.outcome(0), "skipped done:41");
  EXPECT_EQ(w.outcome(1), "skipped done:41");
  EXPECT_EQ(w.state(2), TaskState::starting);
  EXPECT_EQ(w.scheduler.summary(1)->retry_of, 41u);
  EXPECT_TRUE(w.task(0).attempts.empty());
  w.exit(2, 0);
  EXPECT_EQ(w.run_outcome(), "succeeded");
}

TEST(Terms, what_is_done_ends_before_the_gate_opens) {
  World w;
  w.submit(a_plan().job("a").job("b").needs("a").done(), {.hold = true, .retry_of = 3, .done = {0}});
  EXPECT_EQ(w.outcome(0), "skipped done:3");
  EXPECT_EQ(w.waits(1), reasons({{ReasonKind::hold, 0}}));
  Scheduler other = replayed(w.scheduler.snapshot());
  EXPECT_EQ(other.check(), "");
  EXPECT_EQ(other.summary(1)->counts.of(Outcome::skipped), 1u);
}

}  // namespace
}  // namespace rota::core
