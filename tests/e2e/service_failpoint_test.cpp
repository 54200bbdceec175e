// The coordinator dies at each of its turns, before and after what the turn made durable, and at each step of a
// recovery: whatever the moment, a client that does not give up gets one run, and the run what it was promised.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <functional>
#include <optional>

#include "tests/e2e/service_scene.h"

namespace rota::test {
namespace {

using ::testing::HasSubstr;

constexpr int kMostPasses = 60;  // far beyond what the scenes below need

/// A service whose first life ends at the nth pass of a failpoint; the next ones are whole.
class MortalService {
 public:
  MortalService(const std::string& point, int n, const std::string& for_launchers = "") {
    auto command = service_.rotad({"--pool", "1"});
    command.env("ROTA_FAILPOINTS", point + ":kill:" + std::to_string(n));
    if (!for_launchers.empty()) command.env("ROTA_FAILPOINTS_LAUNCHER", for_launchers);
    lives_.push_back(command.start());
  }
  const Service& service() const { return service_; }
  bool died() const { return lives_.size() > 1; }

  /// Asks until the answer is one of the service's; whenever a life is over, the next begins.
  Ended ask(const std::vector<std::string>& words) {
    Ended e;
    const bool answered = eventually(kPatience, [&] {
      auto asking = service_.rota(words).start();
      eventually(kPatience, [&] {
        revive();
        return asking.ended();
      });
      e = asking.wait();
      return e.status == 0 || e.status == 1;
    });
    EXPECT_TRUE(answered) << words[0] << ": " << told(e) << lives_.back().err();
    return e;
  }
  void stop() {
    revive();
    EXPECT_EQ(service_.ask({"daemon", "stop"}).status, 0);
    EXPECT_EQ(lives_.back().wait().status, 0);
    EXPECT_TRUE(service_.scene().nothing_lives()) << describe(service_.scene().living());
  }

 private:
  void revive() {
    if (lives_.back().ended()) lives_.push_back(service_.up({"--pool", "1"}));
  }
  Service service_;
  std::vector<Running> lives_;
};

/// What is true of a scene whatever has happened; called for each moment of death until none is left.
void at_each_pass(const std::string& point, const std::function<void(MortalService&)>& scene, int least_deaths) {
  int deaths = 0;
  for (int n = 1; n <= kMostPasses; ++n) {
    SCOPED_TRACE(point + ", pass " + std::to_string(n));
    MortalService mortal(point, n);
    scene(mortal);
    mortal.stop();
    if (testing::Test::HasFailure()) return;
    if (!mortal.died()) break;
    ++deaths;
  }
  EXPECT_GE(deaths, least_deaths) << point << " is hardly ever passed";
}

std::string submit(MortalService& mortal, const std::string& yaml) {
  const auto file = mortal.service().scene().write("job.yaml", yaml);
  const auto e = mortal.ask({"submit", "-q", "--export", "ROTA_TEST_MARK", "--idempotency-key", "k", file});
  return e.out.substr(0, e.out.find('\n'));
}

void submit_is_once(MortalService& mortal) {
  const auto run = submit(mortal, "jobs: {x: {run: 'echo S >> marks'}}\n");
  EXPECT_EQ(submit(mortal, "jobs: {x: {run: 'echo S >> marks'}}\n"), run) << "the same key is the same run";
  EXPECT_EQ(mortal.ask({"wait", run}).status, 0);
  EXPECT_EQ(mortal.ask({"ps", "-a", "-q"}).out, run + "\n");
}

TEST(DeathInATurn, k01_before_the_commit_of_a_submission_it_is_there_once_or_not_at_all) {
  at_each_pass("turn.before-commit", submit_is_once, 3);
}

TEST(DeathInATurn, k02_after_the_commit_of_a_submission_the_same_key_gets_the_same_run) {
  at_each_pass("turn.after-commit", submit_is_once, 3);
}

/// Two jobs in a row, a failed one with what needed it.
const std::string kThreeJobs =
    "jobs:\n"
    "  a: {run: 'echo \"S a $ROTA_ATTEMPT\" >> marks; echo out; echo \"E a\" >> marks; exit 0'}\n"
    "  b: {needs: a, run: 'echo \"S b $ROTA_ATTEMPT\" >> marks; exit 5'}\n"
    "  c: {needs: b, run: 'echo \"S c\" >> marks'}\n";

/// Each has started once, and none before its need had ended.
void is_whole(const Service& service, const std::string& run) {
  const auto story = service.story(run);
  EXPECT_EQ(story["a"].outcome, "succeeded");
  EXPECT_EQ(story["b"].reason, "exit:5");
  EXPECT_EQ(story["c"].outcome, "upstream_failed");
  EXPECT_EQ(service.lines("marks").size(), 3u) << service.read("marks");
  EXPECT_THAT(service.lines("marks"), testing::ElementsAre(HasSubstr("S a"), HasSubstr("E a"), HasSubstr("S b")));
  for (const std::string job : {"a", "b"}) {
    EXPECT_EQ(story[job].charged().size(), 1u) << job;
    for (const auto& attempt : story[job].attempts)
      EXPECT_TRUE(attempt.outcome == "revoked" || attempt.outcome == "succeeded" || attempt.outcome == "failed")
          << job << " " << attempt.outcome;
  }
  EXPECT_EQ(service.ask({"logs", run + "/a"}).out, "out\n");
}

void run_is_whole(MortalService& mortal) {
  const auto run = submit(mortal, kThreeJobs);
  EXPECT_EQ(mortal.ask({"wait", run}).status, 1);
  is_whole(mortal.service(), run);
}

/// Run 1 is submitted to a service that stands still after each commit, before it acts on it. It dies at the first one
/// after which `recorded` is true of what the journal tells, and the next one finishes the run.
void die_after_commit(const Service& service, const std::function<bool(const Story&)>& recorded) {
  auto command = service.rotad({"--pool", "1"});
  auto rotad = command.env("ROTA_FAILPOINTS", "turn.after-commit:stop:0").start();
  const auto process = process_of(rotad.pid());
  auto submit = service.rota({"submit", "-q", "--export", "ROTA_TEST_MARK", "--idempotency-key", "k",
                              service.scene().write("job.yaml", kThreeJobs)});
  // By the journal alone: nobody answers.
  auto show = service.scene().rota({"show", "1", "--json"}).env("ROTA_SOCKET", service.path("none"));
  std::optional<Running> asking;
  ASSERT_TRUE(eventually(kPatience, [&] {
    if (!is_stopped(process)) {
      if (!asking && listens(service.socket())) asking.emplace(submit.start());
      return false;
    }
    if (asking && show.run().status == 0 && recorded(Scene::story_of(show))) return true;
    rotad.signal(SIGCONT);
    return false;
  })) << rotad.err();
  rotad.signal(SIGKILL);
  rotad.wait();
  asking->wait();
  auto next = service.up({"--pool", "1"});
  EXPECT_EQ(submit.run().out, "1\n");
  EXPECT_EQ(service.ask({"wait", "1"}).status, 1);
  is_whole(service, "1");
  EXPECT_EQ(service.ask({"daemon", "stop"}).status, 0);
  EXPECT_EQ(next.wait().status, 0);
  EXPECT_TRUE(service.scene().nothing_lives()) << describe(service.scene().living());
}

TEST(DeathInATurn, k03_what_was_picked_and_not_committed_starts_after_the_restart) {
  at_each_pass("turn.before-commit", run_is_whole, 4);
}

TEST(DeathInATurn, k04_whatever_was_committed_nothing_runs_twice) {
  at_each_pass("turn.after-commit", run_is_whole, 4);
}

TEST(DeathInATurn, k04_what_was_committed_and_not_sent_is_revoked_and_costs_no_try) {
  const Service service;
  die_after_commit(service, [&](const Story& told) { return !told["a"].attempts.empty(); });
  const auto a = service.story("1")["a"];
  ASSERT_EQ(a.attempts.size(), 2u);
  EXPECT_EQ(a.attempts[0].outcome, "revoked");
  EXPECT_EQ(service.lines("marks", "S a ").size(), 1u);
}

void a_killed_job_is_told_once(MortalService& mortal) {
  const auto run = submit(mortal, "jobs: {x: {run: 'echo \"S $ROTA_ATTEMPT\" >> marks; kill -SEGV $$'}}\n");
  EXPECT_EQ(mortal.ask({"wait", run}).status, 1);
  const auto x = mortal.service().story(run)["x"];
  EXPECT_EQ(x.outcome, "crashed");
  EXPECT_EQ(x.reason, "signal:11");
  EXPECT_EQ(x.charged().size(), 1u);
  EXPECT_EQ(mortal.service().lines("marks").size(), 1u);
}

TEST(DeathInATurn, k09_an_end_that_was_heard_and_not_committed_is_heard_again) {
  at_each_pass("turn.before-commit", a_killed_job_is_told_once, 3);
}

TEST(DeathInATurn, k10_an_end_that_was_committed_and_followed_by_nothing_is_followed_up) {
  const Service service;
  bool begun = true;
  die_after_commit(service, [&](const Story& told) {
    begun = !service.lines("marks", "S b").empty();
    return told["a"].outcome == "succeeded";
  });
  EXPECT_FALSE(begun) << "what it was needed for had started before its end was durable";
}

TEST(DeathInATurn, k05_whatever_was_sent_and_not_read_nothing_runs_twice) {
  int deaths = 0;
  for (int n = 1; n <= kMostPasses; ++n) {
    SCOPED_TRACE(n);
    MortalService mortal("turn.acted", n, "launcher.read:delay=250:0");
    run_is_whole(mortal);
    mortal.stop();
    if (HasFailure() || !mortal.died()) break;
    ++deaths;
  }
  EXPECT_GE(deaths, 4) << "turn.acted is hardly ever passed";
}

TEST(DeathInATurn, k05_a_launch_that_was_sent_and_not_read_is_refused_to_the_old_epoch) {
  const Service service;
  auto first = service.up({"--launchers", "1"});
  ASSERT_EQ(service.ask({"wait", service.submit("jobs: {warm: {run: echo}}\n")}).status, 0);
  const auto launchers = service.launchers();
  ASSERT_EQ(launchers.size(), 1u);
  ASSERT_EQ(::kill(launchers[0].pid, SIGSTOP), 0);
  ASSERT_TRUE(eventually(kPatience, [&] { return is_stopped(launchers[0]); }));
  const auto run = service.submit("jobs: {x: {run: 'echo \"S $ROTA_ATTEMPT\" >> marks'}}\n");
  ASSERT_TRUE(service.reaches(run, "x", "starting"));  // sent, and it stays unread
  first.signal(SIGKILL);
  first.wait();
  auto second = service.up({"--launchers", "1"});
  EXPECT_THAT(service.ask({"daemon", "status"}).out, HasSubstr("recovering 0/1"));
  ASSERT_EQ(::kill(launchers[0].pid, SIGCONT), 0);
  EXPECT_EQ(service.ask({"wait", run}).status, 0);
  const auto x = service.story(run)["x"];
  ASSERT_EQ(x.attempts.size(), 2u);
  EXPECT_EQ(x.attempts[0].outcome, "revoked");
  EXPECT_EQ(x.attempts[1].outcome, "succeeded");
  EXPECT_EQ(service.lines("marks").size(), 1u) << service.read("marks");
  EXPECT_EQ(service.ask({"daemon", "stop"}).status, 0);
  EXPECT_EQ(second.wait().status, 0);
  EXPECT_TRUE(service.scene().nothing_lives()) << describe(service.scene().living());
}

class DeathOfALauncher : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(At, DeathOfALauncher, ::testing::Values("launcher.begun", "launcher.forked"),
                         [](const auto& p) { return p.param.substr(9); });

TEST_P(DeathOfALauncher, k06_around_the_fork_its_job_is_lost_or_told_never_both) {
  const Service service;
  auto command = service.rotad().env("ROTA_FAILPOINTS_LAUNCHER", GetParam() + ":kill:1");
  auto rotad = Service::up(service, command);
  const auto run = service.submit(
      "jobs:\n  x: {retry: {limit: 3, delay: 1ms, on: [lost]}, run: 'echo \"S $ROTA_ATTEMPT\" >> marks; "
      "[ -e go ] || sleep 1000'}\n");
  ASSERT_TRUE(eventually(kPatience, [&] { return !service.story(run)["x"].attempts.empty(); }));
  ASSERT_TRUE(eventually(kPatience, [&] { return service.story(run)["x"].attempts[0].outcome == "lost"; }));
  service.scene().write("go", "");
  EXPECT_EQ(service.ask({"wait", run}).status, 1);  // every launcher dies at its first job
  const auto x = service.story(run)["x"];
  for (std::size_t i = 1; i <= x.attempts.size(); ++i)
    EXPECT_LE(service.lines("marks", "S " + std::to_string(i)).size(), 1u) << "attempt " << i << " ran twice";
  EXPECT_EQ(service.ask({"daemon", "stop"}).status, 0);
  EXPECT_EQ(rotad.wait().status, 0);
  EXPECT_TRUE(service.scene().nothing_lives()) << describe(service.scene().living());
}

TEST(DeathInRecovery, k15_again_and_again_at_each_of_its_steps_makes_it_slower_and_nothing_else) {
  const Service service;
  auto first = service.up({"--pool", "1"});
  const auto run = service.submit(
      "jobs:\n  long: {run: 'echo \"S long\" >> marks; while [ ! -e go ]; do sleep 0.05; done; exit 7'}\n"
      "  short: {run: 'echo \"S short\" >> marks; while [ ! -e first ]; do sleep 0.05; done; exit 3'}\n"
      "  t: {mode: thread, run: 'while [ ! -e go ]; do sleep 0.05; done'}\n");
  ASSERT_TRUE(eventually(kPatience, [&] { return service.lines("marks").size() == 2; }));
  first.signal(SIGKILL);
  first.wait();
  service.scene().write("first", "");  // ends while nobody is there
  int deaths = 0;
  for (const std::string moment :
       {"recovery.replayed:kill:1", "recovery.epoch:kill:1", "recovery.adopting:kill:1", "turn.before-commit:kill:1",
        "turn.after-commit:kill:1", "turn.acted:kill:1", "turn.before-commit:kill:2", "turn.after-commit:kill:2"}) {
    auto again = service.rotad({"--pool", "1"}).env("ROTA_FAILPOINTS", moment).start();
    // Either it dies at its point, or it does not come to it: then it serves, and is killed while it does.
    EXPECT_TRUE(eventually(kPatience, [&] {
      return again.ended() || service.ask({"daemon", "status"}).status == 0;
    })) << moment;
    deaths += again.ended();
    again.signal(SIGKILL);
    again.wait();
  }
  EXPECT_GE(deaths, 5);
  auto last = service.up({"--pool", "1"});
  EXPECT_EQ(service.ask({"daemon", "drain", "--off"}).status, 0);
  service.scene().write("go", "");
  EXPECT_EQ(service.ask({"wait", run}).status, 1);
  const auto story = service.story(run);
  EXPECT_EQ(story["long"].reason, "exit:7");
  EXPECT_EQ(story["short"].reason, "exit:3");
  EXPECT_EQ(story["t"].outcome, "succeeded");
  EXPECT_EQ(story["long"].attempts.size(), 1u);
  EXPECT_EQ(service.lines("marks").size(), 2u) << service.read("marks");
  EXPECT_EQ(service.ask({"daemon", "stop"}).status, 0);
  EXPECT_EQ(last.wait().status, 0);
  EXPECT_TRUE(service.scene().nothing_lives()) << describe(service.scene().living());
}

}  // namespace
}  // namespace rota::test
