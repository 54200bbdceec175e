// Services: daemons that come again when they end, and probes that find one not to serve.
#include "tests/unit/core/a_world.h"

namespace rota::core {
namespace {

using jobs::NeedKind;
using When = jobs::Restart::When;

/// A daemon that another job needs, without jitter.
jobs::Plan served(When when, std::uint32_t limit = 0) {
  auto plan = a_plan().job("d").daemon().ready_log().restart(when, seconds(1), limit).job("a").needs("d").done();
  plan.settings[plan.jobs[0].settings].restart.pace.jitter = 0;
  return plan;
}

TEST(Restarts, always_comes_again_after_a_good_end_and_on_failure_does_not) {
  for (const When when : {When::always, When::on_failure}) {
    World w;
    w.launcher(4);
    w.submit(served(when));
    w.start(0);
    w.turn(w.ready(0));
    w.start(1);
    w.exit(0, 0);
    EXPECT_EQ(w.outcome(0), when == When::always ? "backoff" : "succeeded");
  }
}

TEST(Restarts, each_of_a_row_waits_longer_and_a_row_ends_when_it_was_up_for_long) {
  World w;
  w.launcher(4);
  w.submit(served(When::on_failure));
  const auto fall = [&](Duration up) {
    w.start(0);
    w.pass(up);
    w.exit(0, 1);
    return w.task(0).due - w.now.mono;
  };
  EXPECT_EQ(fall(seconds(1)), seconds(1));
  w.wake_after(seconds(1));
  EXPECT_EQ(fall(seconds(1)), seconds(2));
  w.wake_after(seconds(2));
  EXPECT_EQ(fall(seconds(1)), seconds(4));
  w.wake_after(seconds(4));
  EXPECT_EQ(fall(seconds(600)), seconds(1));
  w.wake_after(seconds(1));
  EXPECT_EQ(fall(seconds(1)), seconds(2));
}

TEST(Restarts, beyond_its_limit_in_a_row_it_has_failed_and_so_have_those_that_wait_for_it) {
  World w;
  w.launcher(4);
  w.submit(served(When::on_failure, 2));
  for (int i = 0; i < 2; ++i) {
    w.start(0);
    w.exit(0, 1);
    EXPECT_EQ(w.outcome(0), "backoff");
    EXPECT_EQ(w.state(1), TaskState::pending) << "it waits on";
    w.wake_after(seconds(4));
  }
  w.start(0);
  w.exit(0, 1);
  EXPECT_EQ(w.outcome(0), "failed exit:1");
  EXPECT_EQ(w.outcome(1), "upstream_failed dep");
}

TEST(Restarts, who_has_begun_goes_on_and_ready_stays_met) {
  World w;
  w.launcher(4);
  w.submit(served(When::always));
  w.start(0);
  w.turn(w.ready(0));
  w.start(1);
  w.exit(0, 1);
  EXPECT_EQ(w.state(1), TaskState::running);
  w.wake_after(seconds(1));
  w.start(0);
  EXPECT_EQ(w.state(0), TaskState::running);
  w.exit(1, 0);
  EXPECT_EQ(w.state(0), TaskState::stopping);
  w.finish(0, stopped_by(StopCause::not_needed));
  EXPECT_EQ(w.run_outcome(), "succeeded");
}

TEST(Restarts, one_that_nobody_needs_any_more_never_comes_again) {
  World w;
  w.launcher(4);
  w.submit(served(When::always));
  w.start(0);
  w.turn(w.ready(0));
  w.start(1);
  w.turn(w.finished(1, exited(0)), w.finished(0, exited(1)));
  EXPECT_EQ(w.run_outcome(), "failed exit:1");
  World v;
  v.launcher(4);
  v.submit(served(When::always));
  v.start(0);
  v.turn(v.ready(0));
  v.start(1);
  v.exit(0, 1);
  EXPECT_EQ(v.outcome(0), "backoff");
  v.exit(1, 0);
  EXPECT_EQ(v.outcome(0), "skipped not-needed");
  EXPECT_EQ(v.run_outcome(), "succeeded");
}

TEST(Restarts, retries_are_not_charged_and_do_not_add_to_it) {
  auto plan = served(When::on_failure, 1);
  plan.settings[plan.jobs[0].settings].retry.limit = 5;
  World w;
  w.launcher(4);
  w.submit(plan);
  w.start(0);
  w.exit(0, 1);
  w.wake_after(seconds(2));
  w.start(0);
  w.exit(0, 1);
  EXPECT_EQ(w.outcome(0), "failed exit:1");
}

TEST(Restarts, a_call_that_is_wrong_for_good_is_not_made_again) {
  World w;
  w.launcher(4);
  w.submit(served(When::always));
  w.finish(0, {Ending::Kind::spawn_failed, 2});
  EXPECT_EQ(w.outcome(0), "failed spawn:ENOENT");
}

TEST(Restarts, a_replay_keeps_the_wait) {
  World w;
  w.launcher(4);
  w.submit(served(When::on_failure));
  w.start(0);
  w.exit(0, 1);
  const Instant due = w.task(0).due;
  Scheduler again;
  for (const Record& r : w.journal)
    if (r.durable) again.replay(r);
  EXPECT_EQ(again.view(1)->jobs[0].tasks[0].state, TaskState::backoff);
  EXPECT_EQ(again.view(1)->jobs[0].tasks[0].due, due);
  EXPECT_EQ(again.next_deadline(), due);
}

TEST(Probe, one_that_is_not_live_is_stopped_and_has_failed_for_that) {
  World w;
  w.launcher(4);
  w.submit(a_plan().job("d").daemon().job("a").done());
  w.start(0);
  w.turn(event::ProbeFailed{w.worker(0), w.attempt(0), StopCause::not_live});
  ASSERT_EQ(w.all<action::StopAttempt>().size(), 1u);
  EXPECT_EQ(w.all<action::StopAttempt>()[0].cause, StopCause::not_live);
  w.finish(0, stopped_by(StopCause::not_live));
  EXPECT_EQ(w.outcome(0), "failed not-live");
}

TEST(Probe, one_that_is_not_live_comes_again) {
  World w;
  w.launcher(4);
  w.submit(served(When::on_failure));
  w.start(0);
  w.turn(w.ready(0));
  w.turn(event::ProbeFailed{w.worker(0), w.attempt(0), StopCause::not_live});
  w.finish(0, stopped_by(StopCause::not_live, true));
  EXPECT_EQ(w.outcome(0), "backoff");
  EXPECT_EQ(w.task(0).attempts.back().outcome, Outcome::failed);
}

TEST(Probe, one_that_has_become_ready_was_in_time) {
  World w;
  w.launcher(4);
  w.submit(served(When::no));
  w.start(0);
  const event::ProbeFailed late{w.worker(0), w.attempt(0), StopCause::not_ready};
  w.turn(w.ready(0), late);
  EXPECT_EQ(w.state(0), TaskState::running);
  World v;
  v.launcher(4);
  v.submit(served(When::no));
  v.start(0);
  v.turn(event::ProbeFailed{v.worker(0), v.attempt(0), StopCause::not_ready});
  v.finish(0, stopped_by(StopCause::not_ready));
  EXPECT_EQ(v.outcome(0), "failed not-ready");
  EXPECT_EQ(v.outcome(1), "upstream_failed dep");
}

TEST(Probe, what_its_user_cancels_meanwhile_does_not_come_again) {
  World w;
  w.launcher(4);
  w.submit(served(When::always));
  w.start(0);
  w.turn(event::ProbeFailed{w.worker(0), w.attempt(0), StopCause::not_live});
  w.turn(event::CancelTasks{{{1, 0, 0, 1}}});
  w.finish(0, stopped_by(StopCause::not_live));
  EXPECT_EQ(w.outcome(0), "failed not-live") << "as it was stopped first, and for good";
}

}  // namespace
}  // namespace rota::core
