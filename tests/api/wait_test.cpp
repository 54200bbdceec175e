// Waiting for runs and jobs, by event.
#include "tests/api/asking.h"

namespace rota::daemon {
namespace {

namespace answer = control::answer;
namespace ask = control::ask;
using ask::Until;
using std::chrono::milliseconds;

constexpr std::string_view kTwoJobs = "jobs:\n  a: {command: [x]}\n  b: {command: [x]}\n";

class Waiting {
 public:
  Waiting(World& world, const std::string& selectors, Until until, bool any = false)
      : asking_(world, ask::Wait{selectors, any, until}) {}
  bool answered() { return asking_.answered(); }
  answer::Waited get() { return asking_.get<answer::Waited>(); }

 private:
  Asking asking_;
};

void run_to(World& world, TaskId task, int status) {
  world.begin(task);
  world.exit(task, status);
}

TEST(Wait, is_over_when_every_run_is_done) {
  World world;
  world.submit(kTwoJobs);
  world.submit(kTwoJobs);
  Waiting all(world, "1,2", Until::done), any(world, "1,2", Until::done, true);
  run_to(world, {1, 0, 0}, 0);
  world.ask(ask::Status{});
  EXPECT_FALSE(any.answered());
  run_to(world, {1, 1, 0}, 3);
  const auto first = any.get();
  EXPECT_TRUE(first.satisfied);
  EXPECT_EQ(first.outcomes, std::vector{Outcome::failed});
  EXPECT_FALSE(all.answered());
  run_to(world, {2, 0, 0}, 0);
  run_to(world, {2, 1, 0}, 0);
  const auto both = all.get();
  EXPECT_TRUE(both.satisfied);
  EXPECT_EQ(both.outcomes, (std::vector{Outcome::failed, Outcome::succeeded}));
  ASSERT_EQ(both.runs.size(), 2u);
  EXPECT_EQ(both.runs[0].outcome, Outcome::failed);
}

TEST(Wait, for_success_ends_as_soon_as_it_can_no_longer_be) {
  World world;
  world.submit(kTwoJobs);
  world.submit(kTwoJobs);
  Waiting wait(world, "1,2", Until::success);
  run_to(world, {1, 0, 0}, 3);
  run_to(world, {1, 1, 0}, 0);
  EXPECT_FALSE(wait.get().satisfied);
}

TEST(Wait, for_any_success_outlives_a_failure) {
  World world;
  world.submit("jobs:\n  a: {command: [x]}\n");
  world.submit("jobs:\n  a: {command: [x]}\n");
  Waiting wait(world, "1,2", Until::success, true);
  run_to(world, {1, 0, 0}, 3);
  world.ask(ask::Status{});
  EXPECT_FALSE(wait.answered());
  run_to(world, {2, 0, 0}, 0);
  EXPECT_TRUE(wait.get().satisfied);
  EXPECT_FALSE(std::get<answer::Waited>(world.ask(ask::Wait{"1", true, Until::success})).satisfied);
}

TEST(Wait, for_a_job_is_over_while_its_run_goes_on) {
  World world;
  world.submit(kTwoJobs);
  Waiting wait(world, "1/b", Until::done);
  run_to(world, {1, 0, 0}, 0);
  world.ask(ask::Status{});
  EXPECT_FALSE(wait.answered());
  world.begin({1, 1, 0});
  world.exit({1, 1, 0}, 9);
  const auto done = wait.get();
  EXPECT_EQ(done.outcomes, std::vector{Outcome::failed});
  EXPECT_EQ(done.runs.size(), 1u);
}

TEST(Wait, until_running_is_over_with_the_first_start) {
  World world;
  world.submit(kTwoJobs);
  Waiting wait(world, "1", Until::running), job(world, "1/b", Until::running);
  EXPECT_FALSE(wait.answered());
  world.begin({1, 0, 0});
  EXPECT_TRUE(wait.get().satisfied);
  world.ask(ask::Status{});
  EXPECT_FALSE(job.answered());
  world.begin({1, 1, 0});
  EXPECT_TRUE(job.get().satisfied);
  const auto at_once = std::get<answer::Waited>(world.ask(ask::Wait{"1", false, Until::running}));
  EXPECT_TRUE(at_once.satisfied) << "it runs already";
}

TEST(Wait, until_running_of_what_never_ran_ends_with_a_no) {
  World world;
  auto held = world.a_submit();
  held.hold = true;
  world.ask(held, kTwoJobs);
  Waiting wait(world, "1", Until::running);
  world.ask(ask::Cancel{"1", {}, false, ""});
  EXPECT_FALSE(wait.get().satisfied);
}

TEST(Wait, for_what_has_ended_long_ago_is_answered_at_once) {
  World world;
  world.submit(kTwoJobs);
  run_to(world, {1, 0, 0}, 0);
  run_to(world, {1, 1, 0}, 4);
  world.call([&] { ASSERT_TRUE(world.desk.core.runs().empty()); });
  const auto run = std::get<answer::Waited>(world.ask(ask::Wait{"1", false, Until::done}));
  EXPECT_EQ(run.outcomes, std::vector{Outcome::failed});
  EXPECT_EQ(run.runs.at(0).counts.total, 2u);
  const auto jobs = std::get<answer::Waited>(world.ask(ask::Wait{"1/b,1/a", false, Until::success}));
  EXPECT_FALSE(jobs.satisfied);
  EXPECT_EQ(jobs.outcomes, (std::vector{Outcome::failed, Outcome::succeeded}));
  EXPECT_TRUE(std::get<answer::Waited>(world.ask(ask::Wait{"all", false, Until::done})).satisfied) << "none is alive";
}

TEST(Wait, a_failed_try_that_is_tried_again_is_no_end) {
  World world;
  world.submit("jobs:\n  a: {command: [x], retry: {limit: 1, delay: 0.001s}}\n");
  Waiting wait(world, "1/a", Until::success);
  run_to(world, {1, 0, 0}, 3);
  ASSERT_TRUE(test::eventually(test::kPatience, [&] {
    return world.get<bool>([&] { return world.desk.core.view(1)->jobs[0].tasks[0].attempts.size() == 2; });
  }));
  EXPECT_FALSE(wait.answered());
  run_to(world, {1, 0, 0}, 0);
  EXPECT_TRUE(wait.get().satisfied);
}

TEST(Wait, c07_a_client_that_dies_in_its_wait_changes_nothing_for_others) {
  World world;
  world.submit("jobs:\n  a: {command: [x]}\n");
  Waiting stays(world, "1", Until::done);
  for (int i = 0; i < 50; ++i) {
    auto client = world.client();
    EXPECT_FALSE(client.ask(ask::Wait{"1", false, Until::done}, {}, milliseconds(0)));
  }
  EXPECT_TRUE(test::eventually(test::kPatience, [&] {
    return world.get<std::uint32_t>([&] { return world.server->clients(); }) == 1;
  })) << "the dead are noticed while they wait";
  run_to(world, {1, 0, 0}, 0);
  EXPECT_TRUE(stays.get().satisfied);
}

}  // namespace
}  // namespace rota::daemon
