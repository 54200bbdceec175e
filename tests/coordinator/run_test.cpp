// The coordinator with real workers: from a plan to its history.
#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <csignal>

#include "scheduler/daemon/orphans.h"
#include "scheduler/store/history.h"
#include "shared/wire/codec.h"
#include "tests/coordinator/world.h"
#include "tests/support/scratch.h"

namespace rota::test {
namespace {

std::size_t place_of(const std::vector<JobIndex>& ended, JobIndex job) {
  return static_cast<std::size_t>(std::find(ended.begin(), ended.end(), job) - ended.begin());
}

TEST(Coordinator, one_target_runs_in_all_three_modes_and_its_output_is_told) {
  World world;
  const auto end = world.run(R"(
jobs:
  a: {target: print_numbers, args: [3], kwargs: {delay: 1ms}, mode: thread}
  b: {target: print_numbers, args: [3], kwargs: {delay: 1ms}, mode: process}
  c: {target: print_numbers, args: [3], kwargs: {delay: 1ms}, mode: async}
  report: {run: echo all done, needs: [a, b, c]}
)");
  EXPECT_EQ(end.view.summary.outcome, Outcome::succeeded);
  for (JobIndex job = 0; job < 3; ++job) EXPECT_EQ(world.seen.output[job], "1\n2\n3\n") << job;
  EXPECT_EQ(world.seen.output[3], "all done\n");
  ASSERT_EQ(world.seen.ended.size(), 4u);
  EXPECT_EQ(world.seen.ended.back(), 3u);
  EXPECT_TRUE(daemon::child_pids().empty());
}

TEST(Coordinator, an_environment_that_no_worker_could_be_told_is_refused_before_there_is_a_run) {
  World world;
  control::ForegroundOptions options;
  options.state_directory = world.directory + "/state";
  for (int i = 0; i < 10; ++i) options.env.push_back("V" + std::to_string(i) + "=" + std::string(120'000, 'v'));
  const auto end = daemon::run_foreground(world.plan("jobs: {a: {command: ['true']}}"), options, world.seen);
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, Code::refused);
  EXPECT_NE(end.error().what.find("1200120 bytes (10 variables), the limit is 524288 (argv_bytes)"), std::string::npos)
      << end.error().what;
  EXPECT_EQ(world.seen.run_, 0u);
}

TEST(Coordinator, a_command_and_a_shell_text_run_in_all_three_modes) {
  World world;
  const auto end = world.run(R"(
env: {WHO: world}
jobs:
  a: {run: 'echo "$GREETING $WHO $1"', args: [x], mode: thread}
  b: {run: 'echo "$GREETING $WHO $1"', args: [x], mode: process}
  c: {run: 'echo "$GREETING $WHO $1"', args: [x], mode: async}
  d: {command: [printenv, ROTA_JOB_ID], mode: thread}
  e: {command: [printenv, ROTA_JOB_ID], mode: process}
  f: {command: [printenv, ROTA_JOB_ID], mode: async}
)");
  EXPECT_EQ(end.view.summary.outcome, Outcome::succeeded);
  for (JobIndex job = 0; job < 3; ++job) EXPECT_EQ(world.seen.output[job], "hello world x\n") << job;
  EXPECT_EQ(world.seen.output[3], "1/d\n");
  EXPECT_EQ(world.seen.output[4], "1/e\n");
  EXPECT_EQ(world.seen.output[5], "1/f\n");
}

TEST(Coordinator, what_it_left_behind_reads_the_same_as_what_it_returned) {
  World world;
  const auto end = world.run(R"(
jobs:
  good: {run: echo out; echo err >&2}
  bad: {run: exit 7}
  after: {run: 'true', needs: bad}
)");
  EXPECT_EQ(end.view.summary.outcome, Outcome::failed);
  const auto sight = store::view(world.directory + "/state", end.run);
  ASSERT_TRUE(sight) << to_text(sight.error());
  EXPECT_EQ(wire::encoded(sight->view), wire::encoded(end.view));
  EXPECT_EQ(outcome_of(sight->view, 1), Outcome::failed);
  EXPECT_EQ(to_text(sight->view.jobs[1].tasks[0].reason), "exit:7");
  EXPECT_EQ(outcome_of(sight->view, 2), Outcome::upstream_failed);
}

TEST(Coordinator, hundreds_of_jobs_in_every_mode_all_end_once_with_their_own_output) {
  World world;
  std::string yaml = "jobs:\n";
  const char* modes[] = {"thread", "process", "async"};
  for (int i = 0; i < 300; ++i) {
    yaml += "  j" + std::to_string(i) + ": {target: echo, args: [\"line " + std::to_string(i) +
            "\"], mode: " + modes[i % 3] + "}\n";
  }
  const auto end = world.run(yaml);
  EXPECT_EQ(end.view.summary.outcome, Outcome::succeeded);
  EXPECT_EQ(world.seen.ended.size(), 300u);
  for (JobIndex job = 0; job < 300; ++job) EXPECT_EQ(world.seen.output[job], "line " + std::to_string(job) + "\n");
}

TEST(Coordinator, w02_a_busy_pool_worker_that_is_killed_is_replaced_and_its_work_is_done) {
  World world;
  bool killed = false;
  world.seen.on_record = [&](const core::Record& record) {
    const auto* start = std::get_if<core::record::Started>(&record.fact);
    if (!start || killed || start->attempt.task.job != 0) return;
    killed = true;
    for (const int pid : daemon::child_pids()) ::kill(pid, SIGKILL);
  };
  const auto end = world.run(R"(
workers: {pool: 1, threads: 2}
jobs:
  a: {target: sleep, args: [300ms], mode: thread}
  b: {target: sleep, args: [300ms], mode: async}
  c: {target: echo, args: [late], mode: thread, needs: a}
)");
  EXPECT_TRUE(killed);
  EXPECT_EQ(end.view.summary.outcome, Outcome::succeeded);
  const auto& attempts = end.view.jobs[0].tasks[0].attempts;
  ASSERT_EQ(attempts.size(), 2u);
  EXPECT_EQ(attempts[0].outcome, Outcome::interrupted);
  EXPECT_EQ(attempts[1].outcome, Outcome::succeeded);
}

TEST(Coordinator, a_stop_signal_cancels_the_run_and_leaves_no_process) {
  World world;
  world.seen.on_record = [](const core::Record& record) {
    const auto* start = std::get_if<core::record::Started>(&record.fact);
    if (start && start->attempt.task.job == 2) ::kill(::getpid(), SIGINT);
  };
  const auto end = world.run(R"(
jobs:
  a: {target: sleep, args: [1h], mode: thread}
  b: {target: sleep, args: [1h], mode: async}
  c: {run: sleep 3600, needs: {a: started, b: started}}
  d: {run: 'true', needs: c}
)",
                             true);
  EXPECT_EQ(end.signal, SIGINT);
  EXPECT_EQ(world.seen.interrupts, 1);
  EXPECT_EQ(end.view.summary.outcome, Outcome::cancelled);
  for (std::size_t job = 0; job < 4; ++job) EXPECT_EQ(outcome_of(end.view, job), Outcome::cancelled) << job;
  EXPECT_TRUE(daemon::child_pids().empty());
}

/// A port that was free a moment ago.
int free_port() {
  const posix::Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  return ntohs(address.sin_port);
}

TEST(Coordinator, a_daemon_is_ready_when_its_port_accepts_and_ends_after_its_last_consumer) {
  World world;
  const auto port = std::to_string(free_port());
  const auto end = world.run("jobs:\n"
                             "  server:\n"
                             "    command: [" + program("rota-test-child") + ", listen, '" + port + "', pause]\n"
                             "    daemon: true\n"
                             "    ready: {tcp: '127.0.0.1:" + port + "'}\n"
                             "  client:\n"
                             "    target: tcp_wait\n"
                             "    args: ['127.0.0.1:" + port + "']\n"
                             "    needs: {server: ready}\n");
  EXPECT_EQ(end.view.summary.outcome, Outcome::succeeded) << world.seen.output[0] << world.seen.output[1];
  EXPECT_EQ(outcome_of(end.view, 0), Outcome::succeeded);
  EXPECT_EQ(to_text(end.view.jobs[0].tasks[0].reason), "not-needed");
  EXPECT_EQ(place_of(world.seen.ended, 1), 0u) << "the client ends first";
}

}  // namespace
}  // namespace rota::test
