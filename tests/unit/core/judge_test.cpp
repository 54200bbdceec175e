// What endings mean: row by row.
#include "scheduler/core/judge.h"

#include <gtest/gtest.h>

#include <string>

#include "scheduler/core/retry.h"

namespace rota::core {
namespace {

using Kind = Ending::Kind;

std::string verdict(const Ending& e, const jobs::Settings& s = {}) {
  const Verdict v = judge(e, s);
  const std::string why = to_text(v.reason);
  return std::string(to_text(v.outcome)) + (why.empty() ? "" : " " + why);
}

TEST(Judge, an_exit_status_counts_by_the_jobs_own_list) {
  EXPECT_EQ(verdict({Kind::exited, 0}), "succeeded");
  EXPECT_EQ(verdict({Kind::exited, 7}), "failed exit:7");
  jobs::Settings s;
  s.success_exit_codes = {0, 7};
  EXPECT_EQ(verdict({Kind::exited, 7}, s), "succeeded");
  s.success_exit_codes = {3};
  EXPECT_EQ(verdict({Kind::exited, 0}, s), "failed exit:0");
}

TEST(Judge, p14_exit_137_and_signal_9_and_oom_are_three_things) {
  EXPECT_EQ(verdict({Kind::exited, 137}), "failed exit:137");
  EXPECT_EQ(verdict({Kind::signalled, 9}), "crashed signal:9");
  EXPECT_EQ(verdict({Kind::signalled, 9, StopCause::none, false, true}), "oom oom");
  const Ending told_by_its_shell{Kind::exited, 137, StopCause::none, false, true};
  EXPECT_EQ(verdict(told_by_its_shell), "oom oom");
  jobs::Settings s;
  s.success_exit_codes = {0, 137};
  EXPECT_EQ(verdict(told_by_its_shell, s), "succeeded");
}

TEST(Judge, what_never_ran_is_told_as_such_even_when_a_stop_was_asked) {
  EXPECT_EQ(verdict({Kind::spawn_failed, 2}), "failed spawn:ENOENT");
  EXPECT_EQ(verdict({Kind::spawn_failed, 2, StopCause::cancel_user}), "failed spawn:ENOENT");
  EXPECT_EQ(verdict({Kind::bad_call}), "failed bad-call");
  EXPECT_EQ(verdict({Kind::revoked, 0, StopCause::cancel_user}), "revoked");
}

TEST(Judge, a_target_that_threw_failed_with_exception) {
  EXPECT_EQ(verdict({Kind::threw}), "failed exception");
  EXPECT_EQ(verdict({Kind::returned}), "succeeded");
}

TEST(Judge, p09_a_stop_that_reached_the_attempt_decides_whatever_its_status) {
  for (const Kind kind : {Kind::returned, Kind::exited, Kind::signalled, Kind::threw}) {
    EXPECT_EQ(verdict({kind, 0, StopCause::timeout}), "timed_out timeout");
    EXPECT_EQ(verdict({kind, 1, StopCause::run_timeout}), "timed_out timeout:run");
    EXPECT_EQ(verdict({kind, 2, StopCause::cancel_user}), "cancelled cancel:user");
    EXPECT_EQ(verdict({kind, 9, StopCause::cancel_policy, true}), "cancelled cancel:policy");
    EXPECT_EQ(verdict({kind, 15, StopCause::not_needed}), "succeeded not-needed");
  }
}

TEST(Retry, each_cause_has_its_bit_and_a_cancel_has_none) {
  namespace on = jobs::retry_on;
  EXPECT_EQ(retry_bit(Outcome::failed, {ReasonKind::exit, 1}), on::kExit);
  EXPECT_EQ(retry_bit(Outcome::failed, {ReasonKind::exception, 0}), on::kExit);
  EXPECT_EQ(retry_bit(Outcome::failed, {ReasonKind::spawn, 2}), on::kSpawn);
  EXPECT_EQ(retry_bit(Outcome::failed, {ReasonKind::bad_call, 0}), 0);
  EXPECT_EQ(retry_bit(Outcome::crashed, {ReasonKind::signal, 11}), on::kSignal);
  EXPECT_EQ(retry_bit(Outcome::oom, {ReasonKind::oom, 0}), on::kSignal);
  EXPECT_EQ(retry_bit(Outcome::timed_out, {ReasonKind::timeout, 0}), on::kTimeout);
  EXPECT_EQ(retry_bit(Outcome::timed_out, {ReasonKind::run_timeout, 0}), 0);
  EXPECT_EQ(retry_bit(Outcome::lost, {ReasonKind::worker_lost, 0}), on::kLost);
  EXPECT_EQ(retry_bit(Outcome::cancelled, {ReasonKind::cancel_user, 0}), 0);
  EXPECT_EQ(retry_bit(Outcome::succeeded, {}), 0);
}

TEST(Retry, the_delay_grows_by_its_factor_up_to_the_cap) {
  jobs::Retry r;
  r.jitter = 0;
  const AttemptId a{{1, 2, 0}, 1};
  EXPECT_EQ(retry_delay(r, 1, a), std::chrono::seconds(1));
  EXPECT_EQ(retry_delay(r, 2, a), std::chrono::seconds(2));
  EXPECT_EQ(retry_delay(r, 5, a), std::chrono::seconds(16));
  EXPECT_EQ(retry_delay(r, 7, a), std::chrono::seconds(60));
  EXPECT_EQ(retry_delay(r, 1000, a), std::chrono::seconds(60)) << "beyond any number is the cap";
  EXPECT_EQ(retry_delay(r, 2000, a), std::chrono::seconds(60)) << "so is infinity";
  r.delay = {};
  EXPECT_EQ(retry_delay(r, 2000, a), Duration{}) << "though nothing times infinity is no number";
}

TEST(Retry, the_jitter_stays_in_its_bounds_differs_by_attempt_and_repeats) {
  jobs::Retry r;
  r.jitter = 0.1;
  bool differs = false;
  for (std::uint32_t n = 1; n <= 1000; ++n) {
    const AttemptId a{{1, n, 0}, 1};
    const Duration d = retry_delay(r, 1, a);
    EXPECT_GE(d, std::chrono::milliseconds(900));
    EXPECT_LE(d, std::chrono::milliseconds(1100));
    EXPECT_EQ(d, retry_delay(r, 1, a));
    differs |= d != retry_delay(r, 1, {{1, n + 1, 0}, 1});
  }
  EXPECT_TRUE(differs);
}

}  // namespace
}  // namespace rota::core
