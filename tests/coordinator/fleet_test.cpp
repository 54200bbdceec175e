// The fleet when workers cannot be had.
#include <fstream>

#include "scheduler/daemon/coordinator.h"
#include "scheduler/store/instances.h"
#include "tests/coordinator/world.h"

namespace rota::test {
namespace {

core::RunView run_with_worker(World& world, const std::string& binary, const std::string& yaml) {
  auto journal = store::open_journal(world.directory).value();
  auto loop = daemon::Loop::create().value();
  auto probes = daemon::Probes::create().value();
  SystemClock clock;
  daemon::Orphans orphans;
  auto plan = world.plan(yaml);
  daemon::Numbers numbers;
  daemon::Coordinator coordinator({loop, clock, *journal, world.seen, *probes, orphans, numbers},
                                  daemon::shape_for(plan, 2), {binary, {"PATH=/usr/bin:/bin"}});
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
