// Who is to blame when a worker dies: read from its region by the coordinator's end.
#include <signal.h>

#include <algorithm>

#include "tests/pool/pool_fixture.h"

namespace rota {
namespace {

using namespace std::chrono_literals;
using test::PoolDriver;

AttemptId id(std::uint32_t n) { return {{1, n, 0}, 1}; }

class Crashes : public test::PoolFixture, public ::testing::WithParamInterface<std::pair<std::string, int>> {};

INSTANTIATE_TEST_SUITE_P(BySignal, Crashes,
                         ::testing::Values(std::pair("segv", SIGSEGV), std::pair("abort", SIGABRT),
                                           std::pair("7", SIGBUS), std::pair("8", SIGFPE), std::pair("4", SIGILL)),
                         [](const auto& p) { return "signal" + std::to_string(p.param.second); });

TEST_P(Crashes, w03_the_task_on_a_thread_that_takes_a_deadly_signal_is_guilty_and_its_neighbour_is_not) {
  pool_.start(PoolDriver::target(0, Mode::thread, "sleep", {Value("1h")}));
  ASSERT_TRUE(pool_.wait_started(0));
  pool_.start(PoolDriver::target(1, Mode::thread, "crash", {Value(GetParam().first)}));
  const auto exit = pool_.wait_death();
  EXPECT_EQ(exit.ending.kind, Ending::Kind::signalled);
  EXPECT_EQ(exit.ending.value, GetParam().second);
  EXPECT_EQ(pool_.end().guilty(), (lane::Guilty{id(1), GetParam().second}));
  auto begun = pool_.end().begun();
  std::sort(begun.begin(), begun.end());
  EXPECT_EQ(begun, (std::vector{id(0), id(1)}));
}

TEST_P(Crashes, w03_the_coroutine_whose_code_takes_a_deadly_signal_is_guilty) {
  for (std::uint32_t n = 0; n < 5; ++n) pool_.start(PoolDriver::target(n, Mode::async, "sleep", {Value("1h")}));
  pool_.start(PoolDriver::target(9, Mode::async, "crash", {Value(GetParam().first)}));
  EXPECT_EQ(pool_.wait_death().ending.value, GetParam().second);
  EXPECT_EQ(pool_.end().guilty(), (lane::Guilty{id(9), GetParam().second}));
  EXPECT_EQ(pool_.end().begun().size(), 6u);
}

using Blame = test::PoolFixture;

TEST_F(Blame, w03_a_stack_overflow_is_told) {
  pool_.start(PoolDriver::target(0, Mode::thread, "overflow"));
  EXPECT_EQ(pool_.wait_death().ending.value, SIGSEGV);
  EXPECT_EQ(pool_.end().guilty(), (lane::Guilty{id(0), SIGSEGV}));
}

TEST_F(Blame, w02_after_a_kill_what_had_begun_is_known_and_nobody_is_guilty) {
  for (std::uint32_t n = 0; n < 6; ++n) pool_.start(PoolDriver::target(n, Mode::thread, "sleep", {Value("1h")}));
  for (std::uint32_t n = 6; n < 9; ++n) pool_.start(PoolDriver::target(n, Mode::async, "sleep", {Value("1h")}));
  ASSERT_TRUE(pool_.wait_started(0) && pool_.wait_started(1) && pool_.wait_started(8));
  pool_.kill(SIGKILL);
  EXPECT_EQ(pool_.wait_death().ending.value, SIGKILL);
  auto begun = pool_.end().begun();
  std::sort(begun.begin(), begun.end());
  // Two threads, two attempts begun; the four behind them were not; all three coroutines were.
  EXPECT_EQ(begun, (std::vector{id(0), id(1), id(6), id(7), id(8)}));
  EXPECT_FALSE(pool_.end().guilty());
}

TEST_F(Blame, w02_an_end_that_was_told_before_a_kill_is_not_lost) {
  for (std::uint32_t n = 0; n < 100; ++n) pool_.start(PoolDriver::target(n, Mode::async, "noop"));
  pool_.start(PoolDriver::target(100, Mode::async, "sleep", {Value("1h")}));
  // Each end is told when only the one behind them is left as begun; nobody has read them when the worker dies.
  // (Asked twice: the first answer may be of two moments.)
  const auto is_alone = [this] { return pool_.end().begun() == std::vector{id(100)}; };
  ASSERT_TRUE(test::eventually([&] { return is_alone() && is_alone(); }));
  pool_.kill(SIGKILL);
  pool_.wait_death();
  EXPECT_EQ(pool_.finished(), 100u);
  EXPECT_EQ(pool_.end().begun(), std::vector{id(100)});
}

TEST_F(Blame, w01_an_idle_worker_that_is_killed_blames_nobody) {
  pool_.start(PoolDriver::target(0, Mode::thread, "noop"));
  pool_.wait_finished(0);
  pool_.kill(SIGKILL);
  pool_.wait_death();
  EXPECT_TRUE(pool_.end().begun().empty());
  EXPECT_EQ(pool_.end().in_flight(), 0u);
}

TEST_F(Blame, w07_a_target_that_is_deaf_to_its_stop_stays_begun_until_the_worker_is_killed) {
  pool_.start(PoolDriver::target(0, Mode::thread, "hangs"));
  ASSERT_TRUE(pool_.wait_started(0));
  pool_.stop(0, StopCause::timeout, 0s, true);
  pool_.start(PoolDriver::target(1, Mode::thread, "noop"));  // the other thread goes on
  EXPECT_EQ(pool_.wait_finished(1).ending, Ending{});
  EXPECT_FALSE(pool_.story(0).report);
  pool_.kill(SIGKILL);
  pool_.wait_death();
  EXPECT_EQ(pool_.end().begun(), std::vector{id(0)});
}

}  // namespace
}  // namespace rota
