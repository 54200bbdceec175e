// Who goes first, and what tasks of all runs share: priority with ageing, pools, rates, cpus and memory.
#include <string>
#include <vector>

#include "scheduler/core/claim.h"
#include "tests/unit/core/a_world.h"

namespace rota::core {
namespace {

/// One task with this claim, in a run of its own.
test::PlanBuilder one(Mode mode = Mode::thread) { return a_plan().job("a", mode); }

std::vector<RunId> started(const World& w) {
  std::vector<RunId> runs;
  for (const auto& a : w.all<action::StartAttempt>()) runs.push_back(a.attempt.task.run);
  return runs;
}

/// Of one worker with one thread, which ends what it has until nothing is left.
std::vector<RunId> order_of(World& w) {
  std::vector<RunId> order;
  for (auto next = started(w); !next.empty(); next = started(w)) {
    order.insert(order.end(), next.begin(), next.end());
    w.pass(milliseconds(1));
    w.turn(w.started(0, next.front()));
    w.turn(w.finished(0, {}, next.front()));
  }
  return order;
}

TEST(Priority, the_higher_goes_first_and_equals_in_the_order_of_their_submission) {
  World w;
  for (const int priority : {0, -5, 7, 7, 100}) w.submit(one().priority(priority).done());
  w.pool(1);
  EXPECT_EQ(order_of(w), (std::vector<RunId>{5, 3, 4, 1, 2}));
}

TEST(Priority, of_jobs_of_one_run_decides_among_them) {
  World w;
  w.submit(a_plan().thread("low").priority(-1).thread("plain").thread("high").priority(1).done());
  w.pool(1);
  EXPECT_EQ(w.state(2), TaskState::starting);
  w.start(2);
  w.finish(2);
  EXPECT_EQ(w.state(1), TaskState::starting);
}

TEST(Priority, a_point_is_worth_so_much_waiting_and_no_more) {
  World w;
  w.submit(one().done());
  w.pass(kPriorityWorth * 3 - seconds(1));
  w.submit(one().priority(3).done());
  w.pass(seconds(2));
  w.submit(one().priority(3).done());
  w.pool(1);
  EXPECT_EQ(order_of(w), (std::vector<RunId>{2, 1, 3}));
}

TEST(Pools, who_lacks_something_else_by_now_keeps_no_place_there) {
  World w;
  w.pool(4);
  w.submit(one().takes("db").pool("db", 1).done());
  w.submit(a_plan().thread("wants").takes("db").thread("long").max_parallel(1).pool("db", 1).done());
  ASSERT_EQ(w.state(0, 2), TaskState::queued) << "it stands at the pool";
  ASSERT_EQ(w.state(1, 2), TaskState::starting);
  w.submit(one().takes("db").pool("db", 1).done());
  w.turn(w.started(0, 1));
  w.turn(w.finished(0, {}, 1));
  EXPECT_EQ(w.state(0, 3), TaskState::starting) << "the run before it may have no more at once";
  EXPECT_EQ(w.waits(0, 2), (std::vector<Reason>{{ReasonKind::max_parallel, 0}, {ReasonKind::pool, 0}}));
}

TEST(Pools, all_that_a_task_lacks_is_told_and_the_first_of_it_in_tables) {
  World w;
  w.pool(8);
  const auto both = [] { return one().takes("db").takes("gpu").pool("db", 1).pool("gpu", 1); };
  w.submit(both().done());
  w.submit(both().done());
  EXPECT_EQ(w.waits(0, 2), (std::vector<Reason>{{ReasonKind::pool, 0}, {ReasonKind::pool, 1}}));
  EXPECT_EQ(w.scheduler.view(2)->jobs[0].tasks[0].lack, "db: 1 wanted, 0 of 1 free");
}

TEST(Pools, what_may_not_run_beside_its_like_says_so_in_tables) {
  World w;
  w.pool(8);
  w.submit(one().array(2).job_parallel(1).done());
  w.submit(one().array(2).max_parallel(1).done());
  for (const auto& [run, kind] : {std::pair{1u, ReasonKind::job_parallel}, {2u, ReasonKind::max_parallel}}) {
    EXPECT_EQ(w.scheduler.view(run)->jobs[0].tasks[1].reason.kind, kind);
    EXPECT_EQ(w.scheduler.waiting({run, 0, 1}, w.now).front().kind, kind);
  }
}

TEST(Pools, are_shared_by_all_runs_and_modes) {
  World w;
  w.pool(8);
  w.launcher(8);
  w.submit(one().array(3).takes("db").pool("db", 4).done());
  w.submit(one(Mode::process).array(3).takes("db").pool("db", 4).done());
  EXPECT_EQ(w.scheduler.summary(1)->counts.of(TaskState::starting), 3u);
  EXPECT_EQ(w.scheduler.summary(2)->counts.of(TaskState::starting), 1u);
  EXPECT_EQ(w.scheduler.waiting({2, 0, 1}, w.now), (std::vector<Reason>{{ReasonKind::pool, 0}}));
  w.turn(w.started(0, 1), w.finished(0, {}, 1));
  EXPECT_EQ(w.scheduler.summary(2)->counts.of(TaskState::starting), 2u);
}

TEST(Pools, one_that_is_full_holds_up_nobody_else) {
  World w;
  w.pool(2);
  w.submit(one().array(5).takes("db").pool("db", 1).done());
  w.submit(one().done());
  EXPECT_EQ(w.state(0, 2), TaskState::starting);
}

TEST(Pools, who_wants_much_is_not_passed_by_those_who_come_later_and_want_little) {
  World w;
  w.pool(8);
  w.submit(one().takes("db", 2).pool("db", 4).done());
  w.submit(one().takes("db", 4).pool("db", 4).done());
  w.submit(one().takes("db", 1).pool("db", 4).done());
  EXPECT_EQ(w.state(0, 2), TaskState::queued);
  EXPECT_EQ(w.state(0, 3), TaskState::queued) << "what is left is for the one before it";
  w.turn(w.started(0, 1), w.finished(0, {}, 1));
  EXPECT_EQ(w.state(0, 2), TaskState::starting);
  EXPECT_EQ(w.state(0, 3), TaskState::queued);
  w.turn(w.started(0, 2), w.finished(0, {}, 2));
  EXPECT_EQ(w.state(0, 3), TaskState::starting);
}

TEST(Pools, a_place_at_a_pool_is_given_up_with_the_wait) {
  World w;
  w.pool(8);
  w.submit(one().takes("db", 2).pool("db", 4).done());
  w.submit(one().takes("db", 4).pool("db", 4).done());
  w.submit(one().takes("db", 1).pool("db", 4).done());
  w.turn(event::CancelRun{2});
  EXPECT_EQ(w.state(0, 3), TaskState::starting);
}

TEST(Pools, the_newest_declaration_counts_and_one_that_wants_more_than_there_is_goes_alone) {
  World w;
  w.pool(8);
  w.submit(one().array(2).takes("db", 3).pool("db", 4).done());
  EXPECT_EQ(w.scheduler.summary(1)->counts.of(TaskState::starting), 1u);
  w.submit(one().takes("db", 1).pool("db", 2).done());
  EXPECT_EQ(w.state(0, 2), TaskState::queued) << "3 of 2 are held";
  w.turn(w.started(0, 1), w.finished(0, {}, 1));
  EXPECT_EQ(w.scheduler.summary(1)->counts.of(TaskState::starting), 1u) << "it has the pool for itself";
  EXPECT_EQ(w.state(0, 2), TaskState::queued);
}

TEST(Pools, a_daemon_holds_its_share_for_as_long_as_it_lives) {
  World w;
  w.pool(4);
  w.submit(a_plan().pool("db", 2).thread("d").daemon().takes("db").thread("work").array(2).takes("db").done());
  EXPECT_EQ(w.state(0), TaskState::starting);
  EXPECT_EQ(w.scheduler.summary(1)->counts.of(TaskState::queued), 1u);
}

TEST(Pools, nothing_that_takes_of_one_is_granted_ahead_of_a_slot) {
  World w;
  w.pool(1, 64);
  w.submit(one().array(50).takes("db").pool("db", 10).done());
  EXPECT_EQ(started(w).size(), 1u);
}

TEST(Pools, hold_what_a_launcher_has_kept_through_the_death_of_its_coordinator) {
  World w;
  w.launcher(4);
  w.submit(one(Mode::process).array(3).takes("db").pool("db", 2).done());
  Scheduler reborn;
  for (const Record& r : w.journal)
    if (r.durable) reborn.replay(r);
  Effects out;
  reborn.step(event::Recovered{2}, w.now, out);
  reborn.step(event::WorkerUp{{9, 9}, {0, 0, 0, 4, 0}, {}}, w.now, out);
  reborn.settle(w.now, out);
  EXPECT_TRUE(out.actions.empty()) << "both slots are held by what nobody has heard of yet";
  reborn.step(event::WorkerDown{World::kLauncher, 9, 0, {}}, w.now, out);
  reborn.settle(w.now, out);
  EXPECT_EQ(out.actions.size(), 2u);
  EXPECT_EQ(reborn.check(), "");
}

TEST(Rates, let_a_second_of_them_start_at_once_and_then_one_at_a_time) {
  World w;
  w.pool(100);
  w.submit(one().array(10).takes("api").pool("api", 0, 4).done());
  EXPECT_EQ(started(w).size(), 4u);
  EXPECT_EQ(w.scheduler.waiting({1, 0, 9}, w.now).front().kind, ReasonKind::rate);
  ASSERT_TRUE(w.scheduler.next_deadline());
  EXPECT_EQ(*w.scheduler.next_deadline(), w.now.mono + milliseconds(250));
  w.wake_after(milliseconds(249));
  EXPECT_EQ(started(w).size(), 0u);
  w.wake_after(milliseconds(1));
  EXPECT_EQ(started(w).size(), 1u);
  w.wake_after(milliseconds(500));
  EXPECT_EQ(started(w).size(), 2u);
  w.wake_after(seconds(3600));
  EXPECT_EQ(started(w).size(), 3u) << "all that is left";
  EXPECT_FALSE(w.scheduler.next_deadline());
}

TEST(Rates, of_less_than_one_a_second_let_one_start_at_a_time) {
  World w;
  w.pool(100);
  w.submit(one().array(3).takes("api").pool("api", 0, 3, std::chrono::hours(1)).done());
  EXPECT_EQ(started(w).size(), 1u);
  EXPECT_EQ(*w.scheduler.next_deadline(), w.now.mono + std::chrono::minutes(20));
}

TEST(Rates, are_kept_by_the_next_life_of_the_coordinator_and_through_a_snapshot) {
  World w;
  w.pool(100);
  w.submit(one().array(20).takes("api").pool("api", 0, 4).done());
  w.pass(milliseconds(10));
  const auto life_after = [&](const std::vector<Record>& journal) {
    Scheduler reborn;
    for (const Record& r : journal)
      if (r.durable) reborn.replay(r);
    Effects out;
    reborn.step(event::Recovered{2}, w.now, out);
    reborn.step(event::WorkerUp{World::kPool, {100, 0, 0, 0, 0}, {}}, w.now, out);
    reborn.settle(w.now, out);
    EXPECT_EQ(out.actions.size(), 0u) << "four have started within this second";
    EXPECT_EQ(*reborn.next_deadline(), w.now.mono + milliseconds(240));
    EXPECT_EQ(reborn.check(), "");
  };
  life_after(w.journal);
  life_after(w.scheduler.snapshot());
}

TEST(Resources, add_up_over_all_that_is_alive) {
  World w;
  w.turn(event::Bounds{100, 100, 2000, 1000});
  w.pool(8);
  w.submit(one().array(5).cpus(0.75).done());
  EXPECT_EQ(started(w).size(), 2u);
  EXPECT_EQ(w.scheduler.waiting({1, 0, 2}, w.now).front().kind, ReasonKind::res_cpus);
  w.submit(one().array(2).memory(600).done());
  EXPECT_EQ(started(w).size(), 1u);
  EXPECT_EQ(w.scheduler.waiting({2, 0, 1}, w.now).front().kind, ReasonKind::res_memory);
  w.submit(one().done());
  EXPECT_EQ(started(w).size(), 1u) << "who declares nothing waits for a slot alone";
}

TEST(Resources, of_a_task_that_wants_more_than_the_machine_has_are_the_whole_machine) {
  World w;
  w.turn(event::Bounds{100, 100, 2000, 1000});
  w.pool(8);
  w.submit(one().cpus(1).done());
  w.submit(one().cpus(64).done());
  EXPECT_EQ(w.state(0, 2), TaskState::queued);
  w.turn(w.started(0, 1), w.finished(0, {}, 1));
  EXPECT_EQ(w.state(0, 2), TaskState::starting);
}

/// What the second task of a run waits for, with its numbers.
Block block_of(const World& w, TaskId task) {
  const auto reasons = w.scheduler.waiting(task, w.now);
  const auto blocks = w.scheduler.blocks(task, reasons, w.now);
  return blocks.empty() ? Block{} : blocks.front();
}

TEST(Blocks, a_pool_is_named_with_its_slots_and_who_holds_them) {
  World w;
  w.pool(16);
  w.submit(a_plan().thread("train").array(9).takes("gpu").thread("big").takes("gpu", 2).pool("gpu", 8).done());
  const auto block = block_of(w, {1, 0, 8});
  EXPECT_EQ(block.name, "gpu");
  EXPECT_EQ(block.wanted, 1u);
  EXPECT_EQ(block.total, 8u);
  EXPECT_EQ(block.held, 8u);
  EXPECT_FALSE(block.kept);
  EXPECT_EQ(block.holders, (std::vector<std::string>{"1/train.0", "1/train.1", "1/train.2", "1/train.3", "1/train.4"}));
  EXPECT_EQ(block.more, 3u);
  EXPECT_EQ(w.scheduler.view(1)->jobs[0].tasks[8].lack, "gpu: 1 wanted, 0 of 8 free");
  EXPECT_EQ(w.scheduler.view(1)->jobs[0].tasks[8].reason.kind, ReasonKind::pool);
  EXPECT_EQ(w.scheduler.view(1)->jobs[0].tasks[0].lack, "") << "that one has begun";
}

TEST(Blocks, what_is_free_and_kept_for_others_is_told_so) {
  World w;
  w.pool(8);
  w.submit(one().takes("db", 2).pool("db", 4).done());
  w.submit(one().takes("db", 4).pool("db", 4).done());
  w.submit(one().takes("db", 1).pool("db", 4).done());
  EXPECT_FALSE(block_of(w, {2, 0, 0}).kept);
  EXPECT_TRUE(block_of(w, {3, 0, 0}).kept);
  EXPECT_EQ(w.scheduler.summary(3)->reason.kind, ReasonKind::pool) << "nothing of it runs";
  EXPECT_EQ(w.scheduler.summary(3)->lack, "db: 1 wanted, 2 of 4 free");
  EXPECT_EQ(w.scheduler.summary(1)->lack, "");
}

TEST(Blocks, a_rate_says_when_the_next_may_start) {
  World w;
  w.pool(8);
  w.submit(one().array(3).takes("api").pool("api", 0, 1, seconds(10)).done());
  const auto block = block_of(w, {1, 0, 1});
  EXPECT_EQ(block.name, "api");
  ASSERT_TRUE(block.next);
  EXPECT_EQ(*block.next, w.now.mono + seconds(10));
  EXPECT_TRUE(block.holders.empty()) << "nobody holds what has been used up";
}

TEST(Blocks, cpus_and_the_runs_of_a_group_are_told_the_same_way) {
  World w;
  w.turn(event::Bounds{8, 8, 2000, 1u << 30});
  w.pool(8);
  w.submit(one().cpus(1.5).done());
  w.submit(one().cpus(1).done());
  const auto cpus = block_of(w, {2, 0, 0});
  EXPECT_EQ(cpus.name, "cpus");
  EXPECT_EQ(cpus.held, 1500u);
  EXPECT_EQ(cpus.total, 2000u);
  EXPECT_EQ(cpus.holders, std::vector<std::string>{"1/a"});
  EXPECT_EQ(w.scheduler.summary(2)->lack, "cpus: 1 wanted, 0.5 of 2 free");
  jobs::Plan plan = one().done();
  plan.concurrency.group = "deploy";
  w.submit(plan);
  w.submit(plan);
  const auto group = block_of(w, {4, 0, 0});
  EXPECT_EQ(group.name, "deploy");
  EXPECT_EQ(group.held, 1u);
  EXPECT_EQ(group.holders, std::vector<std::string>{"3"});
}

}  // namespace
}  // namespace rota::core
