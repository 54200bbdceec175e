// Who gets what: spread, run-ahead, retracts, max_parallel, order.
#include <map>

#include "scheduler/core/pace.h"
#include "tests/unit/core/a_world.h"

namespace rota::core {
namespace {

test::PlanBuilder many(int n, Mode mode) {
  auto plan = a_plan();
  for (int i = 0; i < n; ++i) plan.job("j" + std::to_string(i), mode);
  return plan;
}

std::map<WorkerId, int> grants(const World& w) {
  std::map<WorkerId, int> n;
  for (const auto& a : w.all<action::StartAttempt>()) ++n[a.worker];
  return n;
}

TEST(Placement, attempts_are_spread_over_workers_by_load) {
  World w;
  w.pool(2, 0, {1, 1});
  w.pool(2, 0, {2, 1});
  w.submit(many(3, Mode::thread).done());
  EXPECT_EQ(grants(w), (std::map<WorkerId, int>{{{1, 1}, 2}, {{2, 1}, 1}}));
  w.submit(many(100, Mode::async).done());
  EXPECT_EQ(grants(w), (std::map<WorkerId, int>{{{1, 1}, 50}, {{2, 1}, 50}}));
}

TEST(Placement, ten_thousand_coroutines_fit_one_worker) {
  World w;
  w.turn(event::WorkerUp{World::kPool, {1, 0, 10'000, 0, 0}, {}});
  w.submit(many(10'000, Mode::async).done());
  EXPECT_EQ(w.all<action::StartAttempt>().size(), 10'000u);
}

test::PlanBuilder commands(int n, Mode mode) {
  auto plan = a_plan();
  for (int i = 0; i < n; ++i) plan.job("c" + std::to_string(i), mode).command();
  return plan;
}

TEST(CommandSlots, bound_commands_under_thread_and_async_together) {
  World w;
  w.turn(event::Bounds{3});
  w.pool(8);
  w.submit(commands(2, Mode::thread).done());
  w.submit(commands(4, Mode::async).done());
  EXPECT_EQ(w.state(0, 1), TaskState::starting);
  EXPECT_EQ(w.state(1, 1), TaskState::starting);
  EXPECT_EQ(w.state(0, 2), TaskState::starting);
  EXPECT_EQ(w.state(1, 2), TaskState::queued);
  EXPECT_EQ(w.scheduler.commands().busy, 3u);
  w.turn(w.started(0, 1));
  w.turn(w.finished(0, exited(0), 1));
  EXPECT_EQ(w.state(1, 2), TaskState::starting);
  EXPECT_EQ(w.state(2, 2), TaskState::queued);
}

TEST(CommandSlots, are_told_as_what_a_command_waits_for_and_hold_up_nothing_else) {
  World w;
  w.turn(event::Bounds{1});
  w.pool(8);
  auto plan = commands(3, Mode::thread);
  plan.thread("target").job("process").job("daemon", Mode::async).command().daemon();
  w.launcher(1);
  w.submit(plan.done());
  EXPECT_EQ(w.state(0), TaskState::starting);
  EXPECT_EQ(w.waits(1), std::vector<Reason>({{ReasonKind::command_slots, 0}}));
  EXPECT_EQ(w.waits(2), std::vector<Reason>({{ReasonKind::command_slots, 1}}));
  EXPECT_EQ(w.task(2).reason.kind, ReasonKind::command_slots);
  for (const JobIndex j : {3, 4, 5}) EXPECT_EQ(w.state(j), TaskState::starting) << j;
  EXPECT_EQ(w.scheduler.held(World::kPool, Mode::async), 1u);
  w.exit(0, 0);
  EXPECT_EQ(w.state(1), TaskState::starting);
}

TEST(CommandSlots, what_waits_at_a_worker_for_its_thread_takes_none) {
  World w;
  w.turn(event::Bounds{2});
  w.pool(1, 64, {1, 1});
  w.submit(commands(4, Mode::thread).done());
  EXPECT_EQ(w.scheduler.summary(1)->counts.of(TaskState::starting), 2u) << "one runs, one is granted ahead";
  EXPECT_EQ(w.scheduler.commands().busy, 1u);
}

TEST(CommandSlots, let_what_has_waited_longer_go_first_whatever_it_is) {
  World w;
  w.submit(a_plan().thread("a").job("b", Mode::thread).command().thread("c").done());
  w.pool(1);
  EXPECT_EQ(w.state(0), TaskState::starting);
  w.finish(0);
  EXPECT_EQ(w.state(1), TaskState::starting);
  w.exit(1, 0);
  EXPECT_EQ(w.state(2), TaskState::starting);
}

TEST(CommandSlots, commands_end_too_where_no_worker_can_be_had) {
  World w;
  w.submit(commands(1, Mode::thread).done());
  w.turn(event::NoWorker{Mode::thread, 11});
  EXPECT_EQ(w.outcome(0), "failed spawn:EAGAIN");
}

TEST(Placement, a_process_grant_is_durable_and_a_thread_grant_is_not) {
  World w;
  w.pool(1);
  w.launcher(1);
  w.submit(a_plan().job("p").thread("t").done());
  int durable = 0, ephemeral = 0;
  for (const Record& r : w.journal)
    if (std::holds_alternative<record::Granted>(r.fact)) ++(r.durable ? durable : ephemeral);
  EXPECT_EQ(durable, 1);
  EXPECT_EQ(ephemeral, 1);
}

TEST(Placement, one_is_granted_ahead_of_each_slot_until_durations_are_known) {
  World w;
  w.launcher(2, 64);
  w.submit(many(100, Mode::process).done());
  EXPECT_EQ(w.all<action::StartAttempt>().size(), 4u);
}

TEST(Placement, short_attempts_run_further_ahead_and_long_ones_not_at_all) {
  for (const bool shorts : {true, false}) {
    World w;
    w.launcher(1, 64);
    w.submit(many(100, Mode::process).done());
    for (JobIndex j = 0; j < 20; ++j) {
      w.start(j);
      w.pass(shorts ? std::chrono::microseconds(500) : std::chrono::milliseconds(500));
      w.exit(j, 0);
    }
    EXPECT_EQ(w.scheduler.summary(1)->counts.of(TaskState::starting), shorts ? 7u : 1u);
  }
}

TEST(Placement, a_worker_never_holds_more_than_it_said) {
  World w;
  w.pool(1, 3);
  w.submit(many(1000, Mode::thread).done());
  for (JobIndex j = 0; j < 300; ++j) {
    w.start(j);
    w.finish(j);
    EXPECT_LE(w.scheduler.summary(1)->counts.of(TaskState::starting), 4u);
  }
}

TEST(Placement, what_waits_behind_a_long_attempt_is_taken_back_for_a_free_worker) {
  World w;
  w.launcher(1, 64, {1, 1});
  w.submit(many(2, Mode::process).done());
  w.start(0);
  EXPECT_EQ(w.worker(1), (WorkerId{1, 1}));
  w.launcher(1, 64, {2, 1});
  ASSERT_EQ(w.all<action::RetractAttempt>().size(), 1u);
  EXPECT_EQ(w.all<action::RetractAttempt>()[0].attempt, w.attempt(1));
  w.turn(event::Wake{});
  EXPECT_TRUE(w.all<action::RetractAttempt>().empty()) << "one round at a time";
  w.finish(1, revoked());
  EXPECT_EQ(w.worker(1), (WorkerId{2, 1}));
}

TEST(Placement, a_retract_that_came_too_late_is_forgotten_with_the_start) {
  World w;
  w.launcher(1, 64, {1, 1});
  w.submit(many(3, Mode::process).done());
  w.start(0);
  w.launcher(1, 64, {2, 1});
  ASSERT_EQ(w.state(1), TaskState::starting);
  ASSERT_EQ(w.worker(2), (WorkerId{2, 1}));
  w.exit(2, 0);
  ASSERT_EQ(w.all<action::RetractAttempt>().size(), 1u);
  w.exit(0, 0);
  w.start(1);
  w.exit(1, 0);
  EXPECT_EQ(w.run_outcome(), "succeeded");
}

TEST(Placement, runs_are_served_in_the_order_of_their_submission) {
  World w;
  w.submit(many(2, Mode::process).done());
  w.submit(many(2, Mode::process).done());
  w.launcher(3);
  const auto starts = w.all<action::StartAttempt>();
  ASSERT_EQ(starts.size(), 3u);
  EXPECT_EQ(starts[0].attempt.task.run, 1u);
  EXPECT_EQ(starts[1].attempt.task.run, 1u);
  EXPECT_EQ(starts[2].attempt.task.run, 2u);
}

TEST(Placement, a_run_at_its_max_parallel_does_not_hold_up_the_next) {
  World w;
  w.launcher(4);
  w.submit(many(4, Mode::process).max_parallel(1).done());
  EXPECT_EQ(w.all<action::StartAttempt>().size(), 1u);
  w.submit(many(2, Mode::process).done());
  EXPECT_EQ(w.all<action::StartAttempt>().size(), 2u);
}

TEST(Placement, max_parallel_counts_over_all_modes) {
  World w;
  w.pool(4, 64);
  w.launcher(4, 64);
  auto plan = a_plan().max_parallel(3);
  for (int i = 0; i < 3; ++i)
    plan.job("p" + std::to_string(i)).thread("t" + std::to_string(i)).async("a" + std::to_string(i));
  w.submit(plan.done());
  EXPECT_EQ(w.all<action::StartAttempt>().size(), 3u);
  w.finish(1);
  EXPECT_EQ(w.all<action::StartAttempt>().size(), 1u);
}

TEST(Placement, run_ahead_under_max_parallel_needs_slots_that_cannot_exceed_it) {
  World w;
  w.launcher(2, 64);
  w.submit(many(10, Mode::process).max_parallel(2).done());
  EXPECT_EQ(w.all<action::StartAttempt>().size(), 4u) << "two slots in all: no more than two can run";
  World wide;
  wide.launcher(4, 64);
  wide.submit(many(10, Mode::process).max_parallel(2).done());
  EXPECT_EQ(wide.all<action::StartAttempt>().size(), 2u);
}

TEST(Placement, a_worker_that_is_to_be_killed_gets_nothing_more) {
  World w;
  w.pool(2);
  w.submit(a_plan().thread("stuck").timeout(seconds(1)).grace(seconds(1)).thread("b").thread("c").done());
  w.start(0);
  w.start(1);
  w.wake_after(seconds(1));
  w.wake_after(seconds(1));
  ASSERT_EQ(w.all<action::DrainWorker>().size(), 1u);
  w.finish(1);
  EXPECT_EQ(w.all<action::KillWorker>().size(), 1u);
  EXPECT_EQ(w.state(2), TaskState::queued);
}

TEST(Pace, depth_follows_durations_and_starts_with_care) {
  Pace p;
  EXPECT_EQ(p.ahead_per_slot(Mode::process), 1u);
  EXPECT_EQ(p.ahead_per_slot(Mode::async), 0u);
  p.ended_after(std::chrono::microseconds(10));
  EXPECT_EQ(p.ahead_per_slot(Mode::thread), 2u) << "never more than were seen to be short";
  for (int i = 0; i < 1000; ++i) p.ended_after(std::chrono::microseconds(10));
  EXPECT_EQ(p.ahead_per_slot(Mode::thread), 800u);
  EXPECT_EQ(p.ahead_per_slot(Mode::process), 300u);
  Pace slower;
  for (int i = 0; i < 1000; ++i) slower.ended_after(std::chrono::milliseconds(10));
  EXPECT_EQ(slower.ahead_per_slot(Mode::thread), 1u);
  for (int i = 0; i < 1000; ++i) slower.ended_after(std::chrono::milliseconds(17));
  EXPECT_EQ(slower.ahead_per_slot(Mode::thread), 0u) << "what is long waits for nobody's turn";
  p.ended_after(std::chrono::seconds(1));
  EXPECT_EQ(p.ahead_per_slot(Mode::process), 0u) << "one long attempt is warning enough";
}

}  // namespace
}  // namespace rota::core
