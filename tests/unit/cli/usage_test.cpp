// The table of what came of running many tasks at once.
#include "scheduler/cli/view/usage.h"

#include <gtest/gtest.h>

#include "tests/support/a_plan.h"

namespace rota::cli {
namespace {

using namespace std::chrono_literals;

core::JobView job(JobIndex index, std::string id, Duration wall, Duration cpu, std::uint32_t tasks = 8) {
  core::JobView j;
  j.index = index;
  j.id = std::move(id);
  j.mode = Mode::thread;
  j.counts.total = tasks;
  j.counts.by_outcome[static_cast<std::size_t>(Outcome::succeeded)] = tasks;
  j.totals = {tasks, tasks, cpu / 1us, -1, Instant{1}, Instant{1 + wall.count()}};
  return j;
}

jobs::Plan plan_of(std::vector<std::pair<std::uint64_t, std::optional<std::uint32_t>>> jobs) {
  auto plan = test::a_plan();
  for (const auto& [hash, most] : jobs) {
    plan.thread("j" + std::to_string(plan.done().jobs.size())).array(8);
    plan.newest().content_hash = hash;
    plan.newest().max_parallel = most;
  }
  return plan.done();
}

TEST(SpeedTable, compares_with_the_job_that_makes_the_same_calls_one_after_the_other) {
  const auto twins = serial_twins(plan_of({{7, 1}, {7, {}}, {8, {}}, {9, 2}}));
  ASSERT_EQ(twins.size(), 4u);
  EXPECT_EQ(twins[0], JobIndex{0});
  EXPECT_EQ(twins[1], JobIndex{0});
  EXPECT_FALSE(twins[2] || twins[3]);
  core::RunView view;
  // The second computes no more than the first at once, though two of it seem to run: the lock is passed on.
  view.jobs = {job(0, "serial", 4s, 4s), job(1, "threads", 4s, 4200ms), job(2, "alone", 2s, 3s)};
  EXPECT_EQ(speed_table(view, twins, {}),
            "JOB      MODE    TASKS  WALL    CPU  SPEED-UP\n"
            "serial   thread      8  4.0s  4.00s      1.0x\n"
            "threads  thread      8  4.0s  4.20s      1.0x\n"
            "alone    thread      8  2.0s  3.00s      1.5x\n");
}

TEST(SpeedTable, has_no_line_for_what_has_waited_or_was_alone) {
  core::RunView view;
  view.jobs = {job(0, "waits", 4s, 20ms), job(1, "one", 4s, 4s, 1)};
  EXPECT_EQ(speed_table(view, {}, {}), "");
  view.jobs = {job(0, "serial", 4s, 4s), job(1, "threads", 2s, 4s)};
  view.jobs[0].counts.by_outcome[static_cast<std::size_t>(Outcome::succeeded)] = 3;
  const auto twins = serial_twins(plan_of({{7, 1}, {7, {}}}));
  EXPECT_NE(speed_table(view, twins, {}).find("2.0x"), std::string::npos)
      << "a serial job that did not come to its end says nothing: what the processors did does";
}

}  // namespace
}  // namespace rota::cli
