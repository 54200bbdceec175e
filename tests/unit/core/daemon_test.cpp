// Daemons: never hold the run open, take no slot, end with their consumers.
#include "tests/unit/core/a_world.h"

namespace rota::core {
namespace {

using jobs::NeedKind;

TEST(Daemon, it_is_stopped_when_its_last_consumer_has_ended) {
  World w;
  w.launcher(4);
  w.submit(a_plan().job("d").daemon().job("a").needs("d").job("b").needs("d").job("other").done());
  w.start(0);
  w.exit(1, 0);
  EXPECT_EQ(w.state(0), TaskState::running);
  w.exit(2, 1);
  ASSERT_EQ(w.all<action::StopAttempt>().size(), 1u);
  EXPECT_EQ(w.all<action::StopAttempt>()[0].cause, StopCause::not_needed);
  w.finish(0, stopped_by(StopCause::not_needed, true));
  EXPECT_EQ(w.outcome(0), "succeeded not-needed");
  EXPECT_EQ(w.run_outcome(), "alive");
}

TEST(Daemon, without_consumers_it_runs_until_the_last_other_job_has_ended) {
  World w;
  w.launcher(2);
  w.submit(a_plan().job("d").daemon().job("a").job("b").needs("a").done());
  w.start(0);
  w.exit(1, 0);
  EXPECT_EQ(w.state(0), TaskState::running);
  w.exit(2, 0);
  EXPECT_EQ(w.state(0), TaskState::stopping);
  w.finish(0, stopped_by(StopCause::not_needed));
  EXPECT_EQ(w.run_outcome(), "succeeded");
}

TEST(Daemon, a_daemon_that_serves_a_daemon_ends_after_it) {
  World w;
  w.pool(1);
  w.launcher(2);
  w.submit(a_plan().async("camera").daemon().ready_log().thread("alive").daemon().needs("camera").job("record")
               .needs("alive", NeedKind::started).job("other").done());
  w.start(0);
  EXPECT_EQ(w.state(1), TaskState::pending);
  w.turn(w.ready(0));
  EXPECT_EQ(w.state(1), TaskState::starting);
  w.start(1);
  w.exit(2, 0);
  EXPECT_EQ(w.state(0), TaskState::running);
  EXPECT_EQ(w.state(1), TaskState::stopping);
  w.finish(1, stopped_by(StopCause::not_needed));
  EXPECT_EQ(w.state(0), TaskState::stopping);
  w.finish(0, stopped_by(StopCause::not_needed));
  w.exit(3, 0);
  EXPECT_EQ(w.run_outcome(), "succeeded");
}

TEST(Daemon, it_takes_no_slot_and_is_not_counted_in_max_parallel) {
  World w;
  w.pool(1);
  w.submit(a_plan().max_parallel(1).thread("d1").daemon().thread("d2").daemon().thread("a").done());
  EXPECT_EQ(w.state(0), TaskState::starting);
  EXPECT_EQ(w.state(1), TaskState::starting);
  EXPECT_EQ(w.state(2), TaskState::starting);
  EXPECT_EQ(w.scheduler.demand().thread, 3u);
}

TEST(Daemon, one_that_failed_by_itself_fails_the_run_and_those_that_waited_for_it) {
  World w;
  w.launcher(2);
  w.submit(a_plan().job("d").daemon().ready_log().job("a").needs("d").done());
  w.start(0);
  w.exit(0, 1);
  EXPECT_EQ(w.outcome(1), "upstream_failed dep");
  EXPECT_EQ(w.run_outcome(), "failed exit:1");
}

TEST(Daemon, one_that_ended_well_before_has_succeeded_and_is_not_started_again) {
  World w;
  w.launcher(2);
  w.submit(a_plan().job("d").daemon().retry(3).job("a").needs("d").done());
  w.start(0);
  w.exit(0, 0);
  EXPECT_EQ(w.outcome(0), "succeeded");
  w.exit(1, 0);
  EXPECT_EQ(w.run_outcome(), "succeeded");
}

TEST(Daemon, one_that_never_started_is_skipped_when_no_longer_needed) {
  World w;
  w.launcher(1);
  w.submit(a_plan().thread("d").daemon().job("a").done());
  EXPECT_EQ(w.state(0), TaskState::queued) << "no pool worker yet";
  w.exit(1, 0);
  EXPECT_EQ(w.outcome(0), "skipped not-needed");
  EXPECT_EQ(w.run_outcome(), "succeeded");
}

TEST(Daemon, one_granted_and_not_begun_is_skipped_when_given_back) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("d").daemon().job("a").done());
  w.exit(1, 0);
  EXPECT_EQ(w.state(0), TaskState::stopping);
  w.finish(0, revoked());
  EXPECT_EQ(w.outcome(0), "skipped not-needed");
  EXPECT_EQ(w.run_outcome(), "succeeded");
}

TEST(Daemon, its_retry_is_over_when_it_is_no_longer_needed) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("d").daemon().retry(3).job("a").done());
  w.start(0);
  w.exit(0, 1);
  EXPECT_EQ(w.state(0), TaskState::backoff);
  w.exit(1, 0);
  EXPECT_EQ(w.outcome(0), "skipped not-needed");
}

TEST(Daemon, one_killed_with_its_worker_after_being_asked_has_succeeded) {
  World w;
  w.pool(1);
  w.launcher(1);
  w.submit(a_plan().thread("d").daemon().grace(seconds(1)).job("a").done());
  w.start(0);
  w.exit(1, 0);
  w.wake_after(seconds(1));
  EXPECT_EQ(w.all<action::KillWorker>().size(), 1u);
  w.turn(event::WorkerDown{World::kPool, 9, 0, {w.attempt(0)}, {}});
  EXPECT_EQ(w.outcome(0), "succeeded not-needed");
  EXPECT_EQ(w.run_outcome(), "succeeded");
}

}  // namespace
}  // namespace rota::core
