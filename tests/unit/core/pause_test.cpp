// Pauses: what stands still, what does not start, and what of it outlives the coordinator.
#include "shared/limits.h"
#include "tests/unit/core/a_world.h"

namespace rota::core {
namespace {

std::vector<Reason> reasons(std::initializer_list<Reason> list) { return list; }

constexpr Reason kPaused{ReasonKind::paused, 0};

event::Pause pause(RunId run = 1) { return {run, {}, false, true, "anna"}; }
event::Pause resume(RunId run = 1) { return {run, {}, false, false, "ben"}; }
event::Pause of_job(JobIndex job, bool pause, std::uint32_t tasks = 1) {
  return {1, TaskSpan{job, 0, tasks}, true, pause, "anna"};
}
event::Pause of_task(JobIndex job, TaskIndex task, bool pause) {
  return {1, TaskSpan{job, task, 1}, false, pause, "anna"};
}
event::Frozen frozen(const World& w, JobIndex job, bool on = true) {
  return {w.worker(job), w.attempt(job), on, w.now.mono};
}

/// A run whose first job stands still, as all of it is paused.
void let_stand_still(World& w, jobs::Plan plan) {
  w.launcher(1);
  w.submit(std::move(plan));
  w.start(0);
  w.turn(pause());
  w.turn(frozen(w, 0));
}

TEST(Pause, what_runs_is_asked_to_stand_still_and_is_paused_when_its_worker_says_so) {
  World w;
  w.launcher(2);
  w.submit(a_plan().job("a").job("b").job("c").needs("a").done());
  w.start(0);
  w.turn(pause());
  const auto asked = w.all<action::FreezeAttempt>();
  ASSERT_EQ(asked.size(), 1u) << "what has not begun is asked back";
  EXPECT_EQ(asked[0].attempt, w.attempt(0));
  EXPECT_TRUE(asked[0].freeze);
  EXPECT_EQ(w.all<action::RetractAttempt>().size(), 1u);
  EXPECT_EQ(w.state(0), TaskState::running) << "its worker has not said anything";
  EXPECT_EQ(w.task(0).paused_by, "anna");
  w.turn(frozen(w, 0));
  EXPECT_EQ(w.state(0), TaskState::paused);
  EXPECT_EQ(w.waits(0), reasons({kPaused}));
  EXPECT_EQ(to_text(w.task(0).reason), "paused:user");
  w.finish(1, revoked());
  EXPECT_EQ(w.state(1), TaskState::pending);
  EXPECT_EQ(w.waits(1), reasons({kPaused}));
  EXPECT_EQ(w.scheduler.summary(1)->paused->by, "anna");
}

TEST(Pause, resume_lets_it_go_on_and_what_waited_start) {
  World w;
  let_stand_still(w, a_plan().job("a").job("b").done());
  w.turn(resume());
  ASSERT_EQ(w.all<action::FreezeAttempt>().size(), 1u);
  EXPECT_FALSE(w.all<action::FreezeAttempt>()[0].freeze);
  EXPECT_EQ(w.state(0), TaskState::paused) << "until its worker says so";
  EXPECT_EQ(w.state(1), TaskState::queued) << "the slot is not free";
  w.turn(frozen(w, 0, false));
  EXPECT_EQ(w.state(0), TaskState::running);
  EXPECT_FALSE(w.scheduler.summary(1)->paused);
  w.exit(0, 0);
  EXPECT_EQ(w.state(1), TaskState::starting);
}

TEST(Pause, who_waits_for_a_pool_or_a_group_is_told_that_its_holder_stands_still) {
  World w;
  w.launcher(2);
  jobs::Plan holder = a_plan().job("a").takes("gpu").pool("gpu", 1).done(), other = a_plan().job("y").done();
  holder.concurrency.group = other.concurrency.group = "deploy";
  w.submit(std::move(holder));
  w.submit(a_plan().job("x").takes("gpu").pool("gpu", 1).done());
  w.submit(std::move(other));
  w.start(0);
  const auto paused_before = [&](TaskId task) {
    const auto blocks = w.scheduler.blocks(task, w.scheduler.waiting(task, w.now), w.now);
    return blocks.size() == 1 ? blocks[0].paused : 99;
  };
  EXPECT_EQ(paused_before({2, 0, 0}), 0u);
  EXPECT_EQ(paused_before({3, 0, 0}), 0u);
  w.turn(pause());
  EXPECT_EQ(paused_before({2, 0, 0}), 0u) << "it does not stand still yet";
  EXPECT_EQ(paused_before({3, 0, 0}), 1u);
  w.turn(frozen(w, 0));
  EXPECT_EQ(paused_before({2, 0, 0}), 1u);
  w.turn(resume());
  w.turn(frozen(w, 0, false));
  EXPECT_EQ(paused_before({2, 0, 0}), 0u);
}

TEST(Pause, what_stands_still_keeps_its_slot) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").done());
  w.submit(a_plan().job("x").done());
  w.start(0);
  w.turn(pause());
  w.turn(frozen(w, 0));
  EXPECT_EQ(w.state(0, 2), TaskState::queued);
}

TEST(Pause, of_a_job_leaves_the_others) {
  World w;
  w.launcher(4);
  w.submit(a_plan().job("a").job("b").job("c").needs("a").done());
  w.start(0);
  w.start(1);
  w.turn(of_job(0, true));
  EXPECT_EQ(w.all<action::FreezeAttempt>().size(), 1u);
  w.turn(frozen(w, 0));
  EXPECT_EQ(w.state(0), TaskState::paused);
  EXPECT_EQ(w.state(1), TaskState::running);
  EXPECT_EQ(w.scheduler.view(1)->jobs[0].paused->by, "anna");
  EXPECT_FALSE(w.scheduler.view(1)->jobs[1].paused);
  EXPECT_FALSE(w.scheduler.summary(1)->paused);
}

TEST(Pause, of_a_single_task_starts_nothing_less) {
  World w;
  w.launcher(2);
  w.submit(a_plan().job("a").array(3).done());
  w.turn(event::Started{World::kLauncher, {{1, 0, 0}, 1}, 7, w.now.mono},
         event::Started{World::kLauncher, {{1, 0, 1}, 1}, 8, w.now.mono});
  w.turn(of_task(0, 0, true));
  EXPECT_EQ(w.all<action::FreezeAttempt>().size(), 1u);
  w.turn(frozen(w, 0));
  EXPECT_FALSE(w.scheduler.view(1)->jobs[0].paused);
  w.turn(event::Finished{World::kLauncher, {{1, 0, 1}, 1}, {}});
  EXPECT_EQ(w.scheduler.view(1)->jobs[0].tasks[2].state, TaskState::starting);
  w.turn(of_task(0, 0, false));
  w.turn(frozen(w, 0, false));
  EXPECT_EQ(w.state(0), TaskState::running);
}

TEST(Pause, a_thread_goes_on_and_its_run_starts_nothing_more) {
  World w;
  w.pool(1);
  w.submit(a_plan().thread("a").thread("b").done());
  w.start(0);
  w.turn(pause());
  EXPECT_TRUE(w.all<action::FreezeAttempt>().empty());
  EXPECT_EQ(w.state(0), TaskState::running);
  EXPECT_FALSE(w.task(0).paused_by);
  w.finish(0);
  EXPECT_EQ(w.state(1), TaskState::pending);
  w.turn(resume());
  EXPECT_EQ(w.state(1), TaskState::starting);
}

constexpr WorkerId kWarm{5, 1}, kWarmToo{6, 1};
constexpr std::uint32_t kAhead = 4;

test::PlanBuilder warm_plan(std::uint32_t tasks) {
  auto plan = a_plan().job("a");
  plan.newest().action = jobs::TargetCall{"noop"};
  plan.newest().fresh = false;
  plan.array(tasks);
  return plan;
}
event::WorkerUp warm_up(WorkerId id) {
  return {id, {1, 0, 0, 1, kAhead, 0}, {}, crew_of_job(1, warm_plan(1).done(), 0)};
}
AttemptId warm_attempt(TaskIndex task) { return {{1, 0, task}, 1}; }

/// A first short task has ended, so that others are granted ahead; task 1 runs and its job stays free.
void let_a_warm_task_run(World& w, const jobs::Plan& plan) {
  w.submit(plan);
  w.turn(warm_up(kWarm));
  w.turn(event::Started{kWarm, warm_attempt(0), 7, w.now.mono});
  AttemptReport brief;
  brief.started = w.now.mono;
  brief.ended = w.now.mono + std::chrono::microseconds(50);
  w.pass(std::chrono::microseconds(50));
  w.turn(event::Finished{kWarm, warm_attempt(0), brief});
  w.turn(event::Started{kWarm, warm_attempt(1), 7, w.now.mono});
}
TaskState state_of_task(const World& w, TaskIndex task) { return w.scheduler.view(1)->jobs[0].tasks[task].state; }

TEST(Pause, a_warm_process_stands_still_with_its_task_and_gives_back_what_it_was_granted_ahead) {
  World w;
  let_a_warm_task_run(w, warm_plan(12).done());
  const auto ahead = w.scheduler.view(1)->summary.counts.of(TaskState::starting);
  ASSERT_GT(ahead, 0u) << "the test needs some that wait behind the one that runs";
  w.turn(of_task(0, 1, true));
  const auto asked = w.all<action::FreezeAttempt>();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].attempt, warm_attempt(1));
  ASSERT_EQ(w.all<action::RetractAttempt>().size(), ahead);
  EXPECT_TRUE(std::holds_alternative<action::FreezeAttempt>(w.actions.back())) << "when they are given back";
  for (TaskIndex task = 2; task < 2 + ahead; ++task) {
    AttemptReport back;
    back.ending = revoked();
    w.turn(event::Finished{kWarm, warm_attempt(task), back});
  }
  EXPECT_TRUE(w.all<action::StartAttempt>().empty()) << "nothing is granted behind what stands still";
  w.turn(event::Frozen{kWarm, warm_attempt(1), true, w.now.mono});
  EXPECT_EQ(state_of_task(w, 1), TaskState::paused);
  w.turn(warm_up(kWarmToo));
  EXPECT_FALSE(w.all<action::StartAttempt>().empty()) << "others of its crew go on";
  for (const auto& start : w.all<action::StartAttempt>()) EXPECT_EQ(start.worker, kWarmToo);
  w.turn(of_task(0, 1, false));
  ASSERT_EQ(w.all<action::FreezeAttempt>().size(), 1u);
  w.turn(event::Frozen{kWarm, warm_attempt(1), false, w.now.mono});
  EXPECT_EQ(state_of_task(w, 1), TaskState::running);
}

TEST(Pause, the_timeout_of_a_warm_task_stands_still_with_it) {
  World w;
  let_a_warm_task_run(w, warm_plan(2).timeout(seconds(5)).done());
  w.pass(seconds(3));
  w.turn(pause());
  w.turn(event::Frozen{kWarm, warm_attempt(1), true, w.now.mono});
  w.wake_after(seconds(60));
  EXPECT_EQ(state_of_task(w, 1), TaskState::paused);
  w.turn(resume());
  w.turn(event::Frozen{kWarm, warm_attempt(1), false, w.now.mono});
  w.wake_after(milliseconds(1999));
  EXPECT_EQ(state_of_task(w, 1), TaskState::running);
  w.wake_after(milliseconds(1));
  EXPECT_EQ(state_of_task(w, 1), TaskState::stopping);
}

TEST(Pause, a_warm_task_that_stood_still_when_its_coordinator_died_begins_anew_when_its_run_is_resumed) {
  World w;
  let_a_warm_task_run(w, warm_plan(2).done());
  w.turn(pause());
  w.turn(event::Frozen{kWarm, warm_attempt(1), true, w.now.mono});
  for (const bool from_snapshot : {false, true}) {
    World next;
    next.scheduler = replayed(from_snapshot ? w.scheduler.snapshot() : w.journal);
    next.now = w.now;
    next.turn(event::Recovered{2});
    next.turn(warm_up(kWarmToo));
    EXPECT_EQ(state_of_task(next, 1), TaskState::pending);
    EXPECT_TRUE(next.all<action::StartAttempt>().empty());
    next.turn(resume());
    EXPECT_EQ(next.all<action::StartAttempt>().size(), 1u);
  }
}

TEST(Pause, a_resume_of_the_run_takes_its_jobs_and_tasks_along) {
  World w;
  w.launcher(2);
  w.submit(a_plan().job("a").job("b").job("c").needs("a").done());
  w.start(0);
  w.start(1);
  w.turn(of_job(2, true), of_task(0, 0, true), pause());
  w.turn(frozen(w, 0), frozen(w, 1));
  w.turn(resume());
  EXPECT_EQ(w.all<action::FreezeAttempt>().size(), 2u);
  EXPECT_FALSE(w.scheduler.view(1)->jobs[2].paused);
}

TEST(Pause, a_single_task_that_has_not_begun_is_not_paused_as_it_may_be_asked_back) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").done());
  ASSERT_EQ(w.state(0), TaskState::starting);
  w.turn(of_task(0, 0, true));
  EXPECT_EQ(w.recorded<record::PauseChanged>(), 0u);
  w.start(0);
  EXPECT_TRUE(w.all<action::FreezeAttempt>().empty());
  w.turn(of_task(0, 0, true));
  EXPECT_EQ(w.all<action::FreezeAttempt>().size(), 1u) << "now it can be";
}

TEST(Pause, a_hold_and_a_pause_are_two) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").done(), {.hold = true});
  w.turn(pause());
  EXPECT_EQ(w.waits(0), reasons({{ReasonKind::hold, 0}, kPaused}));
  w.turn(event::Hold{1, {}, false});
  EXPECT_EQ(w.waits(0), reasons({kPaused}));
  w.turn(resume());
  EXPECT_EQ(w.state(0), TaskState::starting);
}

TEST(Pause, what_is_paused_can_be_cancelled) {
  World w;
  let_stand_still(w, a_plan().job("a").job("b").done());
  w.turn(event::CancelRun{1});
  EXPECT_EQ(w.all<action::StopAttempt>().size(), 1u);
  EXPECT_EQ(w.state(0), TaskState::stopping);
  w.turn(resume());
  EXPECT_TRUE(w.all<action::FreezeAttempt>().empty()) << "it is to end: its worker has woken it";
  w.finish(0, stopped_by(StopCause::cancel_user));
  EXPECT_EQ(w.run_outcome(), "cancelled cancel:user");
}

TEST(Pause, the_time_of_the_run_goes_on) {
  World w;
  let_stand_still(w, a_plan().job("a").run_timeout(seconds(5)).done());
  w.wake_after(seconds(5));
  EXPECT_EQ(w.state(0), TaskState::stopping);
}

TEST(Pause, a_probe_that_fails_meanwhile_proves_nothing) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("d").daemon().job("a").needs("d").done());
  w.start(0);
  w.turn(of_job(0, true));
  w.turn(event::ProbeFailed{w.worker(0), w.attempt(0), StopCause::not_live});
  EXPECT_EQ(w.state(0), TaskState::running);
  w.turn(frozen(w, 0));
  w.turn(event::ProbeFailed{w.worker(0), w.attempt(0), StopCause::not_live});
  EXPECT_EQ(w.state(0), TaskState::paused);
}

TEST(Pause, what_a_worker_says_again_or_of_another_attempt_changes_nothing) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").done());
  w.start(0);
  w.turn(pause(), pause());
  EXPECT_EQ(w.recorded<record::PauseChanged>(), 1u);
  w.turn(frozen(w, 0), frozen(w, 0));
  EXPECT_EQ(w.recorded<record::Frozen>(), 1u);
  auto other = frozen(w, 0, false);
  other.attempt.number += 1;
  w.turn(other);
  EXPECT_EQ(w.state(0), TaskState::paused);
  w.turn(event::Started{World::kLauncher, w.attempt(0), 4711, w.now.mono});
  EXPECT_EQ(w.state(0), TaskState::paused);
}

TEST(Pause, what_is_paused_stays_so_through_the_death_of_the_coordinator) {
  World w;
  let_stand_still(w, a_plan().job("a").job("b").done());
  for (const bool from_snapshot : {false, true}) {
    World next;
    next.scheduler = replayed(from_snapshot ? w.scheduler.snapshot() : w.journal);
    next.now = w.now;
    next.turn(event::Recovered{2});
    EXPECT_EQ(next.state(0), TaskState::paused);
    EXPECT_EQ(next.task(0).paused_by, "anna");
    EXPECT_EQ(next.state(1), TaskState::pending);
    next.turn(event::WorkerUp{World::kLauncher, {0, 0, 0, 1, 0}, {{w.attempt(0)}}});
    ASSERT_EQ(next.all<action::FreezeAttempt>().size(), 1u) << "it may not have heard of it";
    EXPECT_TRUE(next.all<action::FreezeAttempt>()[0].freeze);
    next.turn(frozen(next, 0));
    next.turn(resume());
    next.turn(frozen(next, 0, false));
    EXPECT_EQ(next.state(0), TaskState::running);
    next.exit(0, 0);
    EXPECT_EQ(next.state(1), TaskState::starting);
  }
}

TEST(Pause, a_resume_that_the_worker_did_not_hear_of_is_told_again) {
  World w;
  let_stand_still(w, a_plan().job("a").done());
  w.turn(resume());
  for (const bool from_snapshot : {false, true}) {
    World next;
    next.scheduler = replayed(from_snapshot ? w.scheduler.snapshot() : w.journal);
    next.now = w.now;
    next.turn(event::Recovered{2});
    next.turn(event::WorkerUp{World::kLauncher, {0, 0, 0, 1, 0}, {{w.attempt(0)}}});
    ASSERT_EQ(next.all<action::FreezeAttempt>().size(), 1u);
    EXPECT_FALSE(next.all<action::FreezeAttempt>()[0].freeze);
  }
}

TEST(Pause, its_launcher_s_death_is_its_end) {
  World w;
  let_stand_still(w, a_plan().job("a").done());
  w.turn(event::WorkerDown{World::kLauncher, 9, 0, {w.attempt(0)}, {}, {}, ""});
  EXPECT_EQ(w.outcome(0), "lost worker-lost");
}

TEST(Pause, of_a_run_that_is_ending_changes_nothing) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").done());
  w.start(0);
  w.turn(event::CancelRun{1});
  w.turn(pause());
  EXPECT_EQ(w.recorded<record::PauseChanged>(), 0u);
  w.turn(event::Pause{7, {}, false, true, ""}, event::Pause{1, TaskSpan{9, 0, 1}, true, true, ""});
  EXPECT_EQ(w.recorded<record::PauseChanged>(), 0u);
}

TEST(Pause, names_of_those_who_paused_are_kept_up_to_a_limit) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").done());
  for (std::uint64_t i = 0; i < limits::kPausers + 2; ++i) {
    w.turn(event::Pause{1, {}, false, true, "user" + std::to_string(i)});
    const bool kept = i < limits::kPausers;
    EXPECT_EQ(w.scheduler.summary(1)->paused->by, kept ? "user" + std::to_string(i) : "somebody else");
    w.turn(resume());
  }
}

}  // namespace
}  // namespace rota::core
