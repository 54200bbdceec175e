// Concurrency groups and other terms for live runs, as a stranger uses them: one deploy at a time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <optional>

#include "tests/e2e/service_scene.h"
#include "tests/support/eventually.h"

namespace rota::test {
namespace {

using ::testing::HasSubstr;

class Groups : public ::testing::Test {
 protected:
  ~Groups() override {
    if (rotad_ && !rotad_->ended()) {
      service_.ask({"daemon", "stop", "--all"});
      rotad_->wait();
    }
  }
  void up() { rotad_.emplace(service_.up({"--pool", "1", "--process-slots", "4"})); }
  Ended ask(std::vector<std::string> words) const { return service_.ask(std::move(words)); }
  /// It says "deployed", once the file `go` is there.
  std::string deploy(const std::string& when_full) const {
    return "params: {where: staging}\n"
           "concurrency: {group: 'deploy-${{ params.where }}', when_full: " + when_full + "}\n"
           "jobs:\n  a: {run: 'until [ -e " + service_.path("go") + " ]; do sleep 0.05; done; echo deployed'}\n";
  }
  void go() const { service_.scene().write("go", ""); }

  Service service_;
  std::optional<Running> rotad_;
};

TEST_F(Groups, one_run_at_a_time_and_the_others_as_their_files_say) {
  up();
  const auto first = service_.submit(deploy("queue"));
  ASSERT_TRUE(service_.reaches(first, "a", "running"));
  const auto second = service_.submit(deploy("queue"));
  EXPECT_THAT(ask({"ps"}).out, HasSubstr("limit:concurrency"));
  EXPECT_THAT(ask({"explain", second}).out, HasSubstr("run " + first + " of its concurrency group must end first"));
  const auto elsewhere = service_.submit(deploy("queue"), {"-p", "where=production"});
  EXPECT_TRUE(service_.reaches(elsewhere, "a", "running"));

  const auto skipped = ask({"submit", "--wait", service_.scene().write("skip.yaml", deploy("skip"))});
  EXPECT_EQ(skipped.status, 0) << told(skipped);
  EXPECT_THAT(ask({"ps", "-a"}).out, HasSubstr("group-full:" + first));
  const auto refused = ask({"submit", service_.scene().write("fail.yaml", deploy("fail"))});
  EXPECT_EQ(refused.status, 5) << told(refused);
  EXPECT_THAT(refused.err, HasSubstr("the concurrency group 'deploy-staging' is full: run " + first));

  const auto newest = service_.submit(deploy("replace"));
  EXPECT_EQ(ask({"wait", first}).status, 1);
  EXPECT_THAT(ask({"show", first}).out, HasSubstr("cancel:replaced:" + newest));
  EXPECT_THAT(ask({"show", second}).out, HasSubstr("cancel:replaced:" + newest)) << "it stood before the newest";
  EXPECT_TRUE(service_.reaches(newest, "a", "running"));
  go();
  EXPECT_EQ(ask({"wait", newest, elsewhere}).status, 0);
}

TEST_F(Groups, the_line_stands_where_it_stood_when_the_service_was_killed) {
  up();
  const auto first = service_.submit(deploy("queue"));
  ASSERT_TRUE(service_.reaches(first, "a", "running"));
  const auto second = service_.submit(deploy("queue"));
  const auto third = service_.submit(deploy("queue"));
  rotad_->signal(SIGKILL);
  rotad_->wait();
  up();
  EXPECT_THAT(ask({"explain", third}).out, HasSubstr("limit:concurrency"));
  go();
  EXPECT_EQ(ask({"wait", first, second, third}).status, 0);
}

TEST_F(Groups, other_terms_reach_a_run_that_is_alive) {
  up();
  const auto run = service_.submit(
      "max_parallel: 1\njobs:\n  a: {run: 'until [ -e " + service_.path("go") + " ]; do sleep 0.05; done', array: 3}\n",
      {"--priority", "7"});
  EXPECT_THAT(ask({"show", run}).out, HasSubstr("priority 7 and at most 1 task at once"));
  const auto e = ask({"update", run, "--priority", "-5", "--max-parallel", "none"});
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_THAT(e.out, HasSubstr("priority -5 and no bound of its own on tasks at once"));
  EXPECT_THAT(ask({"show", run}).out, HasSubstr("priority -5"));
  EXPECT_THAT(ask({"events"}).out, HasSubstr("goes on with priority -5"));
  go();
  EXPECT_EQ(ask({"wait", run}).status, 0);
  const auto late = ask({"update", run, "--priority", "1"});
  EXPECT_EQ(late.status, 5) << told(late);
  EXPECT_THAT(late.err, HasSubstr("has ended already"));
}

}  // namespace
}  // namespace rota::test
