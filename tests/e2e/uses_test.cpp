// A job that stands for the jobs of another file, as a stranger points at it: all of them at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "tests/e2e/service_scene.h"

namespace rota::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class UsedFiles : public ::testing::Test {
 protected:
  UsedFiles() {
    service_.scene().write("deploy.yaml",
                           "jobs:\n  copy: {run: 'echo copies; until [ -e " + service_.path("go") +
                               " ]; do sleep 0.05; done'}\n  parts: {run: 'echo part $ROTA_ARRAY_INDEX', array: 2, "
                               "needs: copy}\n");
    rotad_.emplace(service_.up({"--pool", "1", "--process-slots", "4"}));
  }
  ~UsedFiles() override {
    if (rotad_ && !rotad_->ended()) {
      service_.ask({"daemon", "stop", "--all"});
      rotad_->wait();
    }
  }
  std::string submit() const {
    return service_.submit("jobs:\n  build: {run: echo built}\n  staging: {uses: deploy.yaml, needs: build}\n"
                           "  other: {run: echo other, needs: build}\n");
  }
  Ended ask(std::vector<std::string> words) const { return service_.ask(std::move(words)); }
  void all_have(const std::string& run, const std::string& outcome) const {
    const auto story = service_.story(run);
    for (const auto* job : {"staging.copy", "staging.parts", "staging"}) EXPECT_EQ(story[job].outcome, outcome) << job;
  }

  Service service_;
  std::optional<Running> rotad_;
};

TEST_F(UsedFiles, are_cancelled_by_the_name_of_the_job_that_uses_them_and_done_again_by_it) {
  const auto run = submit();
  ASSERT_TRUE(service_.reaches(run, "staging.copy", "running"));
  const auto cancelled = ask({"cancel", run + "/staging"});
  EXPECT_EQ(cancelled.status, 0) << told(cancelled);
  EXPECT_EQ(ask({"wait", run}).status, 1);
  all_have(run, "cancelled");
  EXPECT_EQ(service_.story(run)["other"].outcome, "succeeded");

  service_.scene().write("go", "");
  const auto retried = ask({"retry", "--quiet", run + "/staging"});
  ASSERT_EQ(retried.status, 0) << told(retried);
  const auto again = std::to_string(std::stoi(run) + 1);
  const auto waited = ask({"wait", again + "/staging"});
  EXPECT_EQ(waited.status, 0) << told(waited);
  EXPECT_EQ(ask({"wait", again}).status, 0);
  all_have(again, "succeeded");
  EXPECT_EQ(service_.story(again)["build"].outcome, "skipped") << "it is done";
}

TEST_F(UsedFiles, are_paused_looked_at_and_read_by_the_name_of_the_job_that_uses_them) {
  const auto run = submit();
  ASSERT_TRUE(service_.reaches(run, "staging.copy", "running"));
  EXPECT_EQ(ask({"pause", run + "/staging"}).status, 0);
  EXPECT_THAT(ask({"explain", run + "/staging.copy"}).out, HasSubstr("paused"));
  EXPECT_EQ(ask({"resume", run + "/staging"}).status, 0);
  service_.scene().write("go", "");
  EXPECT_EQ(ask({"wait", run}).status, 0);
  const auto logs = ask({"logs", run + "/staging"}).out;
  EXPECT_THAT(logs, AllOf(HasSubstr("copies"), HasSubstr("part 0"), HasSubstr("part 1"), Not(HasSubstr("built"))));
  const auto shown = ask({"show", run + "/staging"}).out;
  for (const auto* job : {"/staging.copy", "/staging.parts", "/staging\n"}) EXPECT_THAT(shown, HasSubstr(run + job));
  EXPECT_THAT(shown, Not(HasSubstr(run + "/build")));
}

TEST_F(UsedFiles, end_as_the_job_that_uses_them_does) {
  service_.scene().write("tolerant.yaml",
                         "jobs:\n  x: {run: exit 3, continue_on_error: true}\n  y: {run: echo, needs: x}\n");
  const auto run = service_.submit("jobs:\n  t: {uses: tolerant.yaml}\n  end: {run: 'until [ -e " +
                                   service_.path("go") + " ]; do sleep 0.05; done'}\n");
  const auto both = [&] {
    EXPECT_EQ(ask({"wait", run + "/t"}).status, 0);
    EXPECT_EQ(ask({"wait", run + "/t.x"}).status, 1) << "it has failed, whatever follows from that";
  };
  both();
  service_.scene().write("go", "");
  EXPECT_EQ(ask({"wait", run}).status, 0);
  both();
}

TEST_F(UsedFiles, are_over_before_a_daemon_among_them_that_goes_on) {
  service_.scene().write("with_daemon.yaml",
                         "jobs:\n  d: {daemon: true, run: sleep 1000}\n  x: {run: echo}\n");
  const auto run = service_.submit("jobs:\n  u: {uses: with_daemon.yaml}\n  end: {run: 'until [ -e " +
                                   service_.path("go") + " ]; do sleep 0.05; done'}\n");
  EXPECT_EQ(ask({"wait", run + "/u"}).status, 0);
  service_.scene().write("go", "");
  EXPECT_EQ(ask({"wait", run}).status, 0);
}

TEST_F(UsedFiles, have_no_max_parallel_in_common_and_what_was_left_out_of_a_retry_is_not_called_done) {
  const auto run = submit();
  ASSERT_TRUE(service_.reaches(run, "staging.copy", "running"));
  const auto refused = ask({"update", run + "/staging", "--max-parallel", "1"});
  EXPECT_EQ(refused.status, 5) << told(refused);
  EXPECT_THAT(refused.err, HasSubstr("no max_parallel in common"));
  EXPECT_EQ(ask({"update", run + "/staging", "--priority", "3"}).status, 0);
  EXPECT_EQ(ask({"cancel", run + "/staging"}).status, 0);
  EXPECT_EQ(ask({"wait", run}).status, 1);
  ASSERT_EQ(ask({"retry", run + "/other"}).status, 0);
  const auto again = std::to_string(std::stoi(run) + 1);
  EXPECT_EQ(ask({"wait", again}).status, 0);
  EXPECT_THAT(ask({"explain", again + "/staging"}).out, HasSubstr("skipped: left as it ended in run " + run));
  EXPECT_THAT(ask({"retry", again}).err, HasSubstr("`rota retry " + run + "`"));
}

}  // namespace
}  // namespace rota::test
