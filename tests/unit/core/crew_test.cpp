// Crews: whose workers run what, who waits behind whom, and what suspects come to.
#include <algorithm>

#include "scheduler/core/blame.h"
#include "tests/unit/core/a_world.h"

namespace rota::core {
namespace {

event::WorkerUp worker_of(CrewId crew, WorkerId id, event::Capacity capacity = {2, 0, 10, 0, 0, 0}) {
  return {id, capacity, {}, crew};
}
constexpr event::Capacity kAlone{1, 0, 1, 1, 0, 1};
constexpr event::Capacity kWarm{1, 0, 0, 1, 0, 0};

constexpr CrewId kPlugins{1, crew_number::kPlugin}, kQuarantine{1, crew_number::kQuarantineNative};

test::PlanBuilder& plugin(test::PlanBuilder& plan) {
  std::get<jobs::TargetCall>(plan.newest().action).runtime = jobs::Runtime::plugin;
  return plan;
}
test::PlanBuilder& warm(test::PlanBuilder& plan) {
  plan.newest().action = jobs::TargetCall{"noop"};
  plan.newest().fresh = false;
  return plan;
}
event::WorkerDown death(WorkerId id, std::vector<AttemptId> begun) { return {id, 9, 0, std::move(begun), {}, {}, {}}; }

TEST(Crews, code_of_users_runs_at_workers_of_its_run_and_waits_for_nobody_else) {
  World w;
  auto plan = a_plan().thread("ours").thread("theirs");
  plugin(plan);
  w.submit(plan.done());
  w.pool(4);
  EXPECT_EQ(w.state(0), TaskState::starting);
  EXPECT_EQ(w.state(1), TaskState::queued);
  const Demand d = w.scheduler.demand();
  EXPECT_EQ(d.thread, 1u);
  ASSERT_EQ(d.crews.size(), 1u);
  EXPECT_EQ(d.crews[0].crew, kPlugins);
  EXPECT_EQ(d.crews[0].thread, 1u);
  w.turn(worker_of({2, crew_number::kPlugin}, {7, 7}));
  EXPECT_EQ(w.state(1), TaskState::queued) << "that is the crew of another run";
  w.turn(worker_of(kPlugins, {8, 8}));
  EXPECT_EQ(w.worker(1), (WorkerId{8, 8}));
  w.finish(0);
  w.finish(1);
  EXPECT_EQ(w.run_outcome(), "succeeded");
  EXPECT_TRUE(w.scheduler.demand().crews.empty());
}

TEST(Crews, a_crew_that_is_full_holds_up_no_other) {
  World w;
  auto plan = a_plan();
  for (int i = 0; i < 5; ++i) plugin(plan.thread("p" + std::to_string(i)));
  plan.thread("ours");
  w.submit(plan.done());
  w.submit(a_plan().thread("later").done());
  w.turn(worker_of(kPlugins, {8, 8}));
  w.pool(1);
  EXPECT_EQ(w.state(4), TaskState::queued);
  EXPECT_EQ(w.state(5), TaskState::starting);
  EXPECT_EQ(w.state(0, 2), TaskState::queued) << "of the common crew the earlier run comes first";
  w.finish(5);
  EXPECT_EQ(w.state(0, 2), TaskState::starting);
}

TEST(Crews, max_parallel_is_of_all_crews_together_and_the_longest_waiting_goes_first) {
  World w;
  auto plan = a_plan().max_parallel(1).thread("a");
  plugin(plan.thread("b")).thread("c");
  w.submit(plan.done());
  w.pool(4);
  w.turn(worker_of(kPlugins, {8, 8}));
  EXPECT_EQ(w.state(0), TaskState::starting);
  w.finish(0);
  EXPECT_EQ(w.state(1), TaskState::starting);
  EXPECT_EQ(w.state(2), TaskState::queued);
}

TEST(Crews, where_no_worker_of_a_crew_can_be_had_what_waits_for_it_fails_and_nothing_else) {
  World w;
  auto plan = a_plan().thread("ours").thread("theirs");
  plugin(plan);
  w.submit(plan.done());
  w.turn(event::NoWorker{Mode::thread, 2, kPlugins});
  EXPECT_EQ(w.outcome(1), "failed spawn:ENOENT");
  EXPECT_EQ(w.state(0), TaskState::queued);
}

TEST(Crews, warm_processes_and_launchers_share_the_process_slots) {
  World w;
  w.turn(event::Bounds{10, 2});
  w.launcher(2);
  auto plan = a_plan().job("fresh").array(4).job("warm");
  warm(plan).array(4);
  w.submit(plan.done());
  w.turn(worker_of({1, crew_number::kWarm + 1}, {8, 8}, kWarm), worker_of({1, crew_number::kWarm + 1}, {9, 9}, kWarm));
  EXPECT_EQ(w.scheduler.held(World::kLauncher, Mode::process), 2u);
  EXPECT_EQ(w.scheduler.held({8, 8}, Mode::process) + w.scheduler.held({9, 9}, Mode::process), 0u);
  w.exit(0, 0);
  EXPECT_EQ(w.scheduler.held(World::kLauncher, Mode::process) + w.scheduler.held({8, 8}, Mode::process), 2u);
}

TEST(Crews, a_warm_process_that_has_had_its_tasks_goes) {
  World w;
  auto plan = a_plan().job("a");
  warm(plan).array(2);
  w.submit(plan.done());
  w.turn(worker_of({1, crew_number::kWarm}, {8, 8}, {1, 0, 0, 1, 0, 1}));
  w.start(0);
  EXPECT_TRUE(w.all<action::RetireWorker>().empty());
  w.finish(0);
  ASSERT_EQ(w.all<action::RetireWorker>().size(), 1u);
  EXPECT_EQ(w.all<action::RetireWorker>()[0].worker, (WorkerId{8, 8}));
  EXPECT_EQ(w.scheduler.held({8, 8}, Mode::process), 0u);
}

TEST(Crews, a_warm_attempt_is_lost_with_its_worker_and_runs_again_free) {
  World w;
  auto plan = a_plan().job("a");
  warm(plan);
  w.submit(plan.done());
  w.turn(worker_of({1, crew_number::kWarm}, {8, 8}, kWarm));
  w.start(0);
  w.turn(death({8, 8}, {w.attempt(0)}));
  EXPECT_EQ(*w.task(0).attempts[0].outcome, Outcome::interrupted);
  EXPECT_EQ(w.state(0), TaskState::queued);
}

/// `named`: the thread of the task did it itself; else the worker found it out, and tells who ran.
void ends_before_one_that_closes_all(bool named) {
  SCOPED_TRACE(named ? "named" : "suspect");
  World w;
  auto plan = a_plan().job("a");
  warm(plan).array(3);
  w.submit(plan.done());
  w.turn(worker_of({1, crew_number::kWarm}, {8, 8}, {1, 0, 0, 1, 2, 0}));
  const AttemptId before{{1, 0, 0}, 1}, guilty{{1, 0, 1}, 1};
  w.turn(event::Started{{8, 8}, before, 0, w.now.mono});  // and its end was not heard of
  w.turn(event::Started{{8, 8}, guilty, 0, w.now.mono});
  event::WorkerDown down{{8, 8}, 0, kExitDeaf, {before, guilty}, {}, {}, {}};
  if (named) down.guilty = {guilty, 0};
  else down.suspects = {guilty};
  w.turn(down);
  const auto tasks = w.scheduler.view(1)->jobs[0].tasks;
  EXPECT_EQ(tasks[1].outcome, Outcome::crashed);
  EXPECT_EQ(to_text(tasks[1].reason), "exit:71");
  EXPECT_EQ(tasks[0].state, TaskState::queued);
  EXPECT_EQ(to_text(tasks[0].attempts[0].reason), "worker-lost");
  EXPECT_EQ(tasks[2].state, TaskState::queued);
}

TEST(Crews, w09_what_ended_before_the_task_that_brought_down_a_warm_process_is_no_crash_of_its_own) {
  ends_before_one_that_closes_all(true);
  ends_before_one_that_closes_all(false);
}

TEST(Quarantine, w14_a_bystander_of_two_deaths_runs_alone_next) {
  World w;
  w.submit(a_plan().thread("a").done());
  for (std::uint32_t g = 1; g <= 2; ++g) {
    w.pool(1, 0, {1, g});
    w.start(0);
    w.turn(death({1, g}, {w.attempt(0)}));
  }
  w.pool(1, 0, {1, 3});
  EXPECT_EQ(w.state(0), TaskState::queued);
  ASSERT_EQ(w.scheduler.demand().crews.size(), 1u);
  EXPECT_EQ(w.scheduler.demand().crews[0].crew, kQuarantine);
  w.turn(worker_of(kQuarantine, {5, 5}, kAlone));
  w.start(0);
  w.finish(0);
  EXPECT_EQ(w.run_outcome(), "succeeded") << "it was innocent";
  EXPECT_EQ(w.all<action::RetireWorker>().size(), 1u);
}

TEST(Quarantine, whoever_is_alone_when_its_worker_dies_is_convicted) {
  World w;
  w.submit(a_plan().thread("a").done());
  for (std::uint32_t g = 1; g <= 2; ++g) {
    w.pool(1, 0, {1, g});
    w.start(0);
    w.turn(death({1, g}, {w.attempt(0)}));
  }
  w.turn(worker_of(kQuarantine, {5, 5}, kAlone));
  w.start(0);
  w.turn(death({5, 5}, {w.attempt(0)}));
  EXPECT_EQ(w.outcome(0), "crashed signal:9");
  EXPECT_EQ(w.task(0).attempts[2].report.message,
            "its worker ended by SIGKILL while it ran, alone in a worker of its own");
}

TEST(Quarantine, w06_all_that_ran_when_a_worker_ended_by_itself_are_suspect) {
  World w;
  w.pool(2);
  w.submit(a_plan().thread("a").thread("b").async("idle").done());
  w.start(0);
  w.start(1);
  w.start(2);
  event::WorkerDown down{World::kPool, 0, 3, {w.attempt(0), w.attempt(1), w.attempt(2)}, {}, {}, {}};
  down.suspects = {w.attempt(1), w.attempt(0)};
  w.turn(down);
  EXPECT_EQ(to_text(w.task(0).attempts[0].reason), "accused:exit:3");
  EXPECT_EQ(to_text(w.task(1).attempts[0].reason), "accused:exit:3");
  EXPECT_EQ(to_text(w.task(2).attempts[0].reason), "worker-lost");
  w.turn(worker_of(kQuarantine, {5, 5}, kAlone));
  EXPECT_EQ(w.scheduler.held({5, 5}, Mode::thread), 1u) << "one at a time";
}

TEST(Quarantine, a_suspect_stays_there_also_for_its_retries_and_over_a_restart) {
  World w;
  w.pool(1);
  w.submit(a_plan().thread("a").retry(3, {}).done());
  w.start(0);
  event::WorkerDown down{World::kPool, 11, 0, {w.attempt(0)}, {}, {}, "  f+0x1 in libf.so"};
  down.guilty = {w.attempt(0), 11};
  w.turn(down);
  EXPECT_EQ(w.task(0).attempts[0].report.message, "SIGSEGV on its thread; it runs again alone\n  f+0x1 in libf.so");
  World next;
  next.now = w.now;
  for (const Record& r : w.scheduler.snapshot()) next.scheduler.replay(r);
  next.turn(event::Recovered{2});
  next.pool(1, 0, {1, 2});
  EXPECT_EQ(next.state(0), TaskState::queued);
  next.turn(worker_of(kQuarantine, {5, 5}, kAlone));
  next.start(0);
  down.worker = {5, 5};
  down.begun = {next.attempt(0)};
  down.guilty = {next.attempt(0), 11};
  next.turn(down);
  EXPECT_EQ(*next.task(0).attempts[1].outcome, Outcome::crashed);
  next.wake_after(seconds(1));
  EXPECT_EQ(next.state(0), TaskState::queued) << "retried, and still alone";
  next.turn(worker_of(kQuarantine, {6, 6}, kAlone));
  next.start(0);
  next.finish(0);
  EXPECT_EQ(next.run_outcome(), "succeeded");
}

TEST(Quarantine, what_is_cancelled_there_ends_and_what_is_held_waits) {
  World w;
  w.pool(1);
  w.submit(a_plan().thread("a").done());
  w.start(0);
  event::WorkerDown down{World::kPool, 11, 0, {w.attempt(0)}, {}, {}, {}};
  down.guilty = {w.attempt(0), 11};
  w.turn(down);
  w.turn(event::Hold{1, std::nullopt, true});
  EXPECT_EQ(w.state(0), TaskState::pending);
  EXPECT_TRUE(w.scheduler.demand().crews.empty());
  w.turn(event::Hold{1, std::nullopt, false});
  EXPECT_EQ(w.state(0), TaskState::queued);
  w.turn(event::CancelRun{1, StopCause::cancel_user, false, {}, {}});
  EXPECT_EQ(w.run_outcome(), "cancelled cancel:user");
}

/// Two threads, one of which holds a task that has had its time and its grace.
void hang(World& w) {
  w.pool(2);
  w.submit(a_plan().thread("bad").timeout(seconds(1)).grace(seconds(1)).thread("good").grace(seconds(3)).done());
  w.start(0);
  w.start(1);
  w.wake_after(seconds(1));
  EXPECT_EQ(w.state(0), TaskState::stopping);
  w.wake_after(seconds(1));
}

TEST(Hung, w07_its_worker_gets_nothing_more_and_is_killed_when_its_neighbours_have_ended) {
  World w;
  hang(w);
  EXPECT_EQ(w.all<action::DrainWorker>().size(), 1u);
  EXPECT_TRUE(w.all<action::KillWorker>().empty());
  w.submit(a_plan().thread("later").done());
  EXPECT_EQ(w.state(0, 2), TaskState::queued);
  w.pool(2, 0, {3, 3});
  EXPECT_EQ(w.worker(0, 2), (WorkerId{3, 3}));
  w.finish(1);
  EXPECT_EQ(w.all<action::KillWorker>().size(), 1u);
  w.turn(death(World::kPool, {w.attempt(0)}));
  EXPECT_EQ(w.outcome(0), "timed_out timeout");
  EXPECT_EQ(w.outcome(1), "succeeded");
}

TEST(Hung, w07_its_neighbours_have_their_grace_and_no_more) {
  World w;
  hang(w);
  w.wake_after(seconds(2));
  EXPECT_TRUE(w.all<action::KillWorker>().empty());
  w.wake_after(seconds(1));
  EXPECT_EQ(w.all<action::KillWorker>().size(), 1u);
  w.turn(death(World::kPool, {w.attempt(0), w.attempt(1)}));
  EXPECT_EQ(w.outcome(0), "timed_out timeout");
  EXPECT_EQ(*w.task(1).attempts[0].outcome, Outcome::interrupted);
}

TEST(Hung, w07_where_nothing_else_runs_it_is_killed_at_once) {
  World w;
  w.pool(2);
  w.submit(a_plan().thread("bad").timeout(seconds(1)).grace(seconds(1)).done());
  w.start(0);
  w.wake_after(seconds(1));
  w.wake_after(seconds(1));
  EXPECT_EQ(w.all<action::KillWorker>().size(), 1u);
}

}  // namespace
}  // namespace rota::core
