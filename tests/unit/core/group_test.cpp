// Concurrency groups: who waits, who is skipped, who takes whose place; and the same after a replay.
#include "tests/unit/core/a_world.h"

namespace rota::core {
namespace {

using WhenFull = jobs::Concurrency::WhenFull;

jobs::Plan in_group(WhenFull when_full = WhenFull::queue, std::uint32_t limit = 1, std::string group = "deploy") {
  jobs::Plan plan = a_plan().job("a").done();
  plan.concurrency = {std::move(group), limit, when_full};
  return plan;
}

std::vector<Reason> waits_for(RunId run) { return {{ReasonKind::concurrency, static_cast<std::int32_t>(run)}}; }

void end_run(World& w, RunId run) {
  w.turn(w.started(0, run));
  w.turn(w.finished(0, {}, run));
}

TEST(Group, the_next_of_a_full_group_waits_in_the_order_of_submission) {
  World w;
  w.launcher(4);
  for (int i = 0; i < 3; ++i) w.submit(in_group());
  w.submit(in_group(WhenFull::queue, 1, "another"));
  EXPECT_EQ(w.state(0, 1), TaskState::starting);
  EXPECT_EQ(w.state(0, 4), TaskState::starting) << "of another group";
  EXPECT_EQ(w.waits(0, 2), waits_for(1));
  EXPECT_EQ(w.waits(0, 3), waits_for(1));
  EXPECT_EQ(to_text(w.task(0, 2).reason), "limit:concurrency");
  EXPECT_EQ(to_text(w.scheduler.summary(2)->reason), "limit:concurrency");
  end_run(w, 1);
  EXPECT_EQ(w.state(0, 2), TaskState::starting);
  EXPECT_EQ(w.waits(0, 3), waits_for(2));
  end_run(w, 2);
  end_run(w, 3);
  EXPECT_EQ(w.run_outcome(3), "succeeded");
}

TEST(Group, as_many_as_the_limit_says_are_alive_at_once) {
  World w;
  w.launcher(4);
  for (int i = 0; i < 3; ++i) w.submit(in_group(WhenFull::queue, 2));
  EXPECT_EQ(w.state(0, 2), TaskState::starting);
  EXPECT_EQ(w.waits(0, 3), waits_for(1));
}

TEST(Group, one_with_a_larger_limit_does_not_pass_by_one_that_stands_before_it) {
  World w;
  w.launcher(4);
  w.submit(in_group());
  w.submit(in_group());
  w.submit(in_group(WhenFull::queue, 2));
  EXPECT_EQ(w.waits(0, 3), waits_for(2));
  end_run(w, 1);
  EXPECT_EQ(w.state(0, 2), TaskState::starting);
  EXPECT_EQ(w.state(0, 3), TaskState::starting) << "by its own limit there is room for two";
}

TEST(Group, one_that_is_held_or_not_due_keeps_no_place_and_takes_one_when_it_may) {
  World w;
  w.launcher(4);
  w.submit(in_group(), {.hold = true});
  w.submit(in_group(), {.begin = {w.now.wall.ns + Duration(seconds(60)).count()}});
  w.submit(in_group());
  EXPECT_EQ(w.state(0, 3), TaskState::starting);
  w.turn(event::Hold{1, {}, false});
  EXPECT_EQ(w.waits(0, 1), waits_for(3));
  w.wake_after(seconds(60));
  EXPECT_EQ(w.waits(0, 2), waits_for(3));
  end_run(w, 3);
  EXPECT_EQ(w.state(0, 1), TaskState::starting);
  EXPECT_EQ(w.waits(0, 2), waits_for(1));
}

TEST(Group, one_in_the_line_that_is_held_lets_the_next_pass) {
  World w;
  w.launcher(4);
  w.submit(in_group());
  w.submit(in_group());
  w.submit(in_group(WhenFull::queue, 2));
  w.turn(event::Hold{2, {}, true});
  EXPECT_EQ(w.state(0, 3), TaskState::starting);
  EXPECT_EQ(w.waits(0, 2), (std::vector<Reason>{{ReasonKind::hold, 0}, {ReasonKind::concurrency, 1}}));
}

TEST(Group, one_that_has_begun_keeps_its_place_while_it_is_held) {
  World w;
  w.launcher(4);
  w.submit(in_group());
  w.turn(w.started(0, 1));
  w.turn(event::Hold{1, {}, true});
  w.submit(in_group());
  EXPECT_EQ(w.waits(0, 2), waits_for(1));
}

TEST(Group, one_that_is_cancelled_in_the_line_lets_the_next_in) {
  World w;
  w.launcher(4);
  for (int i = 0; i < 3; ++i) w.submit(in_group());
  w.turn(event::CancelRun{2});
  EXPECT_EQ(w.run_outcome(2), "cancelled cancel:user");
  end_run(w, 1);
  EXPECT_EQ(w.state(0, 3), TaskState::starting);
}

TEST(Group, what_is_to_be_skipped_ends_at_once_and_its_hooks_do_not_run) {
  World w;
  w.launcher(4);
  w.submit(in_group());
  jobs::Plan plan = a_plan().job("a").job("b").needs("a").job("hook.on_exit").hook(jobs::Hook::on_exit).done();
  plan.concurrency = {"deploy", 1, WhenFull::skip};
  w.submit(plan);
  EXPECT_EQ(w.run_outcome(2), "skipped group-full:1");
  EXPECT_EQ(w.outcome(0, 2), "skipped group-full:1");
  EXPECT_EQ(w.outcome(1, 2), "skipped group-full:1");
  EXPECT_EQ(w.outcome(2, 2), "skipped if");
  end_run(w, 1);
  w.submit(plan);
  EXPECT_EQ(w.state(0, 3), TaskState::starting) << "there is room again";
}

TEST(Group, what_is_to_fail_has_failed_where_its_submission_was_not_refused) {
  World w;
  w.launcher(4);
  w.submit(in_group());
  EXPECT_EQ(w.scheduler.fills_group(in_group(WhenFull::fail)), std::optional<RunId>(1));
  EXPECT_EQ(w.scheduler.fills_group(in_group(WhenFull::fail, 2)), std::nullopt);
  w.submit(in_group(WhenFull::fail));
  EXPECT_EQ(w.run_outcome(2), "failed group-full:1");
  EXPECT_EQ(w.outcome(0, 2), "cancelled group-full:1");
}

TEST(Group, a_newer_run_replaces_the_older_ones_and_waits_for_their_ends) {
  World w;
  w.launcher(4);
  w.submit(in_group());
  w.submit(in_group());
  w.turn(w.started(0, 1));
  w.submit(in_group(WhenFull::replace));
  EXPECT_EQ(w.run_outcome(2), "cancelled cancel:replaced:3") << "it had not begun";
  EXPECT_EQ(w.state(0, 1), TaskState::stopping);
  EXPECT_EQ(to_text(w.task(0, 1).reason), "cancel:replaced:3");
  EXPECT_EQ(w.waits(0, 3), waits_for(1));
  w.turn(w.finished(0, stopped_by(StopCause::replaced), 1));
  EXPECT_EQ(w.run_outcome(1), "cancelled cancel:replaced:3");
  EXPECT_EQ(w.outcome(0, 1), "cancelled cancel:replaced:3");
  EXPECT_EQ(w.state(0, 3), TaskState::starting);
}

TEST(Group, only_as_many_are_replaced_as_it_takes_and_nobody_who_came_later) {
  World w;
  w.launcher(8);
  w.submit(in_group(WhenFull::queue, 2));
  w.submit(in_group(WhenFull::queue, 2));
  w.submit(in_group(WhenFull::replace, 2));
  EXPECT_EQ(w.state(0, 1), TaskState::stopping);
  EXPECT_EQ(w.state(0, 2), TaskState::starting);
  w.submit(in_group(WhenFull::queue, 2));
  w.turn(w.finished(0, revoked(), 1));
  EXPECT_EQ(w.run_outcome(1), "cancelled cancel:replaced:3");
  EXPECT_EQ(w.state(0, 3), TaskState::starting);
  EXPECT_EQ(w.waits(0, 4), waits_for(2));
}

TEST(Group, all_of_it_is_the_same_after_a_replay_and_from_a_snapshot) {
  World w;
  w.launcher(4);
  w.submit(in_group());
  w.turn(w.started(0, 1));
  w.submit(in_group());
  w.submit(in_group(WhenFull::replace));
  for (const bool from_snapshot : {false, true}) {
    Scheduler s = replayed(from_snapshot ? w.scheduler.snapshot() : w.journal);
    EXPECT_EQ(s.check(), "");
    EXPECT_EQ(s.waiting({3, 0, 0}, w.now), waits_for(1));
    EXPECT_EQ(to_text(s.view(1)->jobs[0].tasks[0].reason), "cancel:replaced:3");
    Effects out;
    s.step(event::Recovered{2}, w.now, out);
    s.step(event::WorkerDown{World::kLauncher, 9, 0, {w.attempt(0, 1)}, {}, {}, ""}, w.now, out);
    s.settle(w.now, out);
    EXPECT_EQ(s.check(), "");
    EXPECT_TRUE(s.summary(1)->outcome);
    EXPECT_EQ(s.view(3)->jobs[0].tasks[0].state, TaskState::queued) << "its turn has come";
  }
}

TEST(Update, another_bound_counts_from_the_next_start_on) {
  World w;
  w.launcher(4);
  w.submit(a_plan().job("a").array(4).max_parallel(1).done());
  EXPECT_EQ(w.scheduler.summary(1)->counts.of(TaskState::starting), 1u);
  w.turn(event::Update{1, {}, {}, 3});
  EXPECT_EQ(w.scheduler.summary(1)->counts.of(TaskState::starting), 3u);
  EXPECT_EQ(w.scheduler.summary(1)->max_parallel, std::optional<std::uint32_t>(3));
  w.turn(event::Update{1, {}, {}, 0});
  EXPECT_EQ(w.scheduler.summary(1)->counts.of(TaskState::starting), 4u);
  EXPECT_EQ(w.scheduler.summary(1)->max_parallel, std::nullopt);
  EXPECT_EQ(w.recorded<record::Updated>(), 2u);
}

TEST(Update, a_smaller_bound_of_a_job_asks_back_what_has_not_begun) {
  World w;
  w.launcher(3);
  w.submit(a_plan().job("a").array(3).done());
  w.turn(event::Started{World::kLauncher, {{1, 0, 0}, 1}, 4711, w.now.mono});
  w.turn(event::Update{1, 0, {}, 1});
  EXPECT_EQ(w.all<action::RetractAttempt>().size(), 2u);
  for (const TaskIndex task : {1u, 2u}) {
    AttemptReport report;
    report.ending = revoked();
    w.turn(event::Finished{World::kLauncher, {{1, 0, task}, 1}, report});
  }
  EXPECT_EQ(w.scheduler.waiting({1, 0, 1}, w.now).front().kind, ReasonKind::job_parallel);
  Scheduler s = replayed(w.scheduler.snapshot());
  EXPECT_EQ(s.check(), "");
  EXPECT_EQ(s.plan(1)->jobs[0].max_parallel, std::optional<std::uint32_t>(1));
}

TEST(Update, more_than_a_smaller_bound_may_be_alive_for_a_while_also_in_a_snapshot) {
  World w;
  w.launcher(3);
  w.submit(a_plan().job("a").array(3).done());
  for (const TaskIndex task : {0u, 1u, 2u})
    w.turn(event::Started{World::kLauncher, {{1, 0, task}, 1}, 4711, w.now.mono});
  w.turn(event::Update{1, 0, {}, 1}, event::Update{1, {}, {}, 1});
  EXPECT_TRUE(w.all<action::RetractAttempt>().empty()) << "what has begun goes on";
  for (const auto& journal : {w.journal, w.scheduler.snapshot()}) {
    const Scheduler s = replayed(journal);
    EXPECT_EQ(s.check(), "");
    EXPECT_EQ(s.summary(1)->counts.of(TaskState::running), 3u);
  }
}

TEST(Update, a_priority_of_a_run_and_of_a_job_is_on_record_and_repeating_it_is_not) {
  World w;
  w.submit(a_plan().job("a").job("b").done(), {.priority = 3});
  EXPECT_EQ(w.scheduler.summary(1)->priority, 3);
  w.turn(event::Update{1, {}, 7, {}}, event::Update{1, 1, -5, {}}, event::Update{1, {}, 7, {}});
  EXPECT_EQ(w.recorded<record::Updated>(), 2u);
  for (const Scheduler& s : {replayed(w.journal), replayed(w.scheduler.snapshot())}) {
    EXPECT_EQ(s.summary(1)->priority, 7);
    const jobs::Plan& plan = *s.plan(1);
    EXPECT_EQ(plan.settings_of(plan.jobs[0]).priority, 0);
    EXPECT_EQ(plan.settings_of(plan.jobs[1]).priority, -5);
  }
}

TEST(Update, another_priority_brings_what_waits_to_another_turn) {
  World w;
  w.submit(a_plan().job("a").job("b").done());
  w.submit(a_plan().job("c").job("d").array(3).done());
  w.turn(event::Update{2, {}, 10, {}}, event::Update{2, 1, -20, {}}, event::Update{1, 1, 5, {}});
  for (const auto& journal : {w.journal, w.scheduler.snapshot()}) EXPECT_EQ(replayed(journal).check(), "");
  w.launcher(1);
  const auto next = [&](RunId run, JobIndex job) {
    EXPECT_EQ(w.state(job, run), TaskState::starting) << run << "/" << job;
    w.turn(w.started(job, run));
    w.turn(w.finished(job, {}, run));
  };
  next(2, 0);
  next(1, 1);
  next(1, 0);
  EXPECT_EQ(w.scheduler.summary(2)->counts.of(TaskState::starting), 1u) << "in the end everything has its turn";
}

TEST(Update, what_has_ended_or_is_not_there_is_passed_over) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").done());
  w.turn(event::Update{1, 9, 5, {}}, event::Update{7, {}, 5, {}});
  end_run(w, 1);
  w.turn(event::Update{1, {}, 5, 5});
  EXPECT_EQ(w.recorded<record::Updated>(), 0u);
}

}  // namespace
}  // namespace rota::core
