// The launcher as its coordinator meets it: grants, endings, output, leaving. Trees have a suite of their own.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <set>

#include "shared/limits.h"
#include "shared/wire/codec.h"
#include "tests/support/launcher_driver.h"
#include "tests/support/process_limit.h"

namespace rota {
namespace {

using test::attempt_of;
using test::LauncherDriver;
using Kind = Ending::Kind;

long peak_memory_kib(int pid) {
  const auto status = test::slurp("/proc/" + std::to_string(pid) + "/status");
  const auto at = status.find("VmHWM:");
  return at == std::string::npos ? -1 : std::stol(status.substr(at + 6));
}

TEST(Launcher, says_hello_first_and_leaves_when_told_and_idle) {
  LauncherDriver l({.seat = 3});
  EXPECT_EQ(l.hello().protocol, lane::kProtocol);
  EXPECT_EQ(l.hello().worker.seat, 3u);
  EXPECT_EQ(l.hello().worker.generation, 1u);
  EXPECT_EQ(l.hello().pid, l.pid());
  l.send(lane::down::End{});
  EXPECT_EQ(l.wait_gone().ending.value, 0);
}

TEST(Launcher, a_job_starts_ends_and_leaves_its_output_apart_by_stream) {
  LauncherDriver l;
  l.start(l.job(0, {"print", "out\n", "error", "err\n", "exit", "3"}));
  const auto r = l.finished(0);
  EXPECT_EQ(r.ending, (Ending{Kind::exited, 3}));
  EXPECT_EQ(r.output.segment, 7u);
  EXPECT_EQ(l.output(r, 0, output::Stream::out), "out\n");
  EXPECT_EQ(l.output(r, 0, output::Stream::err), "err\n");
  EXPECT_GE(r.ended, r.started);
  EXPECT_GT(r.started.ns, 0);
  EXPECT_GE(r.usage.cpu_us, 0);
  EXPECT_GT(l.started(0).pid, 0);
  ASSERT_FALSE(l.outputs().empty()) << "the growth of the segment is told before the end";
  EXPECT_EQ(l.outputs().back().end, r.output.last);
}

TEST(Launcher, p01_a_job_that_cannot_be_started_says_why) {
  LauncherDriver l;
  auto a = l.job(0, {});
  a.argv = {"no-such-program-of-rota"};
  l.start(a);
  const auto r = l.finished(0);
  EXPECT_EQ(r.ending, (Ending{Kind::spawn_failed, ENOENT}));
  EXPECT_NE(r.message.find("no-such-program-of-rota"), std::string::npos) << r.message;
  l.start(l.job(1, {"exit", "0"}));
  EXPECT_EQ(l.finished(1).ending, (Ending{Kind::exited, 0})) << "the launcher is unharmed";
}

TEST(Launcher, p17_a_missing_working_directory_log_directory_or_stdin_is_named) {
  LauncherDriver l;
  auto no_cwd = l.job(0, {});
  no_cwd.working_dir = l.scratch().path("gone");
  auto no_log = l.job(1, {});
  no_log.log.stdout_path = l.scratch().path("gone/log");
  auto no_stdin = l.job(2, {});
  no_stdin.stdin_plan = {lane::StdinPlan::Kind::file, l.scratch().path("gone")};
  for (auto* a : {&no_cwd, &no_log, &no_stdin}) l.start(*a);
  for (JobIndex n = 0; n < 3; ++n) {
    const auto r = l.finished(n);
    EXPECT_EQ(r.ending, (Ending{Kind::spawn_failed, ENOENT}));
    EXPECT_NE(r.message.find(l.scratch().path("gone")), std::string::npos) << r.message;
  }
}

TEST(Launcher, p13_stdin_is_empty_a_text_or_a_file) {
  LauncherDriver l;
  l.start(l.job(0, {"read-fd", "0", "print", "."}));
  auto text = l.job(1, {"read-fd", "0", "print", "."});
  text.stdin_plan = {lane::StdinPlan::Kind::text, std::string(limits::kStdinBytes, 'x')};
  l.start(text);
  std::ofstream(l.scratch().path("in")) << "from a file";
  auto file = l.job(2, {"read-fd", "0", "print", "."});
  file.stdin_plan = {lane::StdinPlan::Kind::file, l.scratch().path("in")};
  l.start(file);
  EXPECT_EQ(l.output(l.finished(0), 0), ".");
  EXPECT_EQ(l.output(l.finished(1), 1), std::string(limits::kStdinBytes, 'x') + ".");
  EXPECT_EQ(l.output(l.finished(2), 2), "from a file.");
}

TEST(Launcher, a_fifo_without_a_reader_as_log_fails_the_job_and_not_the_launcher) {
  LauncherDriver l;
  ASSERT_EQ(::mkfifo(l.scratch().path("fifo").c_str(), 0600), 0);
  auto a = l.job(0, {"print", "x"});
  a.log.stdout_path = l.scratch().path("fifo");
  l.start(a);
  EXPECT_EQ(l.finished(0).ending, (Ending{Kind::spawn_failed, ENXIO}));
}

TEST(Launcher, logs_go_to_files_on_request_and_a_retry_goes_on_where_the_first_ended) {
  LauncherDriver l;
  std::ofstream(l.scratch().path("log")) << "a long old text that must be gone";
  auto a = l.job(0, {"print", "one\n", "error", "two\n"});
  a.log.stdout_path = a.log.stderr_path = l.scratch().path("log");
  l.start(a);
  const auto r = l.finished(0);
  EXPECT_EQ(r.output.bytes, 0u);
  EXPECT_EQ(test::slurp(l.scratch().path("log")), "one\ntwo\n");
  auto retry = l.job(1, {"print", "again\n"});
  retry.id.number = 2;
  retry.log = a.log;
  l.start(retry);
  l.finished(1);
  EXPECT_EQ(test::slurp(l.scratch().path("log")), "one\ntwo\nagain\n");
}

TEST(Launcher, merged_streams_keep_their_order) {
  LauncherDriver l;
  auto a = l.job(0, {"print", "1", "error", "2", "print", "3"});
  a.log.merge = true;
  l.start(a);
  EXPECT_EQ(l.output(l.finished(0), 0, output::Stream::out), "123");
}

TEST(Launcher, the_job_sees_the_runs_environment_with_its_own_over_it) {
  LauncherDriver l({.env = {"A=run", "B=run"}});
  auto a = l.job(0, {"env", "A", "print", " ", "env", "B", "print", " ", "env", "ROTA_JOB_ID", "print", " ", "cwd"});
  a.env.push_back("B=job");
  l.start(a);
  EXPECT_EQ(l.output(l.finished(0), 0), "run job 1/job0 " + l.scratch().path());
}

TEST(Launcher, p16_a_job_of_the_launcher_starts_clean) {
  LauncherDriver l;
  l.start(l.job(0, {"self"}));
  const auto out = l.output(l.finished(0), 0);
  EXPECT_NE(out.find("SigBlk:\t0000000000000000"), std::string::npos) << out;
  EXPECT_NE(out.find("SigIgn:\t0000000000000000"), std::string::npos) << out;
  EXPECT_NE(out.find("umask 0022\nsession 1\nfds 0 1 2\n"), std::string::npos) << out;
}

TEST(Launcher, p14_exit_137_is_no_signal_9) {
  LauncherDriver l;
  l.start(l.job(0, {"exit", "137"}));
  l.start(l.job(1, {"crash", "9"}));
  EXPECT_EQ(l.finished(0).ending, (Ending{Kind::exited, 137}));
  EXPECT_EQ(l.finished(1).ending, (Ending{Kind::signalled, 9}));
}

TEST(Launcher, no_more_than_the_width_run_at_once_and_the_next_starts_when_one_ends) {
  LauncherDriver l({.width = 2});
  for (JobIndex n = 0; n < 3; ++n) l.start(l.job(n, {"wait-file", l.scratch().path("go" + std::to_string(n))}));
  l.started(0);
  l.started(1);
  std::ofstream(l.scratch().path("go1")) << "";
  l.finished(1);
  const auto third = l.started(2);
  EXPECT_GE(third.at, l.finished(1).ended) << "the third waited for the second to end";
  std::ofstream(l.scratch().path("go0")) << "";
  std::ofstream(l.scratch().path("go2")) << "";
  l.finished(0);
  l.finished(2);
}

TEST(Launcher, daemons_start_at_once_outside_the_width) {
  LauncherDriver l({.width = 1});
  l.start(l.job(0, {"wait-file", l.scratch().path("go")}));
  l.started(0);
  for (JobIndex n = 1; n <= 3; ++n) {
    auto d = l.job(n, {"pause"});
    d.daemon = true;
    l.start(d);
  }
  for (JobIndex n = 1; n <= 3; ++n) l.started(n);
  for (JobIndex n = 1; n <= 3; ++n)
    l.send(lane::down::Stop{attempt_of(n), StopCause::not_needed, 1'000'000'000, false});
  EXPECT_EQ(l.finished(2).ending.stopped_by, StopCause::not_needed);
  std::ofstream(l.scratch().path("go")) << "";
  EXPECT_EQ(l.finished(0).ending, (Ending{Kind::exited, 0}));
}

TEST(Launcher, what_has_not_begun_is_given_back_and_what_runs_is_not) {
  LauncherDriver l({.width = 1});
  l.start(l.job(0, {"wait-file", l.scratch().path("go")}));
  l.start(l.job(1, {"exit", "0"}));
  l.start(l.job(2, {"exit", "0"}));
  l.started(0);
  l.send(lane::down::Retract{attempt_of(0)});
  l.send(lane::down::Retract{attempt_of(1)});
  l.send(lane::down::Stop{attempt_of(2), StopCause::cancel_user, 0, false});
  EXPECT_EQ(l.finished(1).ending, (Ending{Kind::revoked, 0}));
  EXPECT_EQ(l.finished(2).ending, (Ending{Kind::revoked, 0, StopCause::cancel_user}));
  EXPECT_EQ(l.finished(1).started.ns, 0);
  std::ofstream(l.scratch().path("go")) << "";
  EXPECT_EQ(l.finished(0).ending, (Ending{Kind::exited, 0}));
}

TEST(Launcher, the_ready_text_is_reported_once_and_before_the_end) {
  LauncherDriver l;
  auto a =
      l.job(0, {"print", "starting... list", "print", "ening on 80\nlistening", "wait-file", l.scratch().path("go")});
  a.ready_text = "listening";
  l.start(a);
  l.ready(0);
  EXPECT_FALSE(l.is_finished(0));
  std::ofstream(l.scratch().path("go")) << "";
  l.finished(0);
}

TEST(Launcher, ready_text_of_a_job_that_ends_at_once_is_still_reported) {
  LauncherDriver l;
  auto a = l.job(0, {"error", "ready", "exit", "0"});
  a.ready_text = "ready";
  l.start(a);
  l.finished(0);
  EXPECT_TRUE(l.is_ready(0));
}

TEST(Launcher, a_timeout_stops_the_job_and_is_named) {
  LauncherDriver l;
  auto a = l.job(0, {"pause"});
  a.timeout_ns = 50'000'000;
  l.start(a);
  const auto r = l.finished(0);
  EXPECT_EQ(r.ending, (Ending{Kind::signalled, SIGTERM, StopCause::timeout}));
  EXPECT_GE((r.ended - r.started).count(), a.timeout_ns);
}

TEST(Launcher, a_stop_uses_the_jobs_own_signal_and_lets_it_end_in_its_own_way) {
  LauncherDriver l;
  auto a = l.job(0, {"on-signal", std::to_string(SIGINT), "42", "print", "set", "pause"});
  a.stop_signal = SIGINT;
  a.ready_text = "set";
  l.start(a);
  l.ready(0);
  l.send(lane::down::Stop{attempt_of(0), StopCause::cancel_user, a.grace_ns, false});
  EXPECT_EQ(l.finished(0).ending, (Ending{Kind::exited, 42, StopCause::cancel_user}));
}

TEST(Launcher, p09_an_exit_before_the_stop_is_not_a_stop) {
  LauncherDriver l;
  // The main process is gone, its grandchild holds the pipe: the attempt still drains when the stop arrives.
  l.start(l.job(0, {"grandchild-holds-output", l.scratch().path("pid"), "exit", "5"}));
  const int pid = l.started(0).pid;
  ASSERT_TRUE(test::eventually([&] { return !test::alive(pid); }));
  l.send(lane::down::Stop{attempt_of(0), StopCause::cancel_user, 0, true});
  EXPECT_EQ(l.finished(0).ending, (Ending{Kind::exited, 5}));
}

TEST(Launcher, p12_a_background_child_that_keeps_the_output_open_holds_the_end_for_the_bound_alone) {
  LauncherDriver l;
  l.start(l.job(0, {"print", "main\n", "grandchild-holds-output", l.scratch().path("pid"), "exit", "0"}));
  const auto r = l.finished(0);
  EXPECT_EQ(r.ending, (Ending{Kind::exited, 0}));
  EXPECT_EQ(l.output(r, 0), "main\n");
  const int left = std::stoi(test::slurp(l.scratch().path("pid")));
  EXPECT_TRUE(test::eventually([&] { return !test::alive(left); }));
}

TEST(Launcher, p12_a_job_that_closes_its_output_runs_on_to_its_own_end) {
  LauncherDriver l;
  l.start(l.job(0, {"close-all", "wait-file", l.scratch().path("go"), "exit", "4"}));
  l.started(0);
  std::ofstream(l.scratch().path("go")) << "";
  EXPECT_EQ(l.finished(0).ending, (Ending{Kind::exited, 4}));
}

TEST(Launcher, p10_a_flood_is_capped_its_end_is_kept_and_a_quiet_job_is_served_meanwhile) {
  LauncherDriver l({.width = 2});
  constexpr std::uint64_t flood = 64u << 20, cap = 1u << 20;
  l.start(l.job(0, {"flood", std::to_string(flood), "print", "the last words", "exit", "0"}));
  auto quiet = l.job(1, {"print", "quiet", "exit", "0"});
  l.start(quiet);
  EXPECT_EQ(l.output(l.finished(1), 1), "quiet");
  const long before = peak_memory_kib(l.pid());
  const auto r = l.finished(0);
  EXPECT_EQ(r.ending, (Ending{Kind::exited, 0}));
  EXPECT_EQ(r.output.bytes, cap + limits::kLogTailBytes);
  EXPECT_EQ(r.output.bytes + r.output.dropped, flood + 14);
  const auto kept = l.output(r, 0);
  EXPECT_EQ(kept.substr(kept.size() - 14), "the last words");
  EXPECT_LT(peak_memory_kib(l.pid()) - before, 8 << 10) << "memory does not follow the output";
  struct stat st {};
  ASSERT_EQ(::stat(l.segment().c_str(), &st), 0);
  EXPECT_LT(st.st_size, 2 << 20);
}

TEST(Launcher, o09_hundreds_of_jobs_leave_no_descriptor_no_zombie_and_each_has_one_ending) {
  LauncherDriver l({.width = 8});
  l.start(l.job(1000, {"exit", "0"}));
  l.finished(1000);  // descriptors that are made once are there now
  for (JobIndex n = 2000; n < 2008; ++n) l.start(l.job(n, {"wait-file", l.scratch().path("go")}));
  for (JobIndex n = 2000; n < 2008; ++n) l.started(n);
  std::ofstream(l.scratch().path("go")) << "";
  for (JobIndex n = 2000; n < 2008; ++n) l.finished(n);
  const int before = test::settled_descriptors(l.pid());
  for (JobIndex n = 0; n < 500; ++n) {
    auto a = l.job(n, {"exit", std::to_string(n % 5)});
    if (n % 7 == 0) a.argv = {"no-such-program-of-rota"};
    if (n % 11 == 0) a.stdin_plan = {lane::StdinPlan::Kind::text, "x"};
    l.start(a);
  }
  for (JobIndex n = 0; n < 500; ++n) {
    const auto expected =
        n % 7 == 0 ? Ending{Kind::spawn_failed, ENOENT} : Ending{Kind::exited, static_cast<int>(n % 5)};
    EXPECT_EQ(l.finished(n).ending, expected) << n;
  }
  EXPECT_TRUE(test::eventually([&] { return test::open_descriptors(l.pid()) <= before; })) << before;
  const auto children = "/proc/" + std::to_string(l.pid()) + "/task/" + std::to_string(l.pid()) + "/children";
  EXPECT_TRUE(test::eventually([&] { return test::slurp(children).empty(); }));
}

TEST(Launcher, p02_a_shortage_of_descriptors_makes_jobs_wait_and_fails_none) {
  LauncherDriver l;
  // What is opened at a first time is open by now; a sanitizer also takes two descriptors to look at a first object.
  l.start(l.job(7, {"exit", "0"}));
  l.finished(7);
  rlimit usual{};
  const auto files = static_cast<__rlimit_resource>(RLIMIT_NOFILE);
  ASSERT_EQ(::prlimit(l.pid(), files, nullptr, &usual), 0);
  const rlimit tight{static_cast<rlim_t>(test::settled_descriptors(l.pid()) + 1), usual.rlim_max};
  ASSERT_EQ(::prlimit(l.pid(), files, &tight, nullptr), 0);
  l.start(l.job(0, {"print", "in the end"}));
  l.start(l.job(1, {"exit", "0"}));
  ASSERT_TRUE(test::eventually([&] {
    l.take_words(10);
    return !l.notes().empty();
  }));
  EXPECT_NE(l.notes().front().text.find("waiting"), std::string::npos) << l.notes().front().text;
  ASSERT_EQ(::prlimit(l.pid(), files, &usual, nullptr), 0);
  EXPECT_EQ(l.output(l.finished(0), 0), "in the end");
  EXPECT_EQ(l.finished(1).ending, (Ending{Kind::exited, 0}));
  EXPECT_EQ(l.notes().size(), 1u) << "told once, not at every try";
}

TEST(Launcher, p02_a_limit_of_processes_makes_jobs_wait_uses_up_no_try_and_is_not_run_against) {
  LauncherDriver l;
  test::ProcessLimit limit(l.pid());
  if (!limit.there()) GTEST_SKIP() << limit.why_not();
  limit.close();
  const auto began = monotonic_now();
  l.start(l.job(0, {"print", "in the end"}));
  l.start(l.job(1, {"exit", "0"}));
  ASSERT_TRUE(test::eventually([&] {
    l.take_words(10);
    return limit.refusals() >= 4;
  }));
  const auto seconds = static_cast<std::uint64_t>((monotonic_now() - began) / std::chrono::seconds(1));
  EXPECT_LE(limit.refusals(), 10 + seconds) << "ever more seldom, and at last once a second";
  EXPECT_EQ(l.shortages(), std::vector<std::int32_t>{EAGAIN});
  EXPECT_FALSE(l.is_finished(0));
  limit.lift();
  EXPECT_EQ(l.output(l.finished(0), 0), "in the end");
  EXPECT_EQ(l.finished(1).ending, (Ending{Kind::exited, 0}));
  EXPECT_EQ(l.shortages(), (std::vector<std::int32_t>{EAGAIN, 0})) << "told once, and that it is over";
  EXPECT_EQ(l.notes().size(), 1u);
}

TEST(Launcher, p02_what_waits_for_a_process_can_be_taken_back) {
  LauncherDriver l;
  test::ProcessLimit limit(l.pid());
  if (!limit.there()) GTEST_SKIP() << limit.why_not();
  limit.close();
  l.start(l.job(0, {"exit", "0"}));
  ASSERT_TRUE(test::eventually([&] {
    l.take_words(10);
    return !l.shortages().empty();
  }));
  l.send(lane::down::Stop{attempt_of(0), StopCause::cancel_user, 0, false});
  EXPECT_EQ(l.finished(0).ending, (Ending{Kind::revoked, 0, StopCause::cancel_user}));
  EXPECT_TRUE(test::eventually([&] {
    l.take_words(10);
    return l.shortages().back() == 0;
  }));
}

TEST(Launcher, a_start_for_a_run_that_was_not_opened_is_refused) {
  LauncherDriver l;
  auto a = l.job(0, {"exit", "0"});
  a.id.task.run = 9;
  l.start(a);
  EXPECT_EQ(l.finished(0).ending.kind, Kind::bad_call);
}

TEST(Launcher, a_run_that_is_closed_while_a_job_runs_still_gets_its_output) {
  LauncherDriver l;
  l.start(l.job(0, {"wait-file", l.scratch().path("go"), "print", "late"}));
  l.started(0);
  l.send(lane::down::CloseRun{1});
  std::ofstream(l.scratch().path("go")) << "";
  EXPECT_EQ(l.output(l.finished(0), 0), "late");
}

TEST(Launcher, end_lets_what_was_granted_run_to_its_end) {
  LauncherDriver l;
  for (JobIndex n = 0; n < 5; ++n) l.start(l.job(n, {"print", "x"}));
  l.end();
  EXPECT_EQ(l.finished_count(), 5u);
}

TEST(Launcher, everything_is_stopped_when_the_coordinator_is_gone) {
  LauncherDriver l({.width = 2});
  l.start(l.job(0, {"pause"}));
  auto stubborn = l.job(1, {"ignore", std::to_string(SIGTERM), "print", "set", "pause"});
  stubborn.ready_text = "set";
  stubborn.grace_ns = 100'000'000;
  l.start(stubborn);
  l.start(l.job(2, {"write-file", l.scratch().path("must-not-run"), "x"}));
  const int first = l.started(0).pid, second = l.started(1).pid;
  l.ready(1);
  l.hang_up();
  EXPECT_EQ(l.wait_gone().ending.value, 0);
  EXPECT_FALSE(test::alive(first));
  EXPECT_FALSE(test::alive(second));
  EXPECT_EQ(test::slurp(l.scratch().path("must-not-run")), "");
}

TEST(Launcher, sigterm_gives_back_what_has_not_begun_stops_what_runs_and_leaves) {
  LauncherDriver l;
  l.start(l.job(0, {"pause"}));
  l.start(l.job(1, {"exit", "0"}));
  l.started(0);
  ASSERT_EQ(::kill(l.pid(), SIGTERM), 0);
  EXPECT_EQ(l.finished(1).ending.kind, Kind::revoked);
  EXPECT_EQ(l.finished(0).ending, (Ending{Kind::signalled, SIGTERM, StopCause::cancel_user}));
  EXPECT_EQ(l.wait_gone().ending.value, 0);
}

TEST(Launcher, words_that_cannot_be_read_stop_everything) {
  LauncherDriver l;
  l.start(l.job(0, {"pause"}));
  const int pid = l.started(0).pid;
  lane::Down start = lane::down::Start{l.job(1, {})};
  auto evil = wire::encoded(start);
  evil.resize(evil.size() / 2);
  l.send_raw(evil);
  EXPECT_EQ(l.wait_gone().ending.value, 0);
  EXPECT_FALSE(test::alive(pid));
}

TEST(Launcher, a_launcher_that_is_killed_leaves_no_main_process) {
  LauncherDriver l;
  l.start(l.job(0, {"pause"}));
  const int pid = l.started(0).pid;
  ASSERT_EQ(::kill(l.pid(), SIGKILL), 0);
  EXPECT_EQ(l.wait_gone().ending, (Ending{Kind::signalled, SIGKILL}));
  EXPECT_TRUE(test::eventually([&] { return !test::alive(pid); }));
}

}  // namespace
}  // namespace rota
