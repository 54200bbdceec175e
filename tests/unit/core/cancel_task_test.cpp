// Cancels of single tasks: what they end, what follows, what the run comes to, and that a later life keeps to them.
#include "tests/unit/core/a_world.h"

namespace rota::core {
namespace {

using jobs::FailurePolicy;

event::CancelTasks cancel(std::vector<JobIndex> jobs, bool now = false) {
  event::CancelTasks e;
  for (const JobIndex j : jobs) e.tasks.push_back({1, j, 0});
  e.now = now;
  return e;
}

TEST(CancelTask, what_runs_is_asked_and_what_waits_ends_and_the_run_goes_on) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").job("b").job("c").needs("b").job("d").done());
  w.start(0);
  w.turn(cancel({0, 1}));
  ASSERT_EQ(w.all<action::StopAttempt>().size(), 1u);
  EXPECT_EQ(w.all<action::StopAttempt>()[0].cause, StopCause::cancel_user);
  EXPECT_EQ(w.state(0), TaskState::stopping);
  EXPECT_EQ(w.outcome(1), "cancelled cancel:user");
  EXPECT_EQ(w.outcome(2), "upstream_failed dep");
  EXPECT_FALSE(w.scheduler.summary(1)->stopping);
  w.finish(0, stopped_by(StopCause::cancel_user));
  EXPECT_EQ(w.outcome(0), "cancelled cancel:user");
  EXPECT_EQ(w.state(3), TaskState::starting);
  w.exit(3, 0);
  EXPECT_EQ(w.run_outcome(), "cancelled cancel:user");
}

TEST(CancelTask, a_run_in_which_something_failed_by_itself_has_failed_of_that) {
  World w;
  w.launcher(2);
  w.submit(a_plan().job("a").job("b").done());
  w.turn(cancel({0}));
  w.finish(0, revoked());
  w.exit(1, 7);
  EXPECT_EQ(w.run_outcome(), "failed exit:7");
}

TEST(CancelTask, it_is_no_failure_that_a_policy_acts_on) {
  for (const FailurePolicy policy : {FailurePolicy::stop, FailurePolicy::cancel}) {
    World w;
    w.launcher(1);
    w.submit(a_plan().on_failure(policy).job("a").job("b").job("c").needs("b").job("d").done());
    w.turn(cancel({1}));
    EXPECT_EQ(w.outcome(2), "upstream_failed dep");
    EXPECT_FALSE(w.scheduler.summary(1)->stopping);
    w.exit(0, 0);
    EXPECT_EQ(w.state(3), TaskState::starting);
    w.exit(3, 1);
    EXPECT_EQ(w.run_outcome(), "failed exit:1");
  }
}

TEST(CancelTask, a_failure_after_it_in_the_same_job_is_one_that_a_policy_acts_on) {
  World w;
  w.pool(1);
  w.submit(a_plan().on_failure(FailurePolicy::cancel).thread("a").array(3).thread("b").done());
  w.turn(event::CancelTasks{{{1, 0, 2, 1}}});
  ASSERT_FALSE(w.scheduler.summary(1)->stopping);
  w.start(0);
  w.finish(0, {Ending::Kind::threw});
  EXPECT_EQ(w.outcome(1), "cancelled cancel:policy");
}

TEST(CancelTask, one_given_back_or_interrupted_does_not_run_again) {
  World w;
  w.launcher(2);
  w.pool(1);
  w.submit(a_plan().job("a").thread("t").job("b").done());
  w.start(1);
  w.turn(cancel({0, 1}));
  w.finish(0, revoked());
  EXPECT_EQ(w.outcome(0), "cancelled cancel:user");
  w.turn(event::WorkerDown{World::kPool, 9, 0, {w.attempt(1)}, {}});
  EXPECT_EQ(w.outcome(1), "cancelled cancel:user");
  EXPECT_EQ(w.run_outcome(), "alive");
}

TEST(CancelTask, a_retry_that_waits_ends_and_one_that_stops_by_its_timeout_is_not_tried_again) {
  World w;
  w.pool(2);
  w.submit(a_plan().thread("a").retry(3, seconds(50)).thread("b").retry(3).timeout(seconds(1)).done());
  w.start(0);
  w.start(1);
  w.finish(0, {Ending::Kind::threw});
  ASSERT_EQ(w.state(0), TaskState::backoff);
  w.wake_after(seconds(1));
  ASSERT_EQ(w.state(1), TaskState::stopping);
  w.turn(cancel({0, 1}));
  EXPECT_EQ(w.outcome(0), "cancelled cancel:user");
  w.finish(1, {Ending::Kind::threw, 0, StopCause::timeout});
  EXPECT_EQ(w.outcome(1), "timed_out timeout");
}

TEST(CancelTask, now_is_stronger_and_is_told_once) {
  World w;
  w.pool(1);
  w.submit(a_plan().thread("a").grace(seconds(60)).done());
  w.start(0);
  w.turn(cancel({0}));
  EXPECT_EQ(*w.scheduler.next_deadline(), w.now.mono + seconds(60));
  w.turn(cancel({0}));
  EXPECT_TRUE(w.actions.empty());
  w.turn(cancel({0}, true));
  ASSERT_EQ(w.all<action::StopAttempt>().size(), 1u);
  EXPECT_TRUE(w.all<action::StopAttempt>()[0].now);
  EXPECT_EQ(*w.scheduler.next_deadline(), w.now.mono + milliseconds(500));
  w.turn(cancel({0}, true));
  EXPECT_TRUE(w.actions.empty());
  w.wake_after(milliseconds(500));
  EXPECT_EQ(w.all<action::KillWorker>().size(), 1u);
  w.turn(event::WorkerDown{World::kPool, 9, 0, {w.attempt(0)}, {}});
  EXPECT_EQ(w.run_outcome(), "cancelled cancel:user");
}

TEST(CancelTask, an_end_that_no_stop_reached_counts_by_itself) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").retry(4).done());
  w.start(0);
  w.turn(cancel({0}));
  w.exit(0, 3);
  EXPECT_EQ(w.outcome(0), "failed exit:3") << "and no retry";
  EXPECT_EQ(w.run_outcome(), "failed exit:3");
}

TEST(CancelTask, one_that_is_no_longer_needed_is_hurried_and_keeps_its_cause) {
  World w;
  w.pool(2);
  w.submit(a_plan().thread("d").daemon().grace(seconds(60)).thread("a").thread("b").needs("a").done());
  w.turn(event::Hold{1, 2, true});
  w.start(0);
  w.turn(cancel({2}));
  w.finish(1);
  ASSERT_EQ(w.state(0), TaskState::stopping);
  w.turn(cancel({0}, true));
  EXPECT_EQ(*w.scheduler.next_deadline(), w.now.mono + milliseconds(500));
  w.turn(event::WorkerDown{World::kPool, 9, 0, {w.attempt(0)}, {}});
  EXPECT_EQ(w.outcome(0), "succeeded not-needed");
  Scheduler other = replayed(w.journal);
  EXPECT_EQ(other.summary(1)->outcome, Outcome::cancelled);
}

TEST(CancelTask, what_has_ended_or_never_was_changes_nothing) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").done());
  w.exit(0, 0);
  const std::size_t records = w.journal.size();
  w.turn(cancel({0, 5}), event::CancelTasks{{{9, 9, 9}}});
  EXPECT_EQ(w.journal.size(), records);
}

TEST(CancelTask, a_daemon_by_itself_leaves_those_that_waited_for_it_without_hope) {
  World w;
  w.launcher(2);
  w.submit(a_plan().job("d").daemon().ready_log().job("a").needs("d").job("b").done());
  w.start(0);
  w.turn(cancel({0}));
  w.finish(0, stopped_by(StopCause::cancel_user));
  EXPECT_EQ(w.outcome(1), "upstream_failed dep");
  w.exit(2, 0);
  EXPECT_EQ(w.run_outcome(), "cancelled cancel:user");
}

TEST(CancelTask, a_thread_that_was_cancelled_does_not_run_again_in_the_next_life) {
  for (const bool by_snapshot : {false, true}) {
    World w;
    w.pool(3);
    w.submit(a_plan().thread("a").thread("b").thread("c").done());
    w.start(0);
    w.turn(cancel({0}), cancel({1}, true));  // b has not begun, as far as is known
    World next;
    next.now = w.now;
    next.scheduler = replayed(by_snapshot ? w.scheduler.snapshot() : w.journal);
    EXPECT_EQ(next.state(0), TaskState::stopping);
    next.turn(event::Recovered{2});
    EXPECT_EQ(next.outcome(0), "cancelled cancel:user");
    EXPECT_EQ(next.outcome(1), "cancelled cancel:user");
    EXPECT_EQ(next.state(2), TaskState::queued);
  }
}

TEST(CancelTask, a_process_is_told_again_in_the_next_life_and_as_hard) {
  for (const bool by_snapshot : {false, true}) {
    World w;
    w.launcher(1);
    w.submit(a_plan().job("a").job("b").done());
    w.start(0);
    w.turn(cancel({0}), cancel({0}, true));
    World next;
    next.now = w.now;
    next.scheduler = replayed(by_snapshot ? w.scheduler.snapshot() : w.journal);
    next.turn(event::Recovered{2});
    next.turn(event::WorkerUp{World::kLauncher, {0, 0, 0, 1, 0}, std::vector<AttemptId>{next.attempt(0)}});
    const auto stops = next.all<action::StopAttempt>();
    ASSERT_EQ(stops.size(), 1u);
    EXPECT_TRUE(stops[0].now);
    EXPECT_EQ(next.state(1), TaskState::queued);
  }
}

}  // namespace
}  // namespace rota::core
