// Needs of every kind, and what becomes of jobs whose needs die.
#include "tests/unit/core/a_world.h"

namespace rota::core {
namespace {

using jobs::NeedKind;

class Needs : public ::testing::Test, public World {
 protected:
  void SetUp() override { launcher(4); }
};

TEST_F(Needs, a_job_starts_when_its_need_has_succeeded) {
  submit(a_plan().job("a").job("b").needs("a").done());
  EXPECT_EQ(state(1), TaskState::pending);
  EXPECT_EQ(to_text(task(1).reason), "dep");
  exit(0, 0);
  EXPECT_EQ(state(1), TaskState::starting) << "granted in the same turn: the end and the grant are one transaction";
  exit(1, 0);
  EXPECT_EQ(run_outcome(), "succeeded");
}

TEST_F(Needs, a_failure_ends_what_depends_on_it_through_every_step) {
  submit(a_plan().job("a").job("b").needs("a").job("c").needs("b").job("free").done());
  exit(0, 3);
  EXPECT_EQ(outcome(0), "failed exit:3");
  EXPECT_EQ(outcome(1), "upstream_failed dep");
  EXPECT_EQ(outcome(2), "upstream_failed dep");
  EXPECT_EQ(state(3), TaskState::starting) << "what does not depend on the failure still runs";
  exit(3, 0);
  EXPECT_EQ(run_outcome(), "failed exit:3");
}

TEST_F(Needs, a_forgiven_failure_counts_as_met_and_does_not_fail_the_run) {
  submit(a_plan().job("a").forgiven().job("b").needs("a").done());
  exit(0, 1);
  EXPECT_EQ(state(1), TaskState::starting);
  exit(1, 0);
  EXPECT_EQ(outcome(0), "failed exit:1");
  EXPECT_EQ(run_outcome(), "succeeded");
}

TEST_F(Needs, completed_is_met_by_any_end) {
  submit(a_plan().job("a").job("b").needs("a").job("cleanup").needs("b", NeedKind::completed).done());
  exit(0, 1);
  EXPECT_EQ(outcome(1), "upstream_failed dep");
  EXPECT_EQ(state(2), TaskState::starting);
}

TEST_F(Needs, failed_runs_after_a_failure_and_is_skipped_after_a_success) {
  submit(a_plan().job("a").job("b").job("mourn").needs("a", NeedKind::failed).job("idle").needs("b", NeedKind::failed)
             .job("after").needs("idle").done());
  exit(0, 1);
  exit(1, 0);
  EXPECT_EQ(state(2), TaskState::starting);
  EXPECT_EQ(outcome(3), "skipped dep");
  EXPECT_EQ(state(4), TaskState::starting) << "a skipped need counts as met";
}

TEST_F(Needs, started_is_met_by_the_start_and_stays_met) {
  pool(2);
  submit(a_plan().thread("a").job("b").needs("a", NeedKind::started).done());
  EXPECT_EQ(state(1), TaskState::pending);
  start(0);
  EXPECT_EQ(state(1), TaskState::starting);
  exit(0, 1);
  EXPECT_EQ(state(1), TaskState::starting);
}

TEST_F(Needs, started_dies_with_a_job_that_ended_without_a_start) {
  submit(a_plan().job("a").job("b").needs("a", NeedKind::started).done());
  finish(0, {Ending::Kind::spawn_failed, 2});
  EXPECT_EQ(outcome(1), "upstream_failed dep");
}

TEST_F(Needs, ready_is_met_by_the_report_or_by_the_start_of_a_job_that_makes_none) {
  submit(a_plan().job("a").ready_log().job("quiet").job("b").needs("a", NeedKind::ready).job("c")
             .needs("quiet", NeedKind::ready).done());
  start(0);
  start(1);
  EXPECT_EQ(state(2), TaskState::pending);
  EXPECT_EQ(state(3), TaskState::starting);
  turn(ready(0));
  EXPECT_EQ(state(2), TaskState::starting);
  EXPECT_TRUE(task(0).attempts[0].ready);
}

TEST_F(Needs, ready_dies_with_a_job_that_never_was) {
  submit(a_plan().job("a").ready_log().job("b").needs("a", NeedKind::ready).done());
  start(0);
  exit(0, 0);
  EXPECT_EQ(outcome(1), "upstream_failed dep");
}

TEST_F(Needs, a_daemon_that_ends_before_it_is_ready_has_failed) {
  submit(a_plan().job("d").daemon().ready_log().job("b").needs("d", NeedKind::ready).done());
  start(0);
  exit(0, 0);
  EXPECT_EQ(outcome(0), "failed exit:0");
  EXPECT_EQ(task(0).attempts[0].report.message, "it ended before it was ready");
  EXPECT_EQ(outcome(1), "upstream_failed dep");
}

TEST_F(Needs, a_job_waits_for_all_of_its_needs) {
  submit(a_plan().job("a").job("b").job("c").needs("a").needs("b").done());
  exit(1, 0);
  EXPECT_EQ(state(2), TaskState::pending);
  exit(0, 0);
  EXPECT_EQ(state(2), TaskState::starting);
}

TEST_F(Needs, one_dead_need_decides_while_others_are_open) {
  submit(a_plan().job("a").job("b").job("c").needs("a").needs("b").done());
  exit(0, 1);
  EXPECT_EQ(outcome(2), "upstream_failed dep");
}

TEST_F(Needs, a_chain_of_deaths_as_long_as_a_file_ends_in_one_turn) {
  auto plan = a_plan().job("j0");
  constexpr int kLength = 2000;
  for (int i = 1; i < kLength; ++i) plan.job("j" + std::to_string(i)).needs("j" + std::to_string(i - 1));
  submit(plan.done());
  exit(0, 1);
  EXPECT_EQ(scheduler.summary(1)->counts.of(Outcome::upstream_failed), kLength - 1u);
  EXPECT_EQ(run_outcome(), "failed exit:1");
}

TEST_F(Needs, a_run_without_jobs_has_succeeded) {
  submit(a_plan().done());
  EXPECT_EQ(run_outcome(), "succeeded");
  EXPECT_EQ(all<action::FoldRun>().size(), 1u);
  scheduler.forget(1);
  EXPECT_TRUE(scheduler.runs().empty());
}

}  // namespace
}  // namespace rota::core
