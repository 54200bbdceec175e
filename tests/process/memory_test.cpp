// A bound for the memory of an attempt: kept by the kernel for its whole tree where it can be told to, else by the
// address space of each process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "tests/process/at_level.h"
#include "tests/support/walk.h"

namespace rota {
namespace {

using test::LauncherDriver;
using Kind = Ending::Kind;

class Memory : public test::AtLevel {
 protected:
  Memory() : launcher_(options_at(78, 2)) {}
  void SetUp() override {
    AtLevel::SetUp();
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    if (!IsSkipped() && !is_of_the_tree()) GTEST_SKIP() << "a sanitizer wants more address space than it would have";
#endif
  }
  bool is_of_the_tree() const { return GetParam() == std::string("cgroup") && process::memory_can_be_limited(); }
  lane::Assignment job(std::uint32_t i, const std::vector<std::string>& steps, std::uint64_t megabytes) {
    auto a = launcher_.job(i, steps);
    a.limits.memory = megabytes << 20;
    return a;
  }
  LauncherDriver launcher_;
};
INSTANTIATE_TEST_SUITE_P(At, Memory, testing::Values("cgroup", "proc"),
                         [](const auto& at) { return std::string(at.param); });

TEST_P(Memory, p14_who_takes_more_than_its_limit_is_out_of_memory_and_not_killed_by_anybody) {
  launcher_.start(job(0, {"fill", "512", "exit", "0"}, 64));
  const auto report = launcher_.finished(0);
  if (is_of_the_tree()) {
    EXPECT_EQ(report.ending.kind, Kind::signalled);
    EXPECT_EQ(report.ending.value, SIGKILL);
    EXPECT_TRUE(report.ending.oom);
    EXPECT_EQ(report.message, "memory limit 64 MiB");
  } else {
    EXPECT_FALSE(report.ending.oom);
    EXPECT_EQ(report.ending.value, SIGABRT) << "the child heard of it from its allocator";
  }
}

TEST_P(Memory, p14_a_child_that_is_killed_for_want_of_it_is_told_though_the_job_goes_on) {
  if (!is_of_the_tree()) GTEST_SKIP() << "the child hears of it from its allocator";
  auto a = job(0, {}, 64);
  a.argv = {"/bin/sh", "-c", test::program("rota-test-child") + " fill 512 exit 0 || true"};
  launcher_.start(a);
  const auto report = launcher_.finished(0);
  if (report.ending.oom) GTEST_SKIP() << "by version 2 all of its processes are killed together";
  EXPECT_EQ(report.ending, (Ending{Kind::exited, 0})) << "what it says of itself counts";
  EXPECT_EQ(report.message, "the kernel killed 1 of its processes for want of memory (memory limit 64 MiB)");
}

TEST_P(Memory, p14_a_kill_by_somebody_else_is_no_want_of_memory) {
  launcher_.start(job(0, {"crash", std::to_string(SIGKILL)}, 256));
  const auto report = launcher_.finished(0);
  EXPECT_EQ(report.ending.value, SIGKILL);
  EXPECT_FALSE(report.ending.oom);
}

TEST_P(Memory, who_stays_within_its_limit_is_left_alone_and_the_next_has_its_own) {
  launcher_.start(job(0, {"fill", "32", "exit", "0"}, 256));
  EXPECT_EQ(launcher_.finished(0).ending, (Ending{Kind::exited, 0}));
  launcher_.start(job(1, {"fill", "96", "exit", "0"}, 512));
  EXPECT_EQ(launcher_.finished(1).ending, (Ending{Kind::exited, 0}));
  launcher_.start(job(2, {"fill", "96", "exit", "0"}, 0));
  EXPECT_EQ(launcher_.finished(2).ending, (Ending{Kind::exited, 0})) << "without one";
}

TEST_P(Memory, what_a_killed_launcher_has_made_is_removed_by_the_next_that_bounds_memory) {
  launcher_.start(job(0, {"print", "set", "pause"}, 64));
  const int job = launcher_.started(0).pid;
  if (is_of_the_tree()) ASSERT_FALSE(test::control_groups_of(launcher_.pid()).empty());
  ::kill(launcher_.pid(), SIGKILL);
  EXPECT_TRUE(test::eventually([&] { return !test::alive(job); }));
  EXPECT_TRUE(test::eventually([&] {
    process::memory_can_be_limited();
    return test::control_groups_of(launcher_.pid()).empty();
  }));
}

}  // namespace
}  // namespace rota
