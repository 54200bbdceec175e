// One child process: how it starts, what it inherits, how a failure to start is named.
#include "shared/process/spawn.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "tests/support/scratch.h"

namespace rota::process {
namespace {

using test::Scratch;

std::string child_program() { return test::program("rota-test-child"); }

void write_script(const std::string& path, const std::string& text, mode_t mode) {
  std::ofstream(path) << text;
  ASSERT_EQ(::chmod(path.c_str(), mode), 0);
}

Exit wait_for(const Child& child) {
  pollfd p{child.pidfd.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&p, 1, 20'000), 1) << "the child did not end";
  auto exit = reap(child);
  EXPECT_TRUE(exit);
  return *exit;
}

struct Ran {
  Exit exit;
  std::string out;
};

/// Runs to the end with stdout in a file: no pipe that could fill.
Ran run(SpawnSpec spec) {
  Scratch scratch;
  auto out = posix::open_file(scratch.path("out"), O_RDWR | O_CREAT);
  EXPECT_TRUE(out);
  spec.stdout_fd = out->get();
  auto child = spawn(spec);
  EXPECT_TRUE(child) << (child ? "" : to_text(child.error()));
  if (!child) return {};
  Ran ran{wait_for(*child), {}};
  ran.out = test::slurp(scratch.path("out"));
  return ran;
}

bool no_children_left() { return ::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD; }

TEST(Spawn, a_child_ends_with_its_status_and_usage) {
  const auto ran = run({{child_program(), "print", "hello", "exit", "7"}});
  EXPECT_EQ(ran.exit.ending.kind, Ending::Kind::exited);
  EXPECT_EQ(ran.exit.ending.value, 7);
  EXPECT_EQ(ran.out, "hello");
  EXPECT_GE(ran.exit.usage.cpu_us, 0);
  EXPECT_GT(ran.exit.usage.max_rss_kib, 0);
  EXPECT_TRUE(no_children_left());
}

TEST(Spawn, p14_exit_137_and_signal_9_are_told_apart) {
  const auto exited = run({{child_program(), "exit", "137"}}).exit.ending;
  EXPECT_EQ(exited.kind, Ending::Kind::exited);
  EXPECT_EQ(exited.value, 137);
  const auto killed = run({{child_program(), "crash", "9"}}).exit.ending;
  EXPECT_EQ(killed.kind, Ending::Kind::signalled);
  EXPECT_EQ(killed.value, 9);
}

TEST(Spawn, p01_every_failure_to_start_is_named_and_leaves_no_zombie) {
  Scratch scratch;
  write_script(scratch.path("not_executable"), "#!/bin/sh\n", 0644);
  write_script(scratch.path("no_interpreter"), "#!/no/such/interpreter\n", 0755);
  write_script(scratch.path("no_magic"), "just text\n", 0755);
  write_script(scratch.path("busy"), "#!/bin/sh\n", 0755);
  const auto writer = posix::open_file(scratch.path("busy"), O_WRONLY);
  struct Row {
    const char* what;
    std::vector<std::string> argv;
    int expected;
  };
  const Row table[] = {
      {"a path that is not there", {scratch.path("nope")}, ENOENT},
      {"a name that PATH does not have", {"no-such-program-of-rota"}, ENOENT},
      {"an empty name", {""}, ENOENT},
      {"a file without the x bit", {scratch.path("not_executable")}, EACCES},
      {"a directory", {scratch.path()}, EACCES},
      {"a part of the path is a file", {scratch.path("busy/x")}, ENOTDIR},
      {"text without #!", {scratch.path("no_magic")}, ENOEXEC},
      {"an interpreter that is not there", {scratch.path("no_interpreter")}, ENOENT},
      {"one argument beyond the kernel's limit", {"/bin/true", std::string(256 << 10, 'x')}, E2BIG},
      {"a file that is open for writing", {scratch.path("busy")}, ETXTBSY},
  };
  (void)run({{child_program(), "exit", "0"}});  // what is opened once and for all is open by now
  const int before = test::open_descriptors();
  for (const auto& row : table) {
    SpawnSpec spec{row.argv};
    spec.env = {"PATH=/usr/bin:/bin"};
    const auto child = spawn(spec);
    ASSERT_FALSE(child) << row.what;
    EXPECT_EQ(child.error().os_errno, row.expected) << row.what << ": " << to_text(child.error());
    EXPECT_NE(child.error().what.find("exec"), std::string::npos) << to_text(child.error());
    EXPECT_TRUE(no_children_left()) << row.what;
  }
  EXPECT_EQ(test::open_descriptors(), before);
}

TEST(Spawn, p01_a_missing_interpreter_is_told_apart_from_a_missing_program) {
  Scratch scratch;
  write_script(scratch.path("script"), "#!/no/such/interpreter\n", 0755);
  const auto child = spawn({{scratch.path("script")}});
  ASSERT_FALSE(child);
  EXPECT_NE(to_text(child.error()).find("interpreter"), std::string::npos) << to_text(child.error());
}

TEST(Spawn, p16_a_job_starts_clean) {
  sigset_t some, before;
  sigemptyset(&some);
  sigaddset(&some, SIGUSR1);
  sigaddset(&some, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &some, &before);
  const auto old_pipe = ::signal(SIGPIPE, SIG_IGN);
  const auto old_hup = ::signal(SIGHUP, SIG_IGN);
  const mode_t old_mask = ::umask(0077);
  const int leak = ::open("/dev/null", O_RDONLY);  // without CLOEXEC, as a careless library would
  const auto ran = run({{child_program(), "self"}});
  ::close(leak);
  ::umask(old_mask);
  ::signal(SIGPIPE, old_pipe);
  ::signal(SIGHUP, old_hup);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  EXPECT_NE(ran.out.find("SigBlk:\t0000000000000000"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("SigIgn:\t0000000000000000"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("umask 0022"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("session 1"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("fds 0 1 2\n"), std::string::npos) << ran.out;
}

TEST(Spawn, p17_a_working_directory_that_is_missing_or_closed_is_named) {
  Scratch scratch;
  SpawnSpec spec{{"/bin/true"}};
  spec.working_dir = scratch.path("gone");
  auto child = spawn(spec);
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().os_errno, ENOENT);
  EXPECT_EQ(child.error().where, scratch.path("gone"));
  EXPECT_EQ(child.error().what.substr(0, 5), "chdir");
  spec.working_dir = "/etc/passwd";
  child = spawn(spec);
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().os_errno, ENOTDIR);
  EXPECT_TRUE(no_children_left());
}

TEST(Spawn, p13_a_job_without_stdin_reads_the_end_at_once) {
  const auto ran = run({{child_program(), "read-fd", "0", "print", "end"}});
  EXPECT_EQ(ran.out, "end");
}

TEST(Spawn, the_program_is_looked_up_in_the_path_of_the_child) {
  Scratch scratch;
  SpawnSpec spec{{"rota-test-child", "print", "found"}};
  const auto bin = child_program();
  spec.env = {"PATH=/nowhere:" + bin.substr(0, bin.rfind('/'))};
  EXPECT_EQ(run(spec).out, "found");
}

TEST(Spawn, an_unreadable_file_in_path_does_not_hide_a_later_one_and_is_told_when_there_is_none) {
  Scratch scratch;
  write_script(scratch.path("rota-test-child"), "#!/bin/sh\n", 0644);
  const auto bin = child_program();
  SpawnSpec spec{{"rota-test-child", "print", "second"}};
  spec.env = {"PATH=" + scratch.path() + ":" + bin.substr(0, bin.rfind('/'))};
  EXPECT_EQ(run(spec).out, "second");
  spec.env = {"PATH=" + scratch.path() + ":/nowhere"};
  const auto child = spawn(spec);
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().os_errno, EACCES);
}

TEST(Spawn, the_last_of_equal_variables_counts) {
  SpawnSpec spec{{child_program(), "env", "A", "print", "-", "env", "HOME"}};
  spec.env = {"A=first", "B=x", "A=last"};
  EXPECT_EQ(run(spec).out, "last-(none)");
}

TEST(Spawn, extra_descriptors_arrive_at_their_numbers_even_when_numbers_overlap) {
  Scratch scratch;
  std::vector<posix::Fd> files;
  for (int i = 0; i < 6; ++i) {
    std::ofstream(scratch.path(std::to_string(i))) << i;
    files.push_back(std::move(*posix::open_file(scratch.path(std::to_string(i)), O_RDONLY)));
  }
  // Targets are the numbers of other sources, in a ring: no order of dup2 alone could do it.
  SpawnSpec spec{{child_program()}};
  for (std::size_t i = 0; i < files.size(); ++i) {
    spec.extra_fds.emplace_back(files[i].get(), files[(i + 1) % files.size()].get());
  }
  for (const auto& f : files) {
    spec.argv.push_back("read-fd");
    spec.argv.push_back(std::to_string(f.get()));
  }
  EXPECT_EQ(run(spec).out, "501234");
}

TEST(Spawn, a_descriptor_that_is_already_at_its_number_stays_open) {
  Scratch scratch;
  std::ofstream(scratch.path("x")) << "kept";
  const auto file = posix::open_file(scratch.path("x"), O_RDONLY);
  SpawnSpec spec{{child_program(), "read-fd", std::to_string(file->get())}};
  spec.extra_fds = {{file->get(), file->get()}};
  EXPECT_EQ(run(spec).out, "kept");
}

TEST(Spawn, swapped_standard_streams_arrive_swapped) {
  Scratch scratch;
  const auto file = posix::open_file(scratch.path("x"), O_RDWR | O_CREAT);
  const int saved = ::dup(1);
  ::dup2(file->get(), 1);
  SpawnSpec spec{{child_program(), "error", "to the file"}};
  spec.stdout_fd = 2;
  spec.stderr_fd = 1;
  auto child = spawn(spec);
  ::dup2(saved, 1);
  ::close(saved);
  ASSERT_TRUE(child);
  wait_for(*child);
  EXPECT_EQ(test::slurp(scratch.path("x")), "to the file");
}

TEST(Spawn, the_oom_score_is_set_before_exec) {
  SpawnSpec spec{{"/bin/cat", "/proc/self/oom_score_adj"}};
  spec.oom_score_adj = 500;
  EXPECT_EQ(run(spec).out, "500\n");
}

TEST(Spawn, a_child_dies_with_the_thread_that_started_it_when_asked) {
  Result<Child> child = fail(Code::internal, "not started");
  std::thread([&] {
    SpawnSpec spec{{child_program(), "pause"}};
    spec.parent_death_signal = SIGKILL;
    child = spawn(spec);
  }).join();
  ASSERT_TRUE(child);
  const auto ending = wait_for(*child).ending;
  EXPECT_EQ(ending.kind, Ending::Kind::signalled);
  EXPECT_EQ(ending.value, SIGKILL);
}

TEST(Spawn, a_signal_to_a_child_that_is_gone_reaches_nobody) {
  auto child = spawn({{child_program(), "pause"}});
  ASSERT_TRUE(child);
  EXPECT_TRUE(signal(*child, SIGTERM));
  EXPECT_EQ(wait_for(*child).ending.value, SIGTERM);
  EXPECT_FALSE(signal(*child, SIGTERM));
}

TEST(Spawn, o12_many_threads_spawn_at_once) {
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) {
        const auto child = spawn({{"/bin/true"}});
        if (child && wait_for(*child).ending.value == 0) ++good;
      }
    });
  }
  for (auto& t : threads) t.join();
  EXPECT_EQ(good, 200);
}

TEST(Spawn, o09_a_thousand_children_that_end_together_are_all_reaped) {
  rlimit files{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  files.rlim_cur = files.rlim_max;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
  auto gate = posix::make_pipe();
  ASSERT_TRUE(gate);
  std::vector<Child> children;
  for (int i = 0; i < 1000; ++i) {
    SpawnSpec spec{{child_program(), "read-fd", "0", "exit", std::to_string(i % 7)}};
    spec.stdin_fd = gate->first.get();
    auto child = spawn(spec);
    ASSERT_TRUE(child) << i << ": " << to_text(child.error());
    children.push_back(std::move(*child));
  }
  gate->second.reset();  // end of file for all of them at once
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(wait_for(children[static_cast<std::size_t>(i)]).ending.value, i % 7);
  EXPECT_TRUE(no_children_left());
}

}  // namespace
}  // namespace rota::process
