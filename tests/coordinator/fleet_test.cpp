// The fleet when workers cannot be had.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "scheduler/daemon/coordinator.h"
#include "scheduler/store/instances.h"
#include "tests/coordinator/lone_fleet.h"
#include "tests/coordinator/world.h"
#include "tests/support/processes.h"

namespace rota::test {
namespace {

core::RunView run_with_worker(World& world, const std::string& binary, const std::string& yaml,
                              Duration greet_within = std::chrono::seconds(10)) {
  auto journal = store::open_journal(world.directory).value();
  auto loop = daemon::Loop::create().value();
  auto probes = daemon::Probes::create().value();
  SystemClock clock;
  daemon::Orphans orphans;
  auto plan = world.plan(yaml);
  daemon::Numbers numbers;
  daemon::Coordinator coordinator({loop, clock, *journal, world.seen, *probes, orphans, numbers},
                                  daemon::shape_for(plan, 2), 
                                  {.binary = binary, .env = {"PATH=/usr/bin:/bin"}, .greet_within = greet_within});
  coordinator.open_run(1, {"key", {}, world.directory}, false);
  coordinator.post(core::event::Submit{1, std::move(plan)});
  return coordinator.run_until_folded().value();
}

constexpr const char* kAllModes = R"(
jobs:
  a: {target: noop, mode: thread}
  b: {target: noop, mode: process}
  c: {target: noop, mode: async}
)";

TEST(Fleet, work_fails_with_the_reason_when_the_worker_program_cannot_be_started) {
  World world;
  const auto view = run_with_worker(world, world.directory + "/nothing-here", kAllModes);
  EXPECT_EQ(view.summary.outcome, Outcome::failed);
  for (std::size_t job = 0; job < 3; ++job) {
    EXPECT_EQ(outcome_of(view, job), Outcome::failed);
    EXPECT_EQ(to_text(view.jobs[job].tasks[0].reason), "spawn:ENOENT");
  }
  ASSERT_FALSE(world.seen.notes.empty());
  EXPECT_NE(world.seen.notes.front().find("nothing-here"), std::string::npos) << world.seen.notes.front();
}

TEST(Fleet, work_fails_when_workers_die_before_they_say_hello) {
  World world;
  const auto view = run_with_worker(world, "/bin/false", kAllModes);
  EXPECT_EQ(view.summary.outcome, Outcome::failed);
  for (std::size_t job = 0; job < 3; ++job) EXPECT_EQ(outcome_of(view, job), Outcome::failed);
}

/// A worker that does this in the place of a worker's work.
std::string worker_that(const World& world, const std::string& what) {
  const auto path = world.directory + "/worker";
  std::ofstream(path) << "#!/bin/sh\n" << what << "\n";
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  return path;
}

/// What a process that has run one stays open with, whatever it is.
std::size_t files_after_a_run() {
  World first;
  run_with_worker(first, "/bin/false", kAllModes);
  return open_files(::getpid()).size();
}

TEST(Fleet, w15_workers_that_never_say_hello_are_ended_and_leave_nothing_open) {
  World world;
  const auto worker = worker_that(world, "echo $$ >> " + world.directory + "/pids\nexec sleep 1000");
  const auto before = files_after_a_run();
  const auto view = run_with_worker(world, worker, kAllModes, std::chrono::milliseconds(50));
  EXPECT_EQ(view.summary.outcome, Outcome::failed);
  for (std::size_t job = 0; job < 3; ++job) EXPECT_EQ(to_text(view.jobs[job].tasks[0].reason), "spawn:ECHILD");
  const auto told = [&](const std::string& note) { return note.find("did not say hello within 50ms") != note.npos; };
  EXPECT_TRUE(std::any_of(world.seen.notes.begin(), world.seen.notes.end(), told));
  EXPECT_EQ(open_files(::getpid()).size(), before);
  std::ifstream pids(world.directory + "/pids");
  int started = 0;
  for (pid_t pid = 0; pids >> pid; ++started) EXPECT_NE(::kill(pid, 0), 0) << pid;
  EXPECT_GE(started, 3) << "one is not enough to give up";
}

TEST(Fleet, w15_workers_that_crash_in_the_middle_of_it_leave_nothing_open) {
  World world;
  const auto before = files_after_a_run();
  const auto view = run_with_worker(world, worker_that(world, "kill -SEGV $$"), kAllModes);
  for (std::size_t job = 0; job < 3; ++job) EXPECT_EQ(to_text(view.jobs[job].tasks[0].reason), "spawn:ECHILD");
  EXPECT_EQ(open_files(::getpid()).size(), before);
}

TEST_F(LoneFleet, a_start_that_failed_is_no_reason_to_wake_up_when_nobody_wants_it_any_more) {
  auto fleet = fleet_of("no-such-program");
  ASSERT_TRUE(turns(fleet, [&] { return fleet.next_deadline().has_value(); })) << "it is to be tried again";
  threads_ = 0;
  turn(fleet);
  EXPECT_FALSE(fleet.next_deadline());
}

TEST(Shape, follows_the_file_and_else_the_machine) {
  jobs::Plan plan;
  auto shape = daemon::shape_for(plan, 8);
  EXPECT_EQ(shape.pool_workers * shape.threads_each, 8u);
  EXPECT_EQ(shape.process_slots, 8u);
  EXPECT_EQ(shape.launchers, 2u);
  plan.max_parallel = 1;
  EXPECT_EQ(daemon::shape_for(plan, 8).process_slots, 1u);
  EXPECT_EQ(daemon::shape_for(plan, 8).launchers, 1u);
  plan.max_parallel.reset();
  plan.workers.process_slots = 100;
  EXPECT_EQ(daemon::shape_for(plan, 8).launchers, 4u) << "at most 32 running under one launcher";
}

}  // namespace
}  // namespace rota::test
