// `rota retry`: a new run of what was not done.
#include "tests/api/world.h"

namespace rota::daemon {
namespace {

namespace answer = control::answer;
namespace ask = control::ask;

// good ─ bad ─ after        cancelled by the user: stopped ─ beyond;  serves: a daemon for good and bad
constexpr std::string_view kFile =
    "jobs:\n"
    "  serves: {command: [d], daemon: true}\n"
    "  good: {command: [x], needs: {serves: started}}\n"
    "  bad: {command: [x], needs: {good: success, serves: started}}\n"
    "  after: {command: [x], needs: bad}\n"
    "  stopped: {command: [x]}\n"
    "  beyond: {command: [x], needs: stopped}\n";
constexpr JobIndex kServes = 0, kGood = 1, kBad = 2, kStopped = 4;

/// Run 1 of the file above, to its end.
void fail_it(World& world) {
  const RunId run = world.submit(kFile);
  world.begin({run, kServes, 0});
  world.begin({run, kStopped, 0});
  world.call([&] { world.desk.post(core::event::CancelTasks{{{run, kStopped, 0}}, false}); });
  world.finish({run, kStopped, 0}, {Ending::Kind::signalled, 15, StopCause::cancel_user});
  world.begin({run, kGood, 0});
  world.exit({run, kGood, 0}, 0);
  world.begin({run, kBad, 0});
  world.exit({run, kBad, 0}, 1);
  world.finish({run, kServes, 0}, {Ending::Kind::signalled, 15, StopCause::not_needed});
  world.call([&] { ASSERT_EQ(world.desk.history.count(run), 1u); });
}

std::vector<std::string> runs_again(World& world, const ask::Retry& what) {
  const auto reply = world.ask_for<answer::Submitted>(what);
  std::vector<std::string> out;
  world.call([&] {
    const auto* terms = world.desk.core.terms(reply.run);
    ASSERT_NE(terms, nullptr);
    EXPECT_EQ(terms->retry_of, what.run);
    const auto& jobs = world.desk.core.plan(reply.run)->jobs;
    for (JobIndex j = 0; j < jobs.size(); ++j)
      if (!std::binary_search(terms->done.begin(), terms->done.end(), j)) out.push_back(jobs[j].id.text());
    EXPECT_EQ(reply.tasks, out.size());
  });
  return out;
}

using Ids = std::vector<std::string>;

TEST(Retry, does_again_what_was_not_done_and_wakes_the_daemons_that_it_needs) {
  World world;
  fail_it(world);
  EXPECT_EQ(runs_again(world, {1, false, "", false, ""}), (Ids{"serves", "bad", "after", "stopped", "beyond"}));
}

TEST(Retry, of_failures_leaves_what_was_cancelled_and_what_only_lacked_that) {
  World world;
  fail_it(world);
  EXPECT_EQ(runs_again(world, {1, true, "", false, ""}), (Ids{"serves", "bad", "after"}));
}

TEST(Retry, of_one_job_runs_that_alone_or_with_all_that_needs_it) {
  World world;
  fail_it(world);
  EXPECT_EQ(runs_again(world, {1, false, "stopped", false, ""}), (Ids{"stopped"}));
  EXPECT_EQ(runs_again(world, {1, false, "stopped", true, ""}), (Ids{"stopped", "beyond"}));
  EXPECT_EQ(runs_again(world, {1, false, "good", true, ""}), (Ids{"serves", "good", "bad", "after"}));
  EXPECT_EQ(runs_again(world, {1, true, "good", true, ""}), (Ids{"serves", "bad", "after"}));
}

TEST(Retry, keeps_the_name_and_the_environment_of_its_run) {
  World world;
  auto what = world.a_submit();
  what.name = "nightly";
  what.env = {"A=1"};
  world.ask(what, "jobs:\n  a: {command: [x]}\n");
  world.begin({1, 0, 0});
  world.exit({1, 0, 0}, 1);
  EXPECT_EQ(world.ask_for<answer::Submitted>(ask::Retry{1, false, "", false, ""}).name, "nightly");
  world.call([&] { EXPECT_EQ(world.desk.core.terms(2)->env, std::vector<std::string>{"A=1"}); });
}

TEST(Retry, of_what_is_alive_unknown_or_done_is_refused) {
  World world;
  EXPECT_EQ(world.refused(ask::Retry{9, false, "", false, ""}).error.code, Code::not_found);
  world.submit("jobs:\n  build: {command: [x]}\n");
  EXPECT_NE(world.refused(ask::Retry{1, false, "", false, ""}).error.what.find("still alive"), std::string::npos);
  world.begin({1, 0, 0});
  world.exit({1, 0, 0}, 0);
  EXPECT_NE(world.refused(ask::Retry{1, false, "", false, ""}).error.what.find("nothing to retry"), std::string::npos);
  const auto none_failed = world.refused(ask::Retry{1, true, "", false, ""}).error.what;
  EXPECT_NE(none_failed.find("no job of it failed"), std::string::npos) << none_failed;
  const auto unknown = world.refused(ask::Retry{1, false, "biuld", false, ""});
  EXPECT_EQ(unknown.error.code, Code::not_found);
  EXPECT_NE(unknown.error.what.find("did you mean 'build'"), std::string::npos) << unknown.error.what;
}

TEST(Retry, c08_with_one_key_many_times_is_one_run) {
  World world;
  fail_it(world);
  std::vector<std::thread> threads;
  std::atomic<int> second = 0;
  for (int i = 0; i < 20; ++i)
    threads.emplace_back([&] {
      second += world.ask_for<answer::Submitted>(ask::Retry{1, false, "", false, "k"}).run == 2 ? 1 : 0;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(second, 20);
  EXPECT_EQ(world.get<RunId>([&] { return world.desk.last; }), 2u);
}

}  // namespace
}  // namespace rota::daemon
