// What comes with a cancel: the words of its user, and when what is stopped is to be killed. Both outlive the
// coordinator.
#include "tests/unit/core/a_world.h"

namespace rota::core {
namespace {

event::CancelRun cancel_run(std::optional<Duration> grace, std::string reason = {}) {
  return {1, StopCause::cancel_user, false, grace, std::move(reason)};
}

event::CancelTasks cancel_task(JobIndex job, std::optional<Duration> grace, std::string reason = {}) {
  return {{{1, job, 0, 1}}, false, grace, std::move(reason)};
}

void replay(World& next, const std::vector<Record>& journal) {
  for (const Record& r : journal)
    if (r.durable) next.scheduler.replay(r);
}

/// A later life that begins with the durable records, or with a snapshot of them.
void begin_again(World& next, const World& before, bool from_snapshot) {
  next.now = before.now;
  replay(next, from_snapshot ? before.scheduler.snapshot() : before.journal);
  next.turn(event::Recovered{2});
}

event::WorkerUp back_with(AttemptId attempt) {
  return {World::kLauncher, {0, 0, 0, 4, 0}, std::vector{attempt}};
}

TEST(CancelWish, what_is_stopped_is_killed_when_the_users_patience_is_over) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").grace(seconds(60)).done());
  w.start(0);
  w.turn(cancel_run(seconds(5)));
  ASSERT_EQ(w.all<action::StopAttempt>().size(), 1u);
  EXPECT_EQ(w.all<action::StopAttempt>()[0].grace, seconds(5));
  EXPECT_FALSE(w.all<action::StopAttempt>()[0].now);
}

TEST(CancelWish, a_job_that_allows_less_is_killed_sooner) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").grace(seconds(2)).done());
  w.start(0);
  w.turn(cancel_task(0, seconds(5)));
  EXPECT_EQ(w.all<action::StopAttempt>().at(0).grace, seconds(2));
}

TEST(CancelWish, k11_a_later_life_repeats_the_stop_with_what_is_left_of_the_grace) {
  for (const bool alone : {false, true})
    for (const bool from_snapshot : {false, true}) {
      World w;
      w.launcher(4);
      w.submit(a_plan().job("a").grace(seconds(60)).job("b").done());
      w.start(0);
      if (alone) w.turn(cancel_task(0, seconds(5)));
      else w.turn(cancel_run(seconds(5)));
      w.pass(seconds(2));
      World next;
      begin_again(next, w, from_snapshot);
      next.turn(back_with(w.attempt(0)));
      ASSERT_EQ(next.all<action::StopAttempt>().size(), 1u) << alone << from_snapshot;
      EXPECT_EQ(next.all<action::StopAttempt>()[0].grace, seconds(3)) << alone << from_snapshot;
      World late;
      w.pass(seconds(60));
      begin_again(late, w, from_snapshot);
      late.turn(back_with(w.attempt(0)));
      EXPECT_EQ(late.all<action::StopAttempt>().at(0).grace, seconds(0)) << "it is overdue";
    }
}

TEST(CancelWish, a_thread_takes_its_worker_along_at_that_time) {
  World w;
  w.pool(1);
  w.submit(a_plan().thread("a").grace(seconds(60)).done());
  w.start(0);
  w.turn(cancel_run(seconds(5)));
  EXPECT_EQ(*w.scheduler.next_deadline(), w.now.mono + seconds(5));
  w.wake_after(seconds(5));
  EXPECT_EQ(w.all<action::KillWorker>().size(), 1u);
}

TEST(CancelWish, a_second_one_can_shorten_the_grace_and_not_lengthen_it) {
  for (const bool alone : {false, true}) {
    World w;
    w.pool(1);
    w.submit(a_plan().thread("a").grace(seconds(60)).thread("b").done());
    w.start(0);
    const auto cancel = [&](std::optional<Duration> grace) {
      if (alone) w.turn(cancel_task(0, grace));
      else w.turn(cancel_run(grace));
      return w.all<action::StopAttempt>().size();
    };
    EXPECT_EQ(cancel(std::nullopt), 1u);
    EXPECT_EQ(*w.scheduler.next_deadline(), w.now.mono + seconds(60));
    EXPECT_EQ(cancel(seconds(9)), 1u);
    EXPECT_EQ(cancel(seconds(4)), 1u);
    EXPECT_EQ(*w.scheduler.next_deadline(), w.now.mono + seconds(4));
    EXPECT_EQ(cancel(seconds(30)), 0u);
    EXPECT_EQ(cancel(std::nullopt), 0u);
    EXPECT_EQ(*w.scheduler.next_deadline(), w.now.mono + seconds(4));
  }
}

TEST(CancelWish, a_grace_of_any_length_does_not_wrap_round) {
  World w;
  w.pool(1);
  w.submit(a_plan().thread("a").grace(seconds(60)).done());
  w.start(0);
  w.turn(cancel_run(Duration::max()));
  EXPECT_EQ(*w.scheduler.next_deadline(), w.now.mono + seconds(60));
  w.turn(cancel_run(Duration{-1}));
  EXPECT_EQ(*w.scheduler.next_deadline(), w.now.mono);
}

TEST(CancelWish, the_words_of_the_user_stay_with_the_run_over_lives_and_snapshots) {
  World w;
  w.launcher(2);
  w.submit(a_plan().job("a").job("b").needs("a").done());
  w.start(0);
  w.turn(cancel_run({}, "wrong data"));
  EXPECT_EQ(cancel_reason(*w.scheduler.summary(1)), "wrong data");
  for (const bool from_snapshot : {false, true}) {
    World next;
    begin_again(next, w, from_snapshot);
    next.turn(back_with(w.attempt(0)));
    next.finish(0, stopped_by(StopCause::cancel_user));
    const auto view = *next.scheduler.view(1);
    EXPECT_EQ(view.summary.outcome, Outcome::cancelled);
    EXPECT_EQ(cancel_reason(view.summary), "wrong data") << from_snapshot;
    for (const JobIndex job : {0u, 1u})
      EXPECT_EQ(cancel_reason(view.summary, job, view.jobs[job].tasks[0]), "wrong data") << from_snapshot;
  }
}

TEST(CancelWish, words_on_tasks_are_of_those_alone_that_it_ended) {
  World w;
  w.launcher(4);
  w.submit(a_plan().job("a").job("b").job("c").job("d").done());
  w.start(2);
  w.exit(2, 0);
  w.turn(cancel_task(3, {}));
  w.finish(3, revoked());
  w.turn(event::CancelTasks{{{1, 0, 0, 1}, {1, 2, 0, 1}}, false, {}, "too slow"});
  w.finish(0, revoked());
  EXPECT_EQ(w.recorded<record::CancelNoted>(), 1u);
  w.pass(seconds(1));
  w.turn(cancel_run({}, "all of it"));
  w.finish(1, revoked());
  const auto view = *w.scheduler.view(1);
  const auto said = [&](JobIndex job) { return cancel_reason(view.summary, job, view.jobs[job].tasks[0]); };
  EXPECT_EQ(said(0), "too slow");
  EXPECT_EQ(said(1), "all of it");
  EXPECT_EQ(said(2), "") << "it had ended";
  EXPECT_EQ(said(3), "") << "it was cancelled before anything was said";
  EXPECT_EQ(view.summary.cancels.front().tasks, (std::vector<TaskSpan>{{0, 0, 1}}));
}

TEST(CancelWish, nothing_is_noted_of_what_is_over_or_said_again_or_beyond_the_limit) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").done());
  w.start(0);
  w.turn(cancel_run({}, ""));
  EXPECT_EQ(w.recorded<record::CancelNoted>(), 0u);
  w.turn(cancel_run({}, "once"));
  w.turn(cancel_run({}, "once"));
  EXPECT_EQ(w.recorded<record::CancelNoted>(), 1u);
  for (int i = 0; i < 100; ++i) w.turn(cancel_run({}, std::to_string(i)));
  EXPECT_EQ(w.recorded<record::CancelNoted>(), 64u);
  w.finish(0, stopped_by(StopCause::cancel_user));
  w.turn(cancel_run({}, "too late"));
  EXPECT_EQ(w.recorded<record::CancelNoted>(), 64u);
}

TEST(CancelWish, what_runs_after_the_verdict_is_left_to_run) {
  World w;
  w.launcher(2);
  w.submit(a_plan().job("a").grace(seconds(60)).job("clean").hook(jobs::Hook::on_exit).done());
  w.start(0);
  w.turn(cancel_run(seconds(5), "enough"));
  w.finish(0, stopped_by(StopCause::cancel_user));
  ASSERT_EQ(w.state(1), TaskState::starting);
  w.start(1);
  w.turn(cancel_run(seconds(5), "hurry"));
  EXPECT_TRUE(w.actions.empty()) << "only `now` ends a hook";
  EXPECT_EQ(w.recorded<record::CancelNoted>(), 1u);
}

}  // namespace
}  // namespace rota::core
