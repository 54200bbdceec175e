// What a new life of the coordinator learns from launchers that outlived the last one.
#include "tests/unit/core/a_world.h"

namespace rota::core {
namespace {

constexpr WorkerId kOther{3, 1};
constexpr event::Capacity kWide{0, 0, 0, 4, 4};

/// The next life after the death of `w`. `lost`: records that never became durable, from the end.
struct Reborn : World {
  explicit Reborn(const World& w, std::size_t lost = 0) {
    now = w.now;
    for (std::size_t i = 0; i + lost < w.journal.size(); ++i)
      if (w.journal[i].durable) scheduler.replay(w.journal[i]);
    turn(event::Recovered{2});
  }
};

event::WorkerUp back(WorkerId id, std::vector<AttemptId> holds) { return {id, kWide, std::move(holds)}; }

/// Four processes at two launchers, two begun.
struct TwoLaunchers : World {
  TwoLaunchers() {
    launcher(2, 0, kLauncher);
    launcher(2, 0, kOther);
    submit(a_plan().job("a").job("b").job("c").job("d").done());
    start(0);
    start(1);
  }
};

TEST(Recovery, it_is_over_when_every_launcher_of_the_old_life_was_heard_or_is_dead) {
  const TwoLaunchers w;
  ASSERT_EQ(w.worker(0), World::kLauncher);
  ASSERT_EQ(w.worker(1), kOther);
  Reborn next(w);
  EXPECT_EQ(next.scheduler.recovery().total, 4u);
  EXPECT_EQ(next.scheduler.recovery().known, 0u);
  EXPECT_EQ(next.scheduler.unheard(), (std::vector<WorkerId>{World::kLauncher, kOther}));
  EXPECT_EQ(to_text(next.task(0).reason), "recovering");
  EXPECT_EQ(next.state(0), TaskState::running);
  EXPECT_EQ(next.waits(2), std::vector<Reason>({{ReasonKind::recovering, 0}}));
  next.turn(back(World::kLauncher, {next.attempt(0)}));
  EXPECT_EQ(next.scheduler.recovery().known, 2u);
  EXPECT_FALSE(next.scheduler.recovery().over());
  EXPECT_EQ(next.scheduler.unheard(), std::vector<WorkerId>{kOther});
  EXPECT_EQ(to_text(next.task(0).reason), "");
  EXPECT_EQ(to_text(next.task(1).reason), "recovering");
  next.turn(event::WorkerDown{kOther, 9, 0, {}, {}});
  EXPECT_TRUE(next.scheduler.recovery().over());
  EXPECT_TRUE(next.scheduler.unheard().empty());
  EXPECT_EQ(next.outcome(1), "lost worker-lost");
}

TEST(Recovery, it_is_over_at_once_where_nothing_was_held) {
  World w;
  w.pool(1);
  w.submit(a_plan().thread("a").done());
  w.start(0);
  EXPECT_TRUE(Reborn(w).scheduler.recovery().over());
  EXPECT_EQ(to_text(w.task(0).reason), "") << "a life without a recovery";
}

TEST(Recovery, ends_found_in_a_dead_launchers_journal_come_before_its_death) {
  const TwoLaunchers w;
  Reborn next(w);
  auto end_a = next.finished(0, exited(5)), end_c = next.finished(2, exited(0));
  end_a.worker = end_c.worker = World::kLauncher;
  end_c.report.started = next.now.mono;  // its Started was lost
  next.turn(end_a, end_c, event::WorkerDown{World::kLauncher, 9, 0, {}, {}});
  EXPECT_EQ(next.outcome(0), "failed exit:5");
  EXPECT_EQ(next.outcome(2), "succeeded");
  EXPECT_EQ(next.scheduler.recovery().known, 2u) << "though nothing was left for its death to tell";
  EXPECT_EQ(next.scheduler.unheard(), std::vector<WorkerId>{kOther});
}

TEST(Recovery, nothing_is_granted_to_a_launcher_that_is_not_heard_of_but_to_a_new_one) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").job("b").done());
  w.start(0);
  Reborn next(w);
  EXPECT_EQ(next.state(1), TaskState::queued);
  next.launcher(1, 0, kOther);
  EXPECT_EQ(next.worker(1), kOther);
}

TEST(Recovery, max_parallel_counts_what_an_unheard_launcher_may_be_running) {
  World w;
  w.launcher(2);
  w.submit(a_plan().max_parallel(2).job("a").job("b").job("c").done());
  w.start(0);
  Reborn next(w);
  next.launcher(2, 0, kOther);
  EXPECT_EQ(next.state(2), TaskState::queued);
  EXPECT_EQ(next.waits(2), std::vector<Reason>({{ReasonKind::max_parallel, 0}}));
  next.turn(back(World::kLauncher, {next.attempt(0)}));  // b has never started
  EXPECT_EQ(next.state(1), TaskState::starting);
  EXPECT_EQ(next.state(2), TaskState::queued);
}

TEST(Recovery, what_the_launcher_has_not_is_revoked_or_lost_by_whether_it_had_begun) {
  World w;
  w.launcher(4);
  w.submit(a_plan().job("unstarted").job("begun").job("cancelled").job("gone").job("unneeded").daemon().done());
  for (const JobIndex j : {1u, 3u, 4u}) w.start(j);
  w.turn(event::CancelTasks{{{1, 2, 0}, {1, 3, 0}}});
  Reborn next(w);
  next.turn(back(World::kLauncher, {}));
  EXPECT_EQ(*next.task(0).attempts[0].outcome, Outcome::revoked);
  EXPECT_EQ(next.state(0), TaskState::starting) << "granted again";
  EXPECT_EQ(next.outcome(1), "lost worker-lost");
  EXPECT_EQ(next.outcome(2), "cancelled cancel:user") << "it never started, and does not";
  EXPECT_EQ(next.outcome(3), "lost worker-lost") << "it was asked to stop, and nobody saw it end";
  EXPECT_EQ(next.outcome(4), "lost worker-lost");
}

TEST(Recovery, k09_an_end_whose_record_was_lost_is_told_again_and_taken_once) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").job("b").needs("a").done());
  w.start(0);
  const auto end = w.finished(0, exited(0));
  w.turn(end);
  Reborn next(w, 2);  // AttemptEnded, and the grant that followed it
  EXPECT_EQ(next.state(0), TaskState::running);
  next.turn(back(World::kLauncher, {end.attempt}), event::Started{World::kLauncher, end.attempt, 4711, w.now.mono}, end,
            end);
  EXPECT_EQ(next.outcome(0), "succeeded");
  EXPECT_EQ(next.task(0).attempts.size(), 1u);
  EXPECT_EQ(next.state(1), TaskState::starting);
}

TEST(Recovery, k06_an_end_whose_start_was_lost_meets_the_needs_on_its_start) {
  World w;
  w.launcher(2);
  w.submit(a_plan().job("a").job("b").needs("a", jobs::NeedKind::started).done());
  Reborn next(w);
  auto end = next.finished(0, exited(1));
  end.worker = World::kLauncher;
  end.report.started = next.now.mono;
  next.turn(back(World::kLauncher, {end.attempt}), end);
  EXPECT_EQ(next.outcome(0), "failed exit:1");
  EXPECT_EQ(next.state(1), TaskState::starting);
}

TEST(Recovery, a_start_that_only_a_dead_launchers_journal_knows_is_lost_and_never_run_again) {
  World w;
  w.launcher(2);
  w.submit(a_plan().job("a").job("b").done());
  Reborn next(w);
  next.turn(event::WorkerDown{World::kLauncher, 9, 0, {next.attempt(0)}, {}});
  EXPECT_EQ(next.outcome(0), "lost worker-lost");
  EXPECT_EQ(next.state(1), TaskState::queued);
}

TEST(Recovery, starts_and_readiness_told_again_fill_in_what_was_lost) {
  World w;
  w.launcher(2);
  w.submit(a_plan().job("d").daemon().ready_log().job("a").needs("d").done());
  Reborn next(w);
  const AttemptId d = next.attempt(0);
  next.turn(back(World::kLauncher, {d}), event::Started{World::kLauncher, d, 7, next.now.mono},
            event::BecameReady{World::kLauncher, d});
  EXPECT_EQ(next.task(0).attempts[0].pid, 7);
  EXPECT_EQ(next.state(1), TaskState::starting);
}

TEST(Recovery, what_was_held_while_its_launcher_was_away_is_asked_back_when_it_is_heard) {
  World w;
  w.launcher(2);
  w.submit(a_plan().job("a").job("b").done());
  Reborn next(w);
  next.turn(event::Hold{1, {}, true});
  EXPECT_TRUE(next.actions.empty());
  next.turn(back(World::kLauncher, {next.attempt(0)}));
  ASSERT_EQ(next.all<action::RetractAttempt>().size(), 1u);
  EXPECT_EQ(next.state(1), TaskState::pending);
}

TEST(Recovery, k15_a_second_death_amid_it_changes_nothing) {
  const TwoLaunchers w;
  Reborn next(w);
  next.turn(back(World::kLauncher, {next.attempt(0)}));
  World third;
  third.now = w.now;
  for (const World* life : {static_cast<const World*>(&w), static_cast<const World*>(&next)})
    for (const Record& r : life->journal)
      if (r.durable) third.scheduler.replay(r);
  third.turn(event::Recovered{3});
  EXPECT_EQ(third.scheduler.epoch(), 3u);
  EXPECT_EQ(third.scheduler.recovery().total, 4u) << "c was granted anew";
  EXPECT_EQ(*third.task(2).attempts[0].outcome, Outcome::revoked);
  EXPECT_EQ(third.state(0), TaskState::running);
}

TEST(TryNumber, revoked_attempts_leave_no_holes) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").retry(1).done());
  w.finish(0, revoked());
  w.finish(0, revoked());
  w.exit(0, 1);
  w.wake_after(seconds(2));
  w.finish(0, revoked());
  const TaskView task = w.task(0);
  ASSERT_EQ(task.attempts.size(), 5u);
  const std::uint32_t expected[] = {1, 1, 1, 2, 2};
  for (std::size_t i = 0; i < task.attempts.size(); ++i) {
    EXPECT_EQ(try_number(task, i), expected[i]) << i;
    EXPECT_EQ(w.scheduler.try_number({{1, 0, 0}, task.attempts[i].number}), expected[i]) << i;
  }
  EXPECT_EQ(try_number(task, 99), 3u);
  EXPECT_EQ(w.scheduler.try_number({{9, 9, 9}, 4}), 1u);
}

TEST(Waiting, each_reason_in_its_order) {
  World w;
  w.submit(a_plan().job("a").job("b").job("c").needs("a").needs("b", jobs::NeedKind::completed).done());
  EXPECT_EQ(w.waits(1), std::vector<Reason>({{ReasonKind::slots, 1}}));
  EXPECT_EQ(w.waits(2), std::vector<Reason>({{ReasonKind::dep, 0}, {ReasonKind::dep, 1}}));
  w.submit(a_plan().job("a").thread("t").done());
  EXPECT_EQ(w.waits(0, 2), std::vector<Reason>({{ReasonKind::slots, 2}}));
  EXPECT_EQ(w.waits(1, 2), std::vector<Reason>({{ReasonKind::slots, 0}}));
  w.launcher(1);
  EXPECT_TRUE(w.waits(0).empty());
  w.start(0);
  EXPECT_TRUE(w.waits(0).empty());
  w.turn(event::CancelRun{1}, w.finished(0, exited(0)));
  EXPECT_TRUE(w.waits(2).empty()) << "it has ended";
  EXPECT_TRUE(w.waits(7, 7).empty());
}

}  // namespace
}  // namespace rota::core
