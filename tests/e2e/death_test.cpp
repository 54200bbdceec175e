// Sudden death of each kind of process: what is lost is named, what is not lost goes on, nothing stays behind.
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/e2e/scene.h"

namespace rota::test {
namespace {

/// One pool worker of the run, once there is one.
Process pool_worker(const Running& run) {
  std::vector<Process> found;
  eventually(kPatience, [&] {
    found = descendants_with_command(run.pid(), "rota-worker pool");
    return !found.empty();
  });
  return found.empty() ? Process{} : found.front();
}

std::vector<Process> launchers(const Running& run) {
  return descendants_with_command(run.pid(), "rota-worker launcher");
}

bool gone(const Process& p) {
  return eventually(kPatience, [&] { return !alive(p); });
}

TEST(DeathOfTheCoordinator, nothing_of_its_jobs_survives_and_no_view_says_that_they_run) {
  const Scene scene;
  auto run = scene.start(
      "workers: {pool: 1, threads: 2}\n"
      "jobs:\n"
      "  p: {run: 'setsid sleep 1000 & sleep 1000'}\n"
      "  t: {run: 'setsid sleep 1000 & sleep 1000', mode: thread}\n"
      "  a: {run: 'setsid sleep 1000 & sleep 1000', mode: async}\n"
      "  f: {target: sleep, args: [1000], mode: process}\n"
      "  never: {run: echo, needs: p}\n");
  for (const std::string job : {"p", "t", "a", "f"}) run.until_err(job + " started");
  ASSERT_GE(scene.living().size(), 8u) << describe(scene.living());
  run.signal(SIGKILL);
  EXPECT_EQ(run.wait().by_signal, SIGKILL);
  EXPECT_TRUE(scene.nothing_lives()) << describe(scene.living());

  const Ended ps = scene.rota({"ps", "-a"}).run();
  EXPECT_EQ(ps.status, 0) << told(ps);
  EXPECT_TRUE(contains(ps.out, "LO")) << told(ps);
  const Ended show = scene.rota({"show", "last"}).run();
  EXPECT_TRUE(contains(show.out, "coordinator")) << told(show);
  EXPECT_FALSE(contains(show.out, "running")) << told(show);
  const Story story = scene.story();
  EXPECT_EQ(story.outcome, "lost");
  EXPECT_EQ(story.reason, "coordinator-lost");
  for (const auto& [id, job] : story.jobs) EXPECT_EQ(job.state, "finished") << id;
}

TEST(DeathOfTheCoordinator, what_had_ended_keeps_its_outcome_and_its_log) {
  const Scene scene;
  auto run = scene.start("jobs:\n  done: {run: echo kept}\n  long: {run: sleep 1000, needs: done}\n");
  run.until_err("long started");
  run.signal(SIGKILL);
  run.wait();
  EXPECT_TRUE(scene.nothing_lives()) << describe(scene.living());
  EXPECT_EQ(scene.story()["done"].outcome, "succeeded");
  EXPECT_EQ(scene.story()["long"].outcome, "lost");
  EXPECT_EQ(scene.rota({"logs", "last/done"}).run().out, "kept\n");
}

TEST(DeathOfTheCoordinator, the_next_run_gets_the_next_number) {
  const Scene scene;
  auto run = scene.start("jobs:\n  x: {run: echo up; sleep 1000}\n");
  run.until_out("up");
  run.signal(SIGKILL);
  run.wait();
  EXPECT_EQ(scene.run("jobs:\n  x: {run: echo}\n").status, 0);
  EXPECT_EQ(scene.story("2").outcome, "succeeded");
  EXPECT_EQ(scene.story("1").outcome, "lost");
}

TEST(DeathOfAPoolWorker, w01_an_idle_worker_is_replaced_and_the_run_does_not_notice) {
  const Scene scene;
  auto run = scene.start(
      "workers: {pool: 1, threads: 1}\n"
      "jobs:\n"
      "  before: {target: echo, args: [before], mode: thread}\n"
      "  hold: {run: 'while [ ! -e go ]; do sleep 0.02; done', needs: before}\n"
      "  after: {target: echo, args: [after], mode: thread, needs: hold}\n");
  run.until_err("hold started");
  const Process worker = pool_worker(run);
  ASSERT_GT(worker.pid, 0) << run.err();
  ASSERT_EQ(::kill(worker.pid, SIGKILL), 0);
  ASSERT_TRUE(gone(worker));
  scene.write("go", "");
  const Ended e = run.wait();
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(scene.story()["after"].charged().size(), 1u);
}

TEST(DeathOfAPoolWorker, w02_a_busy_worker_is_replaced_and_its_work_is_done) {
  const Scene scene;
  std::string yaml = "workers: {pool: 1, threads: 2}\njobs:\n";
  for (int i = 0; i < 8; ++i) {
    yaml += "  j" + std::to_string(i) +
            ": {run: 'touch up-$ROTA_JOB; while [ ! -e go ]; do sleep 0.02; done', mode: thread}\n";
  }
  auto run = scene.start(yaml);
  const Process worker = pool_worker(run);
  ASSERT_TRUE(eventually(kPatience, [&] { return scene.exists("up-j0") && scene.exists("up-j1"); })) << run.err();
  ASSERT_EQ(::kill(worker.pid, SIGKILL), 0);
  ASSERT_TRUE(gone(worker));
  scene.write("go", "");
  const Ended e = run.wait();
  EXPECT_EQ(e.status, 0) << told(e);
  const Story story = scene.story();
  for (int i = 0; i < 8; ++i) EXPECT_EQ(story["j" + std::to_string(i)].outcome, "succeeded") << i;
  EXPECT_GE(story["j0"].attempts.size(), 2u);
  EXPECT_EQ(story["j0"].attempts[0].outcome, "interrupted") << "a bystander of its worker's death";
  EXPECT_TRUE(scene.nothing_lives()) << describe(scene.living());
}

TEST(DeathOfAPoolWorker, w02_coroutines_of_a_killed_worker_run_again) {
  const Scene scene;
  std::string yaml = "workers: {pool: 1, threads: 1}\njobs:\n";
  for (int i = 0; i < 15; ++i) {  // no more than one core has slots for commands
    yaml += "  j" + std::to_string(i) + ": {run: 'echo up; while [ ! -e go ]; do sleep 0.1; done', mode: async}\n";
  }
  auto run = scene.start(yaml);
  const Process worker = pool_worker(run);
  run.until_out("j14 | up");
  ASSERT_EQ(::kill(worker.pid, SIGKILL), 0);
  ASSERT_TRUE(gone(worker));
  scene.write("go", "");
  const Ended e = run.wait();
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_TRUE(scene.nothing_lives()) << describe(scene.living());
}

TEST(DeathOfALauncher, its_running_jobs_are_lost_and_their_processes_gone) {
  const Scene scene;
  auto run = scene.start("jobs:\n  x: {run: 'setsid sleep 1000 & echo up; sleep 1000'}\n");
  run.until_out("up");
  for (const auto& launcher : launchers(run)) ::kill(launcher.pid, SIGKILL);
  const Ended e = run.wait();
  EXPECT_EQ(e.status, 1) << told(e);
  EXPECT_EQ(scene.story()["x"].outcome, "lost");
  EXPECT_EQ(scene.story()["x"].reason, "worker-lost");
  EXPECT_TRUE(scene.nothing_lives()) << describe(scene.living());
}

TEST(DeathOfALauncher, a_job_that_declares_it_is_tried_again) {
  const Scene scene;
  auto run = scene.start(
      "jobs:\n"
      "  x: {run: 'echo up; test $ROTA_ATTEMPT -ge 2 || sleep 1000', retry: {limit: 1, delay: 1ms, on: [lost]}}\n");
  run.until_out("up");
  for (const auto& launcher : launchers(run)) ::kill(launcher.pid, SIGKILL);
  const Ended e = run.wait();
  EXPECT_EQ(e.status, 0) << told(e);
  const auto attempts = scene.story()["x"].charged();
  ASSERT_EQ(attempts.size(), 2u);
  EXPECT_EQ(attempts[0].outcome, "lost");
}

}  // namespace
}  // namespace rota::test
