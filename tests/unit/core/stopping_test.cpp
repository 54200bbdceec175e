// Cancels, failure policies, timeouts, and who wins when an end and a stop meet.
#include "tests/unit/core/a_world.h"

namespace rota::core {
namespace {

using jobs::FailurePolicy;

TEST(Cancel, what_never_started_ends_at_once_and_what_runs_is_asked_with_its_grace) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").grace(seconds(3)).job("b").job("c").needs("b").done());
  w.start(0);
  w.turn(event::CancelRun{1});
  EXPECT_EQ(w.state(0), TaskState::stopping);
  EXPECT_EQ(w.outcome(1), "cancelled cancel:user");
  EXPECT_EQ(w.outcome(2), "cancelled cancel:user");
  const auto stops = w.all<action::StopAttempt>();
  ASSERT_EQ(stops.size(), 1u);
  EXPECT_EQ(stops[0].grace, seconds(3));
  EXPECT_FALSE(stops[0].now);
  EXPECT_TRUE(w.scheduler.summary(1)->stopping);
  w.finish(0, stopped_by(StopCause::cancel_user));
  EXPECT_EQ(w.outcome(0), "cancelled cancel:user");
  EXPECT_EQ(w.run_outcome(), "cancelled cancel:user");
}

TEST(Cancel, repeating_it_is_harmless_and_now_is_stronger) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").done());
  w.turn(event::CancelRun{1});
  w.turn(event::CancelRun{1});
  EXPECT_TRUE(w.actions.empty());
  w.turn(event::CancelRun{1, StopCause::cancel_user, true});
  ASSERT_EQ(w.all<action::StopAttempt>().size(), 1u);
  EXPECT_TRUE(w.all<action::StopAttempt>()[0].now);
  w.turn(event::CancelRun{1, StopCause::cancel_user, true});
  EXPECT_TRUE(w.actions.empty());
  EXPECT_EQ(w.recorded<record::StopAsked>(), 1u);
  w.finish(0, revoked());
  EXPECT_EQ(w.outcome(0), "cancelled cancel:user");
  w.turn(event::CancelRun{1}, event::CancelRun{99});
  EXPECT_TRUE(w.actions.empty());
}

TEST(Cancel, one_that_came_too_late_leaves_the_run_succeeded) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").done());
  w.start(0);
  w.turn(event::CancelRun{1});
  w.exit(0, 0);
  EXPECT_EQ(w.run_outcome(), "succeeded");
}

TEST(Cancel, a_cancelled_run_does_not_retry) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").retry(5).job("b").retry(5).done());
  w.start(0);
  w.turn(event::CancelRun{1});
  w.exit(0, 1);
  EXPECT_EQ(w.outcome(0), "failed exit:1");
  EXPECT_EQ(w.run_outcome(), "cancelled cancel:user");
}

TEST(Cancel, a_backoff_is_over_with_the_run) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").retry(5).done());
  w.start(0);
  w.exit(0, 1);
  EXPECT_EQ(w.state(0), TaskState::backoff);
  w.turn(event::CancelRun{1});
  EXPECT_EQ(w.outcome(0), "cancelled cancel:user");
  EXPECT_FALSE(w.scheduler.next_deadline());
}

TEST(Policy, finish_runs_what_still_can) {
  World w;
  w.launcher(1);
  w.submit(a_plan().on_failure(FailurePolicy::finish).job("a").job("b").done());
  w.exit(0, 1);
  EXPECT_EQ(w.state(1), TaskState::starting);
}

TEST(Policy, stop_starts_nothing_new_and_lets_run_what_runs) {
  World w;
  w.launcher(3, 10);
  w.submit(a_plan().on_failure(FailurePolicy::stop).job("a").job("b").job("granted").job("after").needs("a")
               .job("waits").needs("b").done());
  w.start(0);
  w.start(1);
  w.exit(0, 1);
  EXPECT_EQ(w.outcome(3), "upstream_failed dep") << "the better reason";
  EXPECT_EQ(w.outcome(4), "cancelled stop:policy");
  EXPECT_EQ(w.state(1), TaskState::running);
  ASSERT_EQ(w.all<action::RetractAttempt>().size(), 1u);
  EXPECT_EQ(w.all<action::RetractAttempt>()[0].attempt.task.job, 2u);
  w.finish(2, revoked());
  EXPECT_EQ(w.outcome(2), "cancelled stop:policy");
  w.exit(1, 0);
  EXPECT_EQ(w.outcome(1), "succeeded");
  EXPECT_EQ(w.run_outcome(), "failed exit:1");
}

TEST(Policy, stop_takes_back_a_retry_too) {
  World w;
  w.launcher(2);
  w.submit(a_plan().on_failure(FailurePolicy::stop).job("a").job("b").retry(3).done());
  w.start(0);
  w.start(1);
  w.exit(0, 1);
  w.exit(1, 1);
  EXPECT_EQ(w.outcome(1), "failed exit:1") << "a retry would be something new";
}

TEST(Policy, cancel_stops_everything) {
  World w;
  w.launcher(2);
  w.submit(a_plan().on_failure(FailurePolicy::cancel).job("a").job("b").job("c").done());
  w.start(0);
  w.start(1);
  w.exit(0, 1);
  EXPECT_EQ(w.state(1), TaskState::stopping);
  EXPECT_EQ(w.outcome(2), "cancelled cancel:policy");
  ASSERT_EQ(w.all<action::StopAttempt>().size(), 1u);
  EXPECT_EQ(w.all<action::StopAttempt>()[0].cause, StopCause::cancel_policy);
  w.finish(1, stopped_by(StopCause::cancel_policy));
  EXPECT_EQ(w.run_outcome(), "failed exit:1");
}

TEST(Policy, a_forgiven_failure_stops_nothing) {
  World w;
  w.launcher(1);
  w.submit(a_plan().on_failure(FailurePolicy::cancel).job("a").forgiven().job("b").done());
  w.exit(0, 1);
  EXPECT_EQ(w.state(1), TaskState::starting);
}

TEST(Timeout, the_runs_own_ends_everything_and_names_itself) {
  World w;
  w.launcher(1);
  w.submit(a_plan().run_timeout(seconds(10)).job("a").job("b").done());
  w.start(0);
  ASSERT_TRUE(w.scheduler.next_deadline());
  EXPECT_EQ(*w.scheduler.next_deadline(), w.now.mono + seconds(10));
  w.wake_after(seconds(10));
  EXPECT_EQ(w.outcome(1), "cancelled timeout:run");
  w.finish(0, stopped_by(StopCause::run_timeout));
  EXPECT_EQ(w.outcome(0), "timed_out timeout:run");
  EXPECT_EQ(w.run_outcome(), "timed_out timeout:run");
}

TEST(Timeout, a_process_attempts_clock_is_the_launchers) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").timeout(seconds(1)).done());
  w.start(0);
  EXPECT_FALSE(w.scheduler.next_deadline());
  w.finish(0, stopped_by(StopCause::timeout));
  EXPECT_EQ(w.outcome(0), "timed_out timeout");
}

TEST(Timeout, a_thread_is_asked_then_its_worker_is_killed) {
  World w;
  w.pool(2);
  w.submit(a_plan().thread("stuck").timeout(seconds(1)).grace(seconds(2)).thread("bystander").thread("waits").done());
  w.start(0);
  w.start(1);
  w.wake_after(seconds(1));
  EXPECT_EQ(w.state(0), TaskState::stopping);
  ASSERT_EQ(w.all<action::StopAttempt>().size(), 1u);
  w.wake_after(seconds(2));
  ASSERT_EQ(w.all<action::DrainWorker>().size(), 1u);
  w.wake_after(seconds(10));
  ASSERT_EQ(w.all<action::KillWorker>().size(), 1u) << "its bystander has had its grace";
  EXPECT_FALSE(w.scheduler.next_deadline()) << "asked once: no busy loop until the worker is seen dead";
  w.turn(event::WorkerDown{World::kPool, 9, 0, {w.attempt(0), w.attempt(1)}, {}});
  EXPECT_EQ(w.outcome(0), "timed_out timeout");
  EXPECT_TRUE(w.task(0).attempts[0].report.ending.forced);
  EXPECT_EQ(w.state(1), TaskState::queued) << "a bystander runs again, free of charge";
  EXPECT_EQ(*w.task(1).attempts[0].outcome, Outcome::interrupted);
}

TEST(Timeout, a_coroutine_stopped_now_has_half_a_second) {
  World w;
  w.pool(1);
  w.submit(a_plan().async("a").grace(seconds(60)).done());
  w.start(0);
  w.turn(event::CancelRun{1});
  EXPECT_EQ(*w.scheduler.next_deadline(), w.now.mono + seconds(60));
  w.pass(seconds(5));
  w.turn(event::CancelRun{1, StopCause::cancel_user, true});
  EXPECT_EQ(*w.scheduler.next_deadline(), w.now.mono + milliseconds(500));
  w.wake_after(milliseconds(500));
  EXPECT_EQ(w.all<action::KillWorker>().size(), 1u);
}

TEST(Timeout, a_timed_out_attempt_is_retried_when_the_job_says_so) {
  World w;
  w.pool(1);
  w.submit(a_plan().thread("a").timeout(seconds(1)).retry(1).done());
  w.start(0);
  w.wake_after(seconds(1));
  w.finish(0, stopped_by(StopCause::timeout));
  EXPECT_EQ(w.state(0), TaskState::backoff);
}

// The exit record first wins: one outcome in every order of (end, timeout or cancel) within a turn.
TEST(Timeout, p09_an_exit_in_the_turn_of_its_timeout_counts_by_itself) {
  for (const bool exit_first : {true, false}) {
    World w;
    w.pool(1);
    w.submit(a_plan().thread("a").timeout(seconds(1)).done());
    w.start(0);
    w.pass(seconds(1));
    const auto end = w.finished(0, exited(0));
    exit_first ? w.turn(end, event::Wake{}) : w.turn(event::Wake{}, end);
    EXPECT_EQ(w.outcome(0), "succeeded");
    EXPECT_EQ(w.recorded<record::AttemptEnded>(), 1u);
  }
}

TEST(Cancel, p09_an_exit_in_the_turn_of_a_cancel_counts_by_itself) {
  for (const bool exit_first : {true, false}) {
    World w;
    w.launcher(1);
    w.submit(a_plan().job("a").job("b").needs("a").done());
    w.start(0);
    const auto end = w.finished(0, exited(0));
    exit_first ? w.turn(end, event::CancelRun{1}) : w.turn(event::CancelRun{1}, end);
    EXPECT_EQ(w.outcome(0), "succeeded");
    EXPECT_EQ(w.outcome(1), "cancelled cancel:user");
    EXPECT_EQ(w.run_outcome(), "cancelled cancel:user");
  }
}

TEST(Cancel, p09_a_stop_that_reached_it_decides_though_it_exited_0) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").done());
  w.start(0);
  w.turn(event::CancelRun{1});
  Ending e = exited(0);
  e.stopped_by = StopCause::cancel_user;
  w.finish(0, e);
  EXPECT_EQ(w.outcome(0), "cancelled cancel:user");
}

TEST(Cancel, a_stop_after_stop_nothing_new_reaches_what_runs) {
  World w;
  w.launcher(2);
  w.submit(a_plan().on_failure(FailurePolicy::stop).job("a").job("b").done());
  w.start(0);
  w.start(1);
  w.exit(0, 1);
  w.turn(event::CancelRun{1});
  EXPECT_EQ(w.all<action::StopAttempt>().size(), 1u);
  w.finish(1, stopped_by(StopCause::cancel_user));
  EXPECT_EQ(w.run_outcome(), "cancelled cancel:user");
}

}  // namespace
}  // namespace rota::core
