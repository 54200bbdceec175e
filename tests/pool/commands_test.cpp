// Commands (`run:` and `command:`) under a pool thread and on the loop.
#include <signal.h>

#include <cerrno>

#include "tests/pool/pool_fixture.h"
#include "tests/support/process_limit.h"

namespace rota {
namespace {

using namespace std::chrono_literals;
using test::PoolDriver;
using PoolLoop = test::PoolFixture;

class PoolCommands : public test::PoolFixture, public ::testing::WithParamInterface<Mode> {
 protected:
  lane::Assignment sh(std::uint32_t n, const std::string& text) {
    return PoolDriver::command(n, GetParam(), {"sh", "-c", text});
  }
};

INSTANTIATE_TEST_SUITE_P(InBothModes, PoolCommands, ::testing::Values(Mode::thread, Mode::async),
                         [](const auto& p) { return std::string(to_text(p.param)); });

TEST_P(PoolCommands, a_command_runs_with_its_streams_environment_and_directory) {
  auto a = sh(0, "echo out; echo err >&2; echo $BASE $MINE; pwd");
  a.env.push_back("MINE=mine");
  a.working_dir = "/usr";
  const auto report = run(a);
  EXPECT_EQ(report.ending, (Ending{Ending::Kind::exited, 0}));
  EXPECT_EQ(output(0, output::Stream::out), "out\nbase mine\n/usr\n");
  EXPECT_EQ(output(0, output::Stream::err), "err\n");
  EXPECT_GT(pool_.story(0).pid, 0);
  EXPECT_GT(report.usage.max_rss_kib, 0);
}

TEST_P(PoolCommands, an_exit_status_and_a_signal_are_told_apart) {
  EXPECT_EQ(run(sh(0, "exit 7")).ending, (Ending{Ending::Kind::exited, 7}));
  EXPECT_EQ(run(sh(1, "exit 137")).ending, (Ending{Ending::Kind::exited, 137}));
  EXPECT_EQ(run(sh(2, "kill -9 $$")).ending, (Ending{Ending::Kind::signalled, 9}));
}

TEST_P(PoolCommands, a_command_that_is_not_there_fails_to_start_by_name) {
  const auto report = run(PoolDriver::command(0, GetParam(), {"/no/such/program"}));
  EXPECT_EQ(report.ending.kind, Ending::Kind::spawn_failed);
  EXPECT_EQ(report.ending.value, ENOENT);
  EXPECT_FALSE(pool_.story(0).started);
}

TEST_P(PoolCommands, stdin_is_empty_a_text_or_a_file) {
  auto a = sh(0, "cat; echo .");
  run(a);
  EXPECT_EQ(output(0), ".\n");
  a = sh(1, "cat");
  a.stdin_plan = {lane::StdinPlan::Kind::text, std::string(60'000, 't')};
  run(a);
  EXPECT_EQ(output(1), a.stdin_plan.text);
  a = sh(2, "cat");
  a.stdin_plan = {lane::StdinPlan::Kind::file, "/proc/self/comm"};
  run(a);
  EXPECT_NE(output(2), "");
  a = sh(3, "cat");
  a.stdin_plan = {lane::StdinPlan::Kind::file, "/no/such/file"};
  EXPECT_EQ(run(a).ending.kind, Ending::Kind::spawn_failed);
}

TEST_P(PoolCommands, merged_streams_keep_their_order) {
  auto a = sh(0, "echo 1; echo 2 >&2; echo 3");
  a.log.merge = true;
  run(a);
  EXPECT_EQ(output(0), "1\n2\n3\n");
}

TEST_P(PoolCommands, log_paths_get_the_streams_and_a_ready_text_is_seen_there_too) {
  auto a = sh(0, "echo listening; echo oops >&2");
  a.log.stdout_path = scratch_.path("o");
  a.log.stderr_path = scratch_.path("e");
  a.ready_text = "listening";
  run(a);
  EXPECT_EQ(test::slurp(a.log.stdout_path), "listening\n");
  EXPECT_EQ(test::slurp(a.log.stderr_path), "oops\n");
  EXPECT_TRUE(pool_.story(0).ready);
}

TEST_P(PoolCommands, a_log_path_begins_anew_for_a_first_attempt_and_goes_on_for_a_later_one) {
  auto a = sh(0, "echo out; echo err >&2");
  a.log.stdout_path = a.log.stderr_path = scratch_.path("both");
  run(a);
  a.id.number = 2;
  pool_.start(a);
  ASSERT_TRUE(pool_.wait([this] { return pool_.finished() == 2; }));
  EXPECT_EQ(test::slurp(a.log.stdout_path), "out\nerr\nout\nerr\n");
}

TEST_P(PoolCommands, a_ready_text_is_reported_while_the_command_runs) {
  auto a = sh(0, "echo now ready; exec sleep 3600");
  a.ready_text = "ready";
  pool_.start(a);
  ASSERT_TRUE(pool_.wait([this] { return pool_.story(0).ready; }));
  pool_.stop(0, StopCause::not_needed);
  const auto report = pool_.wait_finished(0);
  EXPECT_EQ(report.ending, (Ending{Ending::Kind::signalled, SIGTERM, StopCause::not_needed}));
}

TEST_P(PoolCommands, p03_one_that_ignores_the_stop_signal_is_killed_when_the_grace_is_over) {
  auto a = sh(0, "trap '' TERM; echo ready; while :; do sleep 0.05; done");
  a.ready_text = "ready";
  pool_.start(a);
  ASSERT_TRUE(pool_.wait([this] { return pool_.story(0).ready; }));
  pool_.stop(0, StopCause::timeout, 100ms);
  const auto report = pool_.wait_finished(0);
  EXPECT_EQ(report.ending, (Ending{Ending::Kind::signalled, SIGKILL, StopCause::timeout, true}));
}

TEST_P(PoolCommands, a_second_stop_skips_the_grace) {
  auto a = sh(0, "trap '' TERM; echo ready; while :; do sleep 0.05; done");
  a.ready_text = "ready";
  pool_.start(a);
  ASSERT_TRUE(pool_.wait([this] { return pool_.story(0).ready; }));
  pool_.stop(0, StopCause::cancel_user, 1h);
  pool_.stop(0, StopCause::cancel_user, 1h, true);
  EXPECT_TRUE(pool_.wait_finished(0).ending.forced);
}

TEST_P(PoolCommands, p07_one_that_stopped_itself_is_continued_to_hear_its_stop) {
  pool_.start(sh(0, "kill -STOP $$; sleep 3600"));
  ASSERT_TRUE(pool_.wait_started(0));
  const auto stopped = [this] {
    return test::slurp("/proc/" + std::to_string(pool_.story(0).pid) + "/stat").find(") T ") != std::string::npos;
  };
  ASSERT_TRUE(test::eventually(stopped));
  pool_.stop(0, StopCause::cancel_user);
  EXPECT_EQ(pool_.wait_finished(0).ending.value, SIGTERM);
}

TEST_P(PoolCommands, p12_a_background_child_that_keeps_stdout_open_does_not_keep_the_attempt) {
  const auto report = run(sh(0, "sleep 3600 & echo $!"));
  EXPECT_EQ(report.ending, (Ending{Ending::Kind::exited, 0}));
  EXPECT_GE(monotonic_now() - report.ended, 1s) << "its end is its main process's, not the drain's";
  const int child = std::atoi(output(0).c_str());
  ASSERT_GT(child, 0);
  EXPECT_TRUE(test::eventually([child] { return !test::alive(child); })) << "left behind";
}

TEST_P(PoolCommands, p04_a_daemon_that_left_the_session_by_a_double_fork_ends_with_the_attempt) {
  // The neighbour lives on: only what bears this attempt's names is killed.
  pool_.start(sh(1, "exec sleep 3600"));
  ASSERT_TRUE(pool_.wait_started(1));
  auto a = sh(0, "(setsid sh -c 'echo $$ > " + scratch_.path("daemon") + "; exec sleep 3600' >/dev/null 2>&1 &) ; " +
                     "while ! test -s " + scratch_.path("daemon") + "; do sleep 0.01; done");
  const auto report = run(a);
  EXPECT_EQ(report.ending, (Ending{Ending::Kind::exited, 0}));
  const int daemon = std::atoi(test::slurp(scratch_.path("daemon")).c_str());
  ASSERT_GT(daemon, 0);
  EXPECT_FALSE(test::alive(daemon)) << "it is dead before the end is told";
  EXPECT_TRUE(test::alive(pool_.story(1).pid));
  pool_.stop(1, StopCause::cancel_user);
  pool_.wait_finished(1);
}

TEST_P(PoolCommands, p04_one_that_shed_its_environment_too_ends_when_the_worker_has_no_command_left) {
  run(sh(0, "(setsid env -i sh -c 'echo $$ > " + scratch_.path("daemon") + "; exec sleep 3600' >/dev/null 2>&1 &) ; " +
                "while ! test -s " + scratch_.path("daemon") + "; do sleep 0.01; done"));
  const int daemon = std::atoi(test::slurp(scratch_.path("daemon")).c_str());
  ASSERT_GT(daemon, 0);
  EXPECT_TRUE(test::eventually([daemon] { return !test::alive(daemon); }));
}

TEST_P(PoolCommands, p12_a_closed_stdout_does_not_end_the_attempt) {
  EXPECT_EQ(run(sh(0, "exec >&- 2>&-; sleep 0.1; exit 3")).ending, (Ending{Ending::Kind::exited, 3}));
}

TEST_P(PoolCommands, p10_a_flood_of_output_is_capped_and_counted) {
  auto a = sh(0, "head -c 20000000 /dev/zero; echo end");
  a.log.max_bytes = 100'000;
  const auto report = run(a);
  EXPECT_EQ(report.output.bytes + report.output.dropped, 20'000'004u);
  EXPECT_EQ(report.output.bytes, 100'000 + limits::kLogTailBytes);
  EXPECT_TRUE(output(0).ends_with("end\n"));
}

TEST_P(PoolCommands, w20_a_dying_worker_takes_its_commands_with_it) {
  pool_.start(sh(0, "exec sleep 3600"));
  ASSERT_TRUE(pool_.wait_started(0));
  const int child = pool_.story(0).pid;
  pool_.kill(SIGKILL);
  pool_.wait_death();
  EXPECT_TRUE(test::eventually([child] { return !test::alive(child); }));
}

TEST_P(PoolCommands, descriptors_do_not_leak_over_many_commands) {
  run(sh(0, "echo x"));
  const int before = test::settled_descriptors(pool_.pid());
  for (std::uint32_t n = 1; n <= 200; ++n) pool_.start(sh(n, "echo x"));
  ASSERT_TRUE(pool_.wait([this] { return pool_.finished() == 201; }));
  EXPECT_TRUE(test::eventually([&] { return test::open_descriptors(pool_.pid()) <= before; })) << before;
}

TEST_F(PoolLoop, a_hundred_awaited_commands_hold_no_thread) {
  for (std::uint32_t n = 0; n < 100; ++n) pool_.start(PoolDriver::command(n, Mode::async, {"sleep", "0.2"}));
  for (std::uint32_t n = 0; n < 100; ++n) ASSERT_TRUE(pool_.wait_started(n));
  const auto status = test::slurp("/proc/" + std::to_string(pool_.pid()) + "/status");
  const auto at = status.find("Threads:");
  ASSERT_NE(at, std::string::npos);
  EXPECT_LE(std::atoi(status.c_str() + at + 8), 3);  // the loop, the mourner, and a sanitizer may have one of its own
  ASSERT_TRUE(pool_.wait([this] { return pool_.finished() == 100; }));
}

TEST_P(PoolCommands, p02_a_limit_of_processes_makes_a_command_wait_and_uses_up_no_try) {
  run(sh(0, "true"));  // the thread is there
  test::ProcessLimit limit(pool_.pid());
  if (!limit.there()) GTEST_SKIP() << limit.why_not();
  limit.close();
  pool_.start(sh(1, "echo in the end"));
  pool_.flush();
  ASSERT_TRUE(pool_.wait([&] { return limit.refusals() >= 3 && !pool_.shortages().empty(); }));
  EXPECT_EQ(pool_.shortages(), std::vector<std::int32_t>{EAGAIN});
  EXPECT_FALSE(pool_.story(1).started);
  limit.lift();
  EXPECT_EQ(pool_.wait_finished(1).ending, (Ending{Ending::Kind::exited, 0}));
  EXPECT_TRUE(pool_.story(1).started);
  EXPECT_EQ(output(1), "in the end\n");
  EXPECT_EQ(pool_.shortages(), (std::vector<std::int32_t>{EAGAIN, 0}));
}

TEST_P(PoolCommands, p02_a_command_that_waits_for_a_process_is_given_back_when_it_is_stopped) {
  run(sh(0, "true"));
  test::ProcessLimit limit(pool_.pid());
  if (!limit.there()) GTEST_SKIP() << limit.why_not();
  limit.close();
  pool_.start(sh(1, "true"));
  pool_.flush();
  ASSERT_TRUE(pool_.wait([&] { return !pool_.shortages().empty(); }));
  pool_.stop(1, StopCause::cancel_user);
  EXPECT_EQ(pool_.wait_finished(1).ending, (Ending{Ending::Kind::revoked, 0, StopCause::cancel_user}));
  EXPECT_TRUE(pool_.wait([&] { return pool_.shortages().back() == 0; }));
}

TEST_F(PoolLoop, p02_a_worker_that_gets_no_thread_keeps_what_it_was_given_and_tries_again) {
  test::ProcessLimit limit(pool_.pid());
  if (!limit.there()) GTEST_SKIP() << limit.why_not();
  limit.close();
  auto daemon = PoolDriver::target(1, Mode::thread, "noop");
  daemon.daemon = true;
  pool_.start(PoolDriver::target(0, Mode::thread, "noop"));
  pool_.start(daemon);
  pool_.flush();
  ASSERT_TRUE(pool_.wait([&] { return limit.refusals() >= 4 && !pool_.shortages().empty(); }));
  EXPECT_EQ(pool_.finished(), 0u);
  limit.lift();
  EXPECT_EQ(pool_.wait_finished(0).ending, Ending{});
  EXPECT_EQ(pool_.wait_finished(1).ending, Ending{});
  EXPECT_EQ(pool_.shortages(), (std::vector<std::int32_t>{EAGAIN, 0}));
}

}  // namespace
}  // namespace rota
