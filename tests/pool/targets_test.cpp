// Targets in a real pool worker: on its threads and as coroutines on its loop.
#include <gtest/gtest.h>

#include "tests/pool/pool_fixture.h"

namespace rota {
namespace {

using namespace std::chrono_literals;
using test::PoolDriver;

class PoolTargets : public test::PoolFixture, public ::testing::WithParamInterface<Mode> {};
using PoolThreads = test::PoolFixture;

INSTANTIATE_TEST_SUITE_P(InBothModes, PoolTargets, ::testing::Values(Mode::thread, Mode::async),
                         [](const auto& p) { return std::string(to_text(p.param)); });

TEST_P(PoolTargets, a_noop_returns_and_is_started_before_it_is_finished) {
  const auto report = run(PoolDriver::target(0, GetParam(), "noop"));
  EXPECT_EQ(report.ending, Ending{});
  EXPECT_TRUE(pool_.story(0).started);
  EXPECT_LE(report.started, report.ended);
  EXPECT_GT(report.started.ns, 0);
}

TEST_P(PoolTargets, numbers_come_one_per_line_with_a_delay_after_each) {
  const auto report = run(PoolDriver::target(0, GetParam(), "print_numbers", {Value(3), Value("20ms")}));
  EXPECT_EQ(report.ending, Ending{});
  EXPECT_EQ(output(0), "1\n2\n3\n");
  EXPECT_GE(report.ended - report.started, 60ms);
}

TEST_P(PoolTargets, echo_joins_its_words) {
  run(PoolDriver::target(0, GetParam(), "echo", {Value("two words"), Value(3), Value(true)}));
  EXPECT_EQ(output(0), "two words 3 true\n");
}

TEST_P(PoolTargets, w04_an_exception_is_the_failure_of_its_attempt_alone) {
  const auto report = run(PoolDriver::target(0, GetParam(), "throws", {Value("no such luck")}));
  EXPECT_EQ(report.ending.kind, Ending::Kind::threw);
  EXPECT_EQ(report.message, "no such luck");
  EXPECT_EQ(run(PoolDriver::target(1, GetParam(), "noop")).ending, Ending{});
}

TEST_P(PoolTargets, a_long_message_is_cut_at_its_limit) {
  const auto report = run(PoolDriver::target(0, GetParam(), "throws", {Value(std::string(10'000, 'x'))}));
  EXPECT_EQ(report.message.size(), limits::kMessageBytes);
}

TEST_P(PoolTargets, an_unknown_target_is_refused_before_anything_runs) {
  const auto report = run(PoolDriver::target(0, GetParam(), "no_such_thing"));
  EXPECT_EQ(report.ending.kind, Ending::Kind::bad_call);
  EXPECT_NE(report.message.find("no_such_thing"), std::string::npos);
  EXPECT_FALSE(pool_.story(0).started);
}

TEST_P(PoolTargets, wrong_arguments_are_refused_before_anything_runs) {
  const auto report = run(PoolDriver::target(0, GetParam(), "noop", {Value(1)}));
  EXPECT_EQ(report.ending.kind, Ending::Kind::bad_call);
  EXPECT_FALSE(pool_.story(0).started);
}

TEST_P(PoolTargets, a_stopped_sleeper_ends_at_once_with_the_cause) {
  pool_.start(PoolDriver::target(0, GetParam(), "sleep", {Value("1h")}));
  ASSERT_TRUE(pool_.wait_started(0));
  pool_.stop(0, StopCause::cancel_user);
  const auto report = pool_.wait_finished(0);
  EXPECT_EQ(report.ending.kind, Ending::Kind::returned);
  EXPECT_EQ(report.ending.stopped_by, StopCause::cancel_user);
  EXPECT_FALSE(report.ending.forced);
}

TEST_P(PoolTargets, a_stop_that_comes_with_the_start_ends_it_either_way) {
  for (std::uint32_t n = 0; n < 50; ++n) {
    pool_.start(PoolDriver::target(n, GetParam(), "sleep", {Value("1h")}));
    pool_.stop(n, StopCause::timeout);
  }
  for (std::uint32_t n = 0; n < 50; ++n) {
    const auto report = pool_.wait_finished(n);
    EXPECT_EQ(report.ending.stopped_by, StopCause::timeout);
    EXPECT_EQ(pool_.story(n).started, report.ending.kind != Ending::Kind::revoked);
  }
}

TEST_P(PoolTargets, the_end_before_the_stop_counts) {
  run(PoolDriver::target(0, GetParam(), "noop"));
  pool_.stop(0, StopCause::cancel_user);  // it has ended: nothing to say
  EXPECT_EQ(run(PoolDriver::target(1, GetParam(), "noop")).ending, Ending{});
  EXPECT_EQ(pool_.finished(), 2u);
}

TEST_P(PoolTargets, a_retract_of_what_runs_is_silent) {
  pool_.start(PoolDriver::target(0, GetParam(), "sleep", {Value("50ms")}));
  ASSERT_TRUE(pool_.wait_started(0));
  pool_.retract(0);
  EXPECT_EQ(pool_.wait_finished(0).ending, Ending{});
  EXPECT_EQ(pool_.finished(), 1u);
}

TEST_P(PoolTargets, a_ready_text_is_reported_once_even_when_it_comes_in_pieces) {
  auto a = PoolDriver::target(0, GetParam(), "print_numbers", {Value(3), Value("1ms")});
  a.ready_text = "2\n3";
  run(a);
  EXPECT_TRUE(pool_.story(0).ready);
}

TEST_P(PoolTargets, a_log_path_takes_the_output_instead_of_the_segment) {
  auto a = PoolDriver::target(0, GetParam(), "echo", {Value("to a file")});
  a.log.stdout_path = scratch_.path("out.log");
  a.ready_text = "file";
  const auto report = run(a);
  EXPECT_EQ(test::slurp(a.log.stdout_path), "to a file\n");
  EXPECT_EQ(report.output.bytes, 0u);
  EXPECT_TRUE(pool_.story(0).ready);
}

TEST_P(PoolTargets, a_log_path_that_cannot_be_opened_fails_the_start_with_its_name) {
  auto a = PoolDriver::target(0, GetParam(), "echo", {Value("x")});
  a.log.stdout_path = "/no/such/directory/out.log";
  const auto report = run(a);
  EXPECT_EQ(report.ending.kind, Ending::Kind::spawn_failed);
  EXPECT_EQ(report.ending.value, ENOENT);
  EXPECT_NE(report.message.find(a.log.stdout_path), std::string::npos);
}

TEST_P(PoolTargets, output_past_the_cap_keeps_its_end_and_counts_what_is_lost) {
  auto a = PoolDriver::target(0, GetParam(), "echo", {Value(std::string(200'000, 'y') + "end")});
  a.log.max_bytes = 1000;
  const auto report = run(a);
  EXPECT_EQ(report.output.bytes + report.output.dropped, 200'004u);
  EXPECT_EQ(report.output.bytes, 1000 + limits::kLogTailBytes);
  EXPECT_TRUE(output(0).ends_with("end\n"));
}

TEST_P(PoolTargets, an_environment_is_the_run_s_and_over_it_the_attempt_s) {
  auto a = PoolDriver::target(0, Mode::thread, "env", {Value("BASE")});
  run(a);
  a = PoolDriver::target(1, Mode::thread, "env", {Value("BASE")});
  a.env.push_back("BASE=mine");
  run(a);
  EXPECT_EQ(output(0), "base");
  EXPECT_EQ(output(1), "mine");
}

TEST_P(PoolTargets, a_daemon_needs_no_slot) {
  for (std::uint32_t n = 0; n < 8; ++n) {
    auto a = PoolDriver::target(n, GetParam(), "sleep", {Value("1h")});
    a.daemon = true;
    pool_.start(a);
  }
  for (std::uint32_t n = 0; n < 8; ++n) ASSERT_TRUE(pool_.wait_started(n));
  EXPECT_EQ(run(PoolDriver::target(20, GetParam(), "noop")).ending, Ending{});
  for (std::uint32_t n = 0; n < 8; ++n) pool_.stop(n, StopCause::not_needed);
  for (std::uint32_t n = 0; n < 8; ++n) EXPECT_EQ(pool_.wait_finished(n).ending.stopped_by, StopCause::not_needed);
}

TEST_P(PoolTargets, an_end_lets_what_runs_finish_and_then_the_worker_leaves) {
  pool_.start(PoolDriver::target(0, GetParam(), "sleep", {Value("100ms")}));
  pool_.send(lane::down::End{});
  const auto exit = pool_.wait_death();
  EXPECT_EQ(exit.ending.kind, Ending::Kind::exited);
  EXPECT_EQ(exit.ending.value, 0);
  ASSERT_TRUE(pool_.story(0).report);
  EXPECT_EQ(pool_.story(0).report->ending, Ending{});
}

TEST_P(PoolTargets, a_run_that_was_not_opened_is_refused) {
  auto a = PoolDriver::target(0, GetParam(), "noop");
  a.id.task.run = 99;
  EXPECT_EQ(run(a).ending.kind, Ending::Kind::bad_call);
}

TEST_P(PoolTargets, captured_output_that_cannot_be_written_is_told_in_a_note) {
  PoolDriver pool(test::program("rota-test-worker"), 1, "/no/such/directory/000001.seg");
  pool.start(PoolDriver::target(0, GetParam(), "echo", {Value("lost")}));
  const auto report = pool.wait_finished(0);
  EXPECT_EQ(report.ending, Ending{});
  EXPECT_EQ(report.output.dropped, 5u);
  ASSERT_EQ(pool.notes().size(), 1u);
  EXPECT_NE(pool.notes()[0].find("/no/such/directory"), std::string::npos);
}

TEST_F(PoolThreads, what_waits_in_the_queue_is_given_back_on_a_stop_or_retract) {
  for (std::uint32_t n = 0; n < 2; ++n) pool_.start(PoolDriver::target(n, Mode::thread, "sleep", {Value("1h")}));
  for (std::uint32_t n = 0; n < 2; ++n) ASSERT_TRUE(pool_.wait_started(n));
  pool_.start(PoolDriver::target(2, Mode::thread, "noop"));
  pool_.start(PoolDriver::target(3, Mode::thread, "noop"));
  pool_.stop(2, StopCause::cancel_user);
  pool_.retract(3);
  EXPECT_EQ(pool_.wait_finished(2).ending.kind, Ending::Kind::revoked);
  EXPECT_EQ(pool_.wait_finished(3).ending.kind, Ending::Kind::revoked);
  EXPECT_FALSE(pool_.story(2).started);
  EXPECT_EQ(pool_.story(2).report->started.ns, 0);
}

TEST_F(PoolThreads, a_thread_bears_the_name_of_the_job_it_runs_cut_to_15_bytes) {
  auto a = PoolDriver::target(0, Mode::thread, "thread_name");
  a.name = "NumbersThreadWithALongName";
  run(a);
  EXPECT_EQ(output(0), "NumbersThreadWi");
}

TEST_F(PoolThreads, a_coroutine_under_thread_and_a_plain_function_under_async_are_refused_by_name) {
  auto report = run(PoolDriver::target(0, Mode::thread, "only_coroutine"));
  EXPECT_EQ(report.ending.kind, Ending::Kind::bad_call);
  EXPECT_NE(report.message.find("runs under async"), std::string::npos);
  report = run(PoolDriver::target(1, Mode::async, "spin", {Value("1ms")}));
  EXPECT_EQ(report.ending.kind, Ending::Kind::bad_call);
  EXPECT_NE(report.message.find("thread or process"), std::string::npos);
}

TEST_F(PoolThreads, the_processor_time_of_a_thread_attempt_is_its_own) {
  run(PoolDriver::target(0, Mode::thread, "spin", {Value("60ms")}));
  const auto idle = run(PoolDriver::target(1, Mode::thread, "sleep", {Value("60ms")}));
  const auto& busy = *pool_.story(0).report;
  const auto cpu_us = [](const AttemptReport& r) { return r.usage.cpu_us; };
  EXPECT_GE(cpu_us(idle), 0);
  EXPECT_GT(cpu_us(busy), cpu_us(idle));  // by how much is the machine's affair
}

TEST_F(PoolThreads, something_thrown_that_is_no_exception_is_a_failure_too) {
  EXPECT_EQ(run(PoolDriver::target(0, Mode::thread, "throws_seven")).ending.kind, Ending::Kind::threw);
  const auto report = run(PoolDriver::target(1, Mode::thread, "fails", {Value("said no")}));
  EXPECT_EQ(report.ending.kind, Ending::Kind::threw);
  EXPECT_EQ(report.message, "said no");
}

TEST_F(PoolThreads, more_attempts_than_the_ring_holds_all_begin_and_end) {
  constexpr std::uint32_t kMany = 30'000;
  for (std::uint32_t n = 0; n < kMany; ++n)
    pool_.start(PoolDriver::target(n, n % 3 ? Mode::thread : Mode::async, "noop"));
  ASSERT_TRUE(pool_.wait([this] { return pool_.finished() == kMany; }));
  for (std::uint32_t n = 0; n < kMany; ++n) ASSERT_EQ(pool_.story(n).report->ending, Ending{}) << n;
}

TEST_F(PoolThreads, ten_thousand_sleepers_are_stopped_together) {
  constexpr std::uint32_t kMany = 10'000;
  for (std::uint32_t n = 0; n < kMany; ++n) pool_.start(PoolDriver::target(n, Mode::async, "sleep", {Value("1h")}));
  ASSERT_TRUE(pool_.wait([this] { return pool_.story(kMany - 1).started; }));
  for (std::uint32_t n = 0; n < kMany; ++n) pool_.stop(n, StopCause::cancel_user);
  ASSERT_TRUE(pool_.wait([this] { return pool_.finished() == kMany; }));
}

}  // namespace
}  // namespace rota
