// Failpoints: what each action does, when, and that no other process inherits them. Each case that arms one runs in a
// process of its own.
#include "shared/failpoint.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>

#include "shared/clock.h"
#include "tests/support/command.h"

namespace rota {
namespace {

class Failpoint : public ::testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

void arm(const char* text) { ::setenv("ROTA_FAILPOINTS", text, 1); }

/// How many of `times` passes gave an error, as a number of digits 0 and 1.
int errors(int times) {
  int seen = 0;
  for (int i = 0; i < times; ++i) seen = seen * 10 + (ROTA_FAILPOINT_ERROR("here") ? 1 : 0);
  return seen;
}

TEST_F(Failpoint, is_nothing_when_none_is_set) {
  EXPECT_EXIT(
      {
        ::unsetenv("ROTA_FAILPOINTS");
        ROTA_FAILPOINT("here");
        std::_Exit(errors(3));
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(Failpoint, kills_at_the_first_pass_of_its_name_only) {
  EXPECT_EXIT(
      {
        arm("here:kill");
        ROTA_FAILPOINT("elsewhere");
        ::write(STDERR_FILENO, "passed", 6);
        ROTA_FAILPOINT("here");
        std::_Exit(0);
      },
      ::testing::KilledBySignal(SIGKILL), "passed");
}

TEST_F(Failpoint, acts_at_the_nth_pass_alone) {
  EXPECT_EXIT(
      {
        arm("other:kill:1,here:error:2");
        std::_Exit(errors(3));
      },
      ::testing::ExitedWithCode(10), "");
}

TEST_F(Failpoint, acts_each_time_with_nth_0) {
  EXPECT_EXIT(
      {
        arm("here:error:0");
        std::_Exit(errors(2));
      },
      ::testing::ExitedWithCode(11), "");
}

TEST_F(Failpoint, an_error_is_heard_only_where_one_is_asked_for) {
  EXPECT_EXIT(
      {
        arm("here:error");
        ROTA_FAILPOINT("here");
        std::_Exit(errors(1));
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(Failpoint, delays_at_least_its_milliseconds) {
  EXPECT_EXIT(
      {
        arm("here:delay=30");
        const auto before = monotonic_now();
        ROTA_FAILPOINT("here");
        std::_Exit(monotonic_now() - before >= std::chrono::milliseconds(30) ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

/// True when this process was seen stopped at its failpoint, and woken.
bool stops_at_failpoint() {
  const std::string pid = std::to_string(::getpid());
  const std::string seen = "until grep -q '^State:.T' /proc/" + pid + "/status; do sleep 0.01; done; echo stopped; ";
  auto waker = test::Command{"sh", "-c", seen + "kill -CONT " + pid}.start();
  ROTA_FAILPOINT("here");
  return waker.wait().out == "stopped\n";
}

TEST_F(Failpoint, stops_until_somebody_wakes_it) {
  EXPECT_EXIT(
      {
        arm("here:stop");
        std::_Exit(stops_at_failpoint() ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(Failpoint, a_text_that_cannot_be_read_ends_the_process) {
  for (const char* text : {"here", "here:explode", "here:delay=", "here:kill:x", ":kill"}) {
    EXPECT_EXIT(
        {
          arm(text);
          ROTA_FAILPOINT("here");
          std::_Exit(0);
        },
        ::testing::ExitedWithCode(2), "cannot read")
        << text;
  }
}

TEST(FailpointEnvironment, never_reaches_a_job_and_a_launcher_by_its_own_name_only) {
  const std::vector<std::string> given{"A=1", "ROTA_FAILPOINTS=x:kill", "ROTA_FAILPOINTS_LAUNCHER=y:stop", "B=2"};
  auto jobs = given, launchers = given;
  failpoint::strip(jobs);
  failpoint::hand_to_launcher(launchers);
  EXPECT_EQ(jobs, (std::vector<std::string>{"A=1", "B=2"}));
  EXPECT_EQ(launchers, (std::vector<std::string>{"A=1", "B=2", "ROTA_FAILPOINTS=y:stop"}));
  failpoint::hand_to_launcher(jobs);
  EXPECT_EQ(jobs, (std::vector<std::string>{"A=1", "B=2"}));
}

}  // namespace
}  // namespace rota
