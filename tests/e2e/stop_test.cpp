// Stopping a run from outside: Ctrl-C, twice, SIGTERM, SIGHUP. What was started is gone afterwards, and the record says
// so.
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/e2e/scene.h"

namespace rota::test {
namespace {

/// Six long jobs, each action in each mode, and one that waits for them.
const std::string kLong =
    "workers: {pool: 2, threads: 2, process_slots: 4}\n"
    "jobs:\n"
    "  rt: {run: 'sh -c \"sleep 1000\"; true', mode: thread}\n"
    "  rp: {run: 'sh -c \"sleep 1000\"; true', mode: process}\n"
    "  ra: {run: 'sh -c \"sleep 1000\"; true', mode: async}\n"
    "  tt: {target: sleep, args: [1000], mode: thread}\n"
    "  tp: {target: sleep, args: [1000], mode: process}\n"
    "  ta: {target: sleep, args: [1000], mode: async}\n"
    "  after: {run: touch ran, needs: [rt, rp, ra, tt, tp, ta]}\n";

const std::vector<std::string> kJobs{"rt", "rp", "ra", "tt", "tp", "ta"};

Running started(const Scene& scene) {
  auto run = scene.start(kLong);
  for (const auto& job : kJobs) run.until_err(job + " started");
  return run;
}

class StopSignal : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Each, StopSignal, testing::Values(SIGINT, SIGTERM, SIGHUP),
                         [](const auto& p) { return std::string("SIG") + sigabbrev_np(p.param); });

TEST_P(StopSignal, cancels_every_mode_leaves_nothing_alive_and_is_how_rota_dies) {
  const Scene scene;
  auto run = started(scene);
  run.signal(GetParam());
  const Ended e = run.wait();
  EXPECT_EQ(e.by_signal, GetParam()) << told(e);
  EXPECT_TRUE(scene.nothing_lives()) << describe(scene.living());
  const Story story = scene.story();
  EXPECT_EQ(story.outcome, "cancelled");
  for (const auto& job : kJobs) {
    EXPECT_EQ(story[job].outcome, "cancelled") << job;
    EXPECT_EQ(story[job].reason, "cancel:user") << job;
  }
  EXPECT_EQ(story["after"].outcome, "cancelled");
  EXPECT_TRUE(story["after"].attempts.empty());
  EXPECT_FALSE(scene.exists("ran"));
}

TEST(CtrlC, in_a_terminal_it_reaches_the_coordinator_alone) {
  const Scene scene;
  auto run = scene.start(
      "jobs:\n  x: {run: 'trap \"echo got INT\" INT; trap \"echo got TERM; exit\" TERM; echo up; while :; do sleep "
      "0.02; "
      "done'}\n");
  run.until_out("up");
  run.signal_group(SIGINT);  // as the terminal sends it, to the whole group
  const Ended e = run.wait();
  EXPECT_EQ(e.by_signal, SIGINT) << told(e);
  EXPECT_TRUE(contains(e.out, "got TERM")) << told(e);
  EXPECT_FALSE(contains(e.out, "got INT")) << told(e);
}

TEST(CtrlC, a_job_gets_its_grace_to_clean_up) {
  const Scene scene;
  auto run = scene.start(
      "jobs:\n  x: {run: 'trap \"sleep 0.3; touch cleaned; exit\" TERM; echo up; while :; do sleep 0.02; done'}\n");
  run.until_out("up");
  run.signal(SIGINT);
  const Ended e = run.wait();
  EXPECT_EQ(e.by_signal, SIGINT) << told(e);
  EXPECT_TRUE(scene.exists("cleaned")) << told(e);
}

class Stubborn : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Mode, Stubborn, testing::Values("thread", "process", "async"),
                         [](const auto& p) { return p.param; });

TEST_P(Stubborn, p03_a_job_that_ignores_term_is_killed_when_its_grace_is_over) {
  const Scene scene;
  auto run =
      scene.start("jobs:\n  x: {run: \"trap '' TERM INT; echo up; while :; do sleep 0.05; done\", mode: " + GetParam() +
                  ", stop: {grace: 300ms}}\n");
  run.until_out("up");
  run.signal(SIGINT);
  const Ended e = run.wait();
  EXPECT_EQ(e.by_signal, SIGINT) << told(e);
  EXPECT_TRUE(scene.nothing_lives()) << describe(scene.living());
  EXPECT_EQ(scene.story()["x"].outcome, "cancelled");
}

TEST_P(Stubborn, a_second_ctrl_c_does_not_wait_for_the_grace) {
  const Scene scene;
  auto run =
      scene.start("jobs:\n  x: {run: \"trap '' TERM INT; echo up; while :; do sleep 0.05; done\", mode: " + GetParam() +
                  ", stop: {grace: 1h}}\n");
  run.until_out("up");
  run.signal(SIGINT);
  run.until_err("again");
  run.signal(SIGINT);
  const Ended e = run.wait();
  EXPECT_EQ(e.by_signal, SIGINT) << told(e);
  EXPECT_TRUE(scene.nothing_lives()) << describe(scene.living());
}

TEST(CtrlC, a_job_that_retries_is_not_tried_again) {
  const Scene scene;
  auto run = scene.start("jobs:\n  x: {run: echo up; sleep 1000, retry: {limit: 5, delay: 1ms}}\n");
  run.until_out("up");
  run.signal(SIGINT);
  const Ended e = run.wait();
  EXPECT_EQ(e.by_signal, SIGINT) << told(e);
  EXPECT_EQ(scene.story()["x"].charged().size(), 1u);
}

TEST(CtrlC, one_that_waits_in_backoff_is_ended_at_once) {
  const Scene scene;
  auto run = scene.start("jobs:\n  x: {run: exit 1, retry: {limit: 5, delay: 1h, max_delay: 1h}}\n");
  run.until_err("attempt 2 in");
  run.signal(SIGINT);
  const Ended e = run.wait();
  EXPECT_EQ(e.by_signal, SIGINT) << told(e);
  EXPECT_EQ(scene.story()["x"].outcome, "cancelled");
}

TEST(BrokenPipe, a_reader_that_leaves_ends_the_display_and_not_the_run) {
  const Scene scene;
  scene.write("job.yaml",
              "jobs:\n"
              "  a: {run: 'echo first; while [ ! -e left ]; do sleep 0.02; done; seq 1 20000'}\n"
              "  b: {run: echo later; touch ran, needs: a}\n");
  const Ended e =
      scene.shell("(rota run job.yaml; echo $? > status) | { read -r line; echo \"$line\"; exec <&-; touch left; }")
          .run();

  EXPECT_EQ(e.out, "a | first\n") << told(e);
  EXPECT_EQ(scene.read("status"), "0\n");
  EXPECT_TRUE(scene.exists("ran"));
  EXPECT_EQ(scene.story().outcome, "succeeded");
}

}  // namespace
}  // namespace rota::test
