// What attempts of a pool worker are told to have used.
#include <gtest/gtest.h>

#include "tests/pool/pool_fixture.h"

namespace rota {
namespace {

using namespace std::chrono_literals;
using test::PoolDriver;

class PoolUsage : public test::PoolFixture, public ::testing::WithParamInterface<Mode> {};
using ThreadUsage = test::PoolFixture;

INSTANTIATE_TEST_SUITE_P(InBothModes, PoolUsage, ::testing::Values(Mode::thread, Mode::async),
                         [](const auto& p) { return std::string(to_text(p.param)); });

std::int64_t wall_us(const AttemptReport& r) { return (r.ended - r.started).count() / 1000; }

TEST_P(PoolUsage, what_is_told_is_what_the_target_has_read_from_its_own_clock) {
  const auto report = run(PoolDriver::target(0, GetParam(), "burn", {Value("200000")}));
  const auto burned = std::atoll(output(0).c_str());
  ASSERT_GE(burned, 200'000);
  EXPECT_GE(report.usage.cpu_us, burned - 200);
  EXPECT_LE(report.usage.cpu_us, burned * 3 / 2);  // its output, and what else is done for it on its thread
  EXPECT_LE(report.usage.cpu_us, wall_us(report) + 1000);
}

TEST_P(PoolUsage, a_sleeper_uses_about_nothing) {
  const auto report = run(PoolDriver::target(0, GetParam(), "sleep", {Value("400ms")}));
  EXPECT_GE(report.usage.cpu_us, 0);
  EXPECT_LT(report.usage.cpu_us, wall_us(report) / 4);
  EXPECT_GE(wall_us(report), 400'000);
}

TEST_P(PoolUsage, what_is_not_known_of_a_mode_is_told_as_that) {
  const auto usage = run(PoolDriver::target(0, GetParam(), "burn", {Value("4000")})).usage;
  const bool thread = GetParam() == Mode::thread;
  EXPECT_EQ(usage.max_rss_kib, -1);
  EXPECT_EQ(usage.cpu_system_us >= 0, thread);
  EXPECT_EQ(usage.voluntary_switches >= 0, thread);
  EXPECT_EQ(usage.involuntary_switches >= 0, thread);
  EXPECT_EQ(usage.loop_us >= 0, !thread);
  EXPECT_LE(usage.cpu_system_us, usage.cpu_us);
}

TEST_P(PoolUsage, neighbours_are_not_told_of_each_other) {
  for (std::uint32_t n = 0; n < 10; ++n)
    pool_.start(n == 5 ? PoolDriver::target(n, GetParam(), "burn", {Value("400000")})
                       : PoolDriver::target(n, GetParam(), "noop"));
  std::int64_t others = 0;
  for (std::uint32_t n = 0; n < 10; ++n)
    if (const auto report = pool_.wait_finished(n); n != 5) others += report.usage.cpu_us;
  EXPECT_GE(pool_.story(5).report->usage.cpu_us, 399'000);
  EXPECT_LT(others, 100'000) << "less than one of the four spans in which a coroutine burns";
}

TEST_P(PoolUsage, a_command_is_measured_by_its_process) {
  const auto report = run(PoolDriver::command(
      0, GetParam(), {"sh", "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"}));
  EXPECT_GT(report.usage.cpu_us, 1000);
  EXPECT_GT(report.usage.max_rss_kib, 0);
  EXPECT_GE(report.usage.voluntary_switches, 0);
  EXPECT_GE(report.usage.involuntary_switches, 0);
  EXPECT_EQ(report.usage.loop_us, -1);
}

TEST_F(ThreadUsage, one_that_waits_is_switched_by_itself_and_one_that_works_is_not) {
  const auto waits = run(PoolDriver::target(0, Mode::thread, "print_numbers", {Value(200), Value("1ms")}));
  EXPECT_GE(waits.usage.voluntary_switches, 100) << "a short wait may be over before it has begun";
  const auto works = run(PoolDriver::target(1, Mode::thread, "burn", {Value("20000")}));
  EXPECT_LT(works.usage.voluntary_switches, waits.usage.voluntary_switches / 4);
}

TEST_F(ThreadUsage, what_is_shorter_than_a_reading_of_the_clock_is_worth_adds_up_all_the_same) {
  constexpr std::uint32_t kMany = 4000;
  for (std::uint32_t n = 0; n < kMany; ++n)
    pool_.start(PoolDriver::target(n, Mode::thread, "burn_silently", {Value("10")}));
  std::int64_t told = 0, wall = 0;
  for (std::uint32_t n = 0; n < kMany; ++n) {
    const auto report = pool_.wait_finished(n);
    ASSERT_GE(report.usage.cpu_us, 0);
    told += report.usage.cpu_us;
    wall += (report.ended - report.started).count();
  }
  EXPECT_GE(told, kMany * 10 * 8 / 10);
  EXPECT_LE(told, wall / 1000 + 1000);
}

TEST_F(ThreadUsage, a_coroutine_holds_the_loop_for_as_long_as_it_works_and_not_while_it_waits) {
  const auto report = run(PoolDriver::target(0, Mode::async, "burn", {Value("40000")}));
  EXPECT_GE(report.usage.loop_us, 40'000);
  EXPECT_GE(report.usage.loop_us, report.usage.cpu_us - 1000);
  EXPECT_LE(report.usage.loop_us, wall_us(report) - 3000);  // it has waited three times for a millisecond
}

}  // namespace
}  // namespace rota
