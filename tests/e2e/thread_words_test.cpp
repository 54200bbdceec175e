// The words of a thread (target, args, kwargs, name, daemon; start and join are the run itself), seen from outside.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>

#include "tests/e2e/scene.h"

namespace rota::test {
namespace {

bool some_thread_is_named(const Running& run, const std::string& name) {
  for (const auto& worker : descendants_with_command(run.pid(), "rota-worker pool")) {
    const auto names = thread_names(worker.pid);
    if (std::find(names.begin(), names.end(), name) != names.end()) return true;
  }
  return false;
}

TEST(ThreadWords, the_os_thread_bears_the_name_while_it_runs_the_job) {
  const Scene scene;
  auto run = scene.start(
      "jobs:\n  x: {target: sleep, args: [1000], mode: thread, name: NumbersThread}\n"
      "  y: {target: sleep, args: [1000], mode: thread, name: a-name-longer-than-15-bytes}\n"
      "workers: {pool: 1, threads: 2}\n");
  EXPECT_TRUE(eventually(kPatience, [&] { return some_thread_is_named(run, "NumbersThread"); })) << run.err();
  EXPECT_TRUE(eventually(kPatience, [&] { return some_thread_is_named(run, "a-name-longer-t"); })) << run.err();
  run.signal(SIGINT);
  EXPECT_EQ(run.wait().by_signal, SIGINT);
}

TEST(ThreadWords, a_thread_without_a_name_bears_the_id) {
  const Scene scene;
  auto run = scene.start("jobs:\n  plain_id: {target: sleep, args: [1000], mode: thread}\n");
  EXPECT_TRUE(eventually(kPatience, [&] { return some_thread_is_named(run, "plain_id"); })) << run.err();
  run.signal(SIGINT);
  run.wait();
}

TEST(ThreadWords, a_command_in_thread_mode_holds_a_named_thread_too) {
  const Scene scene;
  auto run = scene.start("jobs:\n  x: {run: sleep 1000, mode: thread, name: WaitsForIt}\n");
  EXPECT_TRUE(eventually(kPatience, [&] { return some_thread_is_named(run, "WaitsForIt"); })) << run.err();
  run.signal(SIGINT);
  run.wait();
  EXPECT_TRUE(scene.nothing_lives()) << describe(scene.living());
}

TEST(ThreadWords, a_daemon_ends_when_the_last_job_that_is_none_has_ended) {
  const Scene scene;
  const Ended e = scene.run(
      "jobs:\n"
      "  d1: {target: sleep, args: [1000], mode: thread, daemon: true}\n"
      "  d2: {target: sleep, args: [1000], mode: async, daemon: true}\n"
      "  d3: {run: sleep 1000, daemon: true}\n"
      "  main: {run: echo done, needs: {d1: started, d2: started, d3: started}}\n");
  EXPECT_EQ(e.status, 0) << told(e);
  const Story story = scene.story();
  for (const std::string d : {"d1", "d2", "d3"}) {
    EXPECT_EQ(story[d].outcome, "succeeded") << d;
    EXPECT_EQ(story[d].reason, "not-needed") << d;
  }
  EXPECT_TRUE(scene.nothing_lives()) << describe(scene.living());
}

TEST(ThreadWords, a_daemon_takes_no_slot) {
  const Scene scene;
  const Ended e = scene.run(
      "workers: {pool: 1, threads: 1, process_slots: 1}\nmax_parallel: 1\n"
      "jobs:\n"
      "  dt: {target: sleep, args: [1000], mode: thread, daemon: true}\n"
      "  dp: {run: sleep 1000, daemon: true}\n"
      "  t: {target: echo, args: [thread], mode: thread, needs: {dt: started, dp: started}}\n"
      "  p: {run: echo process, needs: {dt: started, dp: started}}\n");
  EXPECT_EQ(e.status, 0) << told(e);
}

TEST(ThreadWords, a_target_under_a_mode_that_it_lacks_is_refused_before_anything_runs) {
  const Scene scene;
  const Ended e = scene.run("jobs:\n  x: {target: spin, args: [1s], mode: async}\n  y: {run: touch ran}\n");
  EXPECT_EQ(e.status, 2) << told(e);
  EXPECT_TRUE(contains(e.err, "job.yaml:2:")) << told(e);
  EXPECT_FALSE(scene.exists("ran"));
}

TEST(ThreadWords, wrong_arguments_of_a_target_are_refused_by_name) {
  const Scene scene;
  const Ended e = scene.run("jobs:\n  x: {target: print_numbers, args: [five]}\n");
  EXPECT_EQ(e.status, 2) << told(e);
  EXPECT_TRUE(contains(e.err, "count")) << told(e);
}

}  // namespace
}  // namespace rota::test
