// The whole tree of an attempt ends with it: every test at both levels, cgroup and proc.
#include "shared/process/tree.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/process/at_level.h"
#include "tests/support/eventually.h"
#include "tests/support/launcher_driver.h"
#include "tests/support/walk.h"

namespace rota {
namespace {

using test::attempt_of;
using test::kPatience;
using test::LauncherDriver;
using test::Scratch;
using Kind = Ending::Kind;

constexpr std::int64_t kMs = 1'000'000;

class Tree : public test::AtLevel {
 protected:
  test::LauncherOptions options(std::uint32_t width = 1) const { return options_at(77, width); }
  static int pid_in(const std::string& path) { return std::stoi(test::slurp(path)); }
  static bool gone(int pid) {
    return test::eventually([&] { return !test::alive(pid); });
  }
};
INSTANTIATE_TEST_SUITE_P(At, Tree, testing::Values("cgroup", "proc"),
                         [](const auto& at) { return std::string(at.param); });

TEST_P(Tree, the_level_is_the_one_that_was_asked_for) {
  LauncherDriver l(options());
  EXPECT_EQ(l.hello().tree_level, GetParam());
}

TEST_P(Tree, a_place_whose_tree_was_killed_serves_the_next_attempt) {
  LauncherDriver l(options());
  for (std::uint32_t i = 0; i < 3; ++i) {
    auto stopped = l.job(2 * i, {"print", "set", "pause"});
    stopped.ready_text = "set";
    l.start(stopped);
    l.ready(2 * i);
    l.send(lane::down::Stop{attempt_of(2 * i), StopCause::cancel_user, 0, true});
    l.finished(2 * i);
    l.start(l.job(2 * i + 1, {"exit", "3"}));
    EXPECT_EQ(l.finished(2 * i + 1).ending, (Ending{Kind::exited, 3}));
  }
}

TEST_P(Tree, p03_a_job_that_ignores_the_stop_signal_is_killed_at_the_end_of_the_grace) {
  LauncherDriver l(options());
  auto a = l.job(0, {"ignore", std::to_string(SIGTERM), "print", "set", "pause"});
  a.ready_text = "set";
  l.start(a);
  l.ready(0);
  l.send(lane::down::Stop{attempt_of(0), StopCause::cancel_user, 50 * kMs, false});
  const auto r = l.finished(0);
  EXPECT_EQ(r.ending, (Ending{Kind::signalled, SIGKILL, StopCause::cancel_user, true}));
  EXPECT_TRUE(gone(l.started(0).pid));
}

TEST_P(Tree, p03_a_second_stop_that_says_now_does_not_wait_for_the_grace) {
  LauncherDriver l(options());
  auto a = l.job(0, {"ignore", std::to_string(SIGTERM), "print", "set", "pause"});
  a.ready_text = "set";
  l.start(a);
  l.ready(0);
  l.send(lane::down::Stop{attempt_of(0), StopCause::cancel_user, 3'600'000 * kMs, false});
  l.send(lane::down::Stop{attempt_of(0), StopCause::run_timeout, 0, true});
  EXPECT_EQ(l.finished(0).ending, (Ending{Kind::signalled, SIGKILL, StopCause::cancel_user, true}));
}

TEST_P(Tree, p03_a_later_stop_may_shorten_the_grace) {
  LauncherDriver l(options());
  auto a = l.job(0, {"ignore", std::to_string(SIGTERM), "print", "set", "pause"});
  a.ready_text = "set";
  l.start(a);
  l.ready(0);
  l.send(lane::down::Stop{attempt_of(0), StopCause::cancel_user, 3'600'000 * kMs, false});
  l.send(lane::down::Stop{attempt_of(0), StopCause::cancel_user, 50 * kMs, false});
  EXPECT_TRUE(l.finished(0).ending.forced);
}

TEST_P(Tree, p04_a_daemon_that_left_by_setsid_and_double_fork_is_killed_when_its_job_ends) {
  LauncherDriver l(options());
  l.start(l.job(0, {"daemon-keep-env", l.scratch().path("pid"), "exit", "0"}));
  EXPECT_EQ(l.finished(0).ending, (Ending{Kind::exited, 0}));
  EXPECT_FALSE(test::alive(pid_in(l.scratch().path("pid")))) << "gone before the end is told";
}

TEST_P(Tree, p04_a_daemon_that_forgot_its_environment_too_is_killed_when_its_job_ends) {
  LauncherDriver l(options());
  l.start(l.job(0, {"daemon", l.scratch().path("pid"), "exit", "0"}));
  l.finished(0);
  EXPECT_TRUE(gone(pid_in(l.scratch().path("pid"))));
}

TEST_P(Tree, p04_a_daemon_is_killed_with_its_job_while_others_go_on) {
  LauncherDriver l(options(2));
  l.start(l.job(0, {"daemon-keep-env", l.scratch().path("other"), "print", "up", "pause"}));
  l.start(l.job(1, {"wait-file", l.scratch().path("other"), "daemon-keep-env", l.scratch().path("pid"), "exit", "0"}));
  l.finished(1);
  EXPECT_FALSE(test::alive(pid_in(l.scratch().path("pid"))));
  EXPECT_TRUE(test::alive(pid_in(l.scratch().path("other"))));
  EXPECT_TRUE(test::alive(l.started(0).pid));
  l.send(lane::down::Stop{attempt_of(0), StopCause::cancel_user, 10'000 * kMs, false});
  EXPECT_EQ(l.finished(0).ending, (Ending{Kind::signalled, SIGTERM, StopCause::cancel_user}));
  EXPECT_FALSE(test::alive(pid_in(l.scratch().path("other"))));
}

TEST_P(Tree, p04_a_daemon_that_takes_long_to_die_is_dead_before_the_end_is_told) {
  LauncherDriver l(options());
  l.start(l.job(0, {"fill", "192", "daemon-keep-env", l.scratch().path("pid"), "exit", "0"}));
  l.finished(0);
  EXPECT_FALSE(test::alive(pid_in(l.scratch().path("pid")))) << "its memory and environment go before it is dead";
}

TEST_P(Tree, p04_one_that_can_be_named_for_no_job_is_killed_when_the_launcher_is_idle) {
  LauncherDriver l(options(2));
  l.start(l.job(0, {"wait-file", l.scratch().path("go")}));
  l.start(l.job(1, {"daemon", l.scratch().path("pid"), "exit", "0"}));
  l.finished(1);
  const int stray = pid_in(l.scratch().path("pid"));
  if (GetParam() == std::string("cgroup")) {
    EXPECT_FALSE(test::alive(stray)) << "a cgroup is not left by forgetting";
  } else {
    EXPECT_TRUE(test::eventually([&] {
      l.take_words(10);
      return std::any_of(l.notes().begin(), l.notes().end(), [&](const auto& note) {
        return note.text.find(std::to_string(stray)) != std::string::npos &&
               note.text.find("escaped") != std::string::npos;
      });
    }));
    EXPECT_TRUE(test::alive(stray)) << "it could belong to the job that still runs";
  }
  std::ofstream(l.scratch().path("go")) << "";
  l.finished(0);
  EXPECT_TRUE(gone(stray));
}

TEST_P(Tree, a_kill_reaches_children_in_other_sessions) {
  LauncherDriver l(options());
  auto a = l.job(0, {"daemon", l.scratch().path("pid"), "grandchild-holds-output", l.scratch().path("near"), "print",
                     "set", "ignore", std::to_string(SIGTERM), "pause"});
  a.ready_text = "set";
  l.start(a);
  l.ready(0);
  l.send(lane::down::Stop{attempt_of(0), StopCause::cancel_user, 0, true});
  l.finished(0);
  EXPECT_FALSE(test::alive(pid_in(l.scratch().path("near"))));
  EXPECT_TRUE(gone(pid_in(l.scratch().path("pid"))));
}

bool stands_still(int pid) {
  return test::eventually([pid] { return test::slurp("/proc/" + std::to_string(pid) + "/stat").find(") T ") !=
                                         std::string::npos; });
}

TEST_P(Tree, p07_a_job_that_stopped_itself_is_woken_to_hear_the_stop_signal) {
  LauncherDriver l(options());
  auto a = l.job(0, {"on-signal", std::to_string(SIGTERM), "9", "print", "set", "stop-self", "pause"});
  a.ready_text = "set";
  l.start(a);
  l.ready(0);
  ASSERT_TRUE(stands_still(l.started(0).pid));
  l.send(lane::down::Stop{attempt_of(0), StopCause::cancel_user, 3'600'000 * kMs, false});
  EXPECT_EQ(l.finished(0).ending, (Ending{Kind::exited, 9, StopCause::cancel_user}));
}

TEST_P(Tree, p07_a_job_that_stopped_itself_and_hears_nothing_is_killed) {
  LauncherDriver l(options());
  auto a = l.job(0, {"ignore", std::to_string(SIGTERM), "print", "set", "stop-self", "stop-self", "pause"});
  a.ready_text = "set";
  l.start(a);
  l.ready(0);
  ASSERT_TRUE(stands_still(l.started(0).pid));
  l.send(lane::down::Stop{attempt_of(0), StopCause::cancel_user, 50 * kMs, false});
  EXPECT_EQ(l.finished(0).ending, (Ending{Kind::signalled, SIGKILL, StopCause::cancel_user, true}));
}

TEST_P(Tree, p07_a_job_that_stopped_itself_is_woken_when_its_time_is_over) {
  LauncherDriver l(options());
  auto a = l.job(0, {"on-signal", std::to_string(SIGTERM), "9", "print", "set", "stop-self", "pause"});
  a.timeout_ns = 3000 * kMs;  // much longer than it takes to stop
  a.grace_ns = 3'600'000 * kMs;
  l.start(a);
  EXPECT_EQ(l.finished(0).ending, (Ending{Kind::exited, 9, StopCause::timeout}));
}

TEST_P(Tree, orphans_that_die_while_their_job_runs_are_buried) {
  LauncherDriver l(options());
  auto a = l.job(0, {"orphans", "50", "print", "set", "wait-file", l.scratch().path("go")});
  a.ready_text = "set";
  l.start(a);
  l.ready(0);
  const auto only_child = std::to_string(l.started(0).pid) + " ";
  const auto children = "/proc/" + std::to_string(l.pid()) + "/task/" + std::to_string(l.pid()) + "/children";
  EXPECT_TRUE(test::eventually([&] { return test::slurp(children) == only_child; })) << test::slurp(children);
  std::ofstream(l.scratch().path("go")) << "";
  EXPECT_EQ(l.finished(0).ending, (Ending{Kind::exited, 0}));
}

TEST_P(Tree, nothing_is_left_when_the_coordinator_is_gone) {
  LauncherDriver l(options(2));
  for (JobIndex n = 0; n < 2; ++n) {
    const auto name = std::to_string(n);
    auto a = l.job(n, {n == 0 ? "daemon" : "daemon-keep-env", l.scratch().path(name), "print", "set", "pause"});
    a.ready_text = "set";
    a.grace_ns = 100 * kMs;
    l.start(a);
    l.ready(n);
  }
  const int main = l.started(0).pid;
  l.hang_up();
  l.wait_gone();
  EXPECT_FALSE(test::alive(main));
  EXPECT_FALSE(test::alive(pid_in(l.scratch().path("0"))));
  EXPECT_FALSE(test::alive(pid_in(l.scratch().path("1"))));
}

// ---- cgroup directories ----

TEST(CgroupLevel, directories_are_reused_and_removed_at_the_end) {
  if (const auto home = process::cgroup_home(); !home) GTEST_SKIP() << to_text(home.error());
  LauncherDriver l({.seat = 5, .width = 3});
  for (JobIndex n = 0; n < 40; ++n) l.start(l.job(n, {"exit", "0"}));
  for (JobIndex n = 0; n < 40; ++n) l.finished(n);
  const auto mine = test::control_groups_of(l.pid());
  ASSERT_EQ(mine.size(), 1u);
  int leaves = 0;
  for (const auto& e : std::filesystem::directory_iterator(mine.front())) leaves += e.is_directory();
  EXPECT_LE(leaves, 3);
  const int pid = l.pid();
  l.end();
  EXPECT_TRUE(test::eventually([&] { return test::control_groups_of(pid).empty(); }));
}

TEST(CgroupLevel, what_a_killed_launcher_left_is_swept) {
  if (const auto home = process::cgroup_home(); !home) GTEST_SKIP() << to_text(home.error());
  LauncherDriver l({.seat = 6});
  auto a = l.job(0, {"daemon", l.scratch().path("pid"), "print", "set", "pause"});
  a.ready_text = "set";
  l.start(a);
  l.ready(0);
  LauncherDriver living({.seat = 8});
  living.start(living.job(0, {"pause"}));
  living.started(0);
  ASSERT_EQ(::kill(l.pid(), SIGKILL), 0);
  l.wait_gone();
  const int left = std::stoi(test::slurp(l.scratch().path("pid")));
  EXPECT_LE(test::control_groups_of(l.pid()).size(), 1u);  // any launcher that starts meanwhile sweeps, too
  EXPECT_TRUE(test::eventually([&] {  // one that another launcher is at is passed over
    process::sweep_dead_trees();
    return test::control_groups_of(l.pid()).empty();
  }));
  EXPECT_TRUE(test::eventually([&] { return !test::alive(left); }));
  EXPECT_TRUE(test::alive(living.started(0).pid)) << "a living launcher's jobs are not touched";
  EXPECT_EQ(test::control_groups_of(living.pid()).size(), 1u);
}

TEST(CgroupLevel, launchers_that_start_together_do_not_sweep_each_other) {
  if (const auto home = process::cgroup_home(); !home) GTEST_SKIP() << to_text(home.error());
  std::vector<std::unique_ptr<LauncherDriver>> many;
  for (std::uint32_t seat = 0; seat < 12; ++seat)
    many.push_back(std::make_unique<LauncherDriver>(test::LauncherOptions{.seat = seat}));
  for (auto& l : many) {
    EXPECT_EQ(l->hello().tree_level, "cgroup");
    l->start(l->job(0, {"exit", "0"}));
    EXPECT_EQ(l->finished(0).ending, (Ending{Kind::exited, 0}));
  }
}

// ---- kill_tree, as pool workers use it ----

class KillTree : public testing::Test {
 protected:
  KillTree() { ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }
  ~KillTree() override {
    process::kill_children_except({});
    while (::waitpid(-1, nullptr, 0) > 0) {
    }
    ::prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
  }
  static process::Child start(std::vector<std::string> steps, std::vector<std::string> env) {
    process::SpawnSpec spec;
    spec.argv = {test::program("rota-test-child")};
    spec.argv.insert(spec.argv.end(), steps.begin(), steps.end());
    spec.env = std::move(env);
    auto child = process::spawn(spec);
    EXPECT_TRUE(child);
    return std::move(*child);
  }
  static int pid_in(const std::string& path) {
    EXPECT_TRUE(test::eventually([&] { return !test::slurp(path).empty(); }));
    return std::stoi(test::slurp(path));
  }
  const std::vector<std::string> ours_{"ROTA_JOB_ID=4/a", "ROTA_ATTEMPT=1"};
  const std::vector<std::string> others_{"ROTA_JOB_ID=4/a", "ROTA_ATTEMPT=12"};
};

TEST_F(KillTree, ends_descendants_and_what_names_the_attempt_and_nothing_else) {
  Scratch s;
  const auto job =
      start({"daemon-keep-env", s.path("daemon"), "grandchild-holds-output", s.path("near"), "pause"}, ours_);
  const auto other = start({"daemon-keep-env", s.path("other"), "pause"}, others_);
  const int daemon = pid_in(s.path("daemon")), near = pid_in(s.path("near")), spared = pid_in(s.path("other"));
  EXPECT_TRUE(process::kill_tree({job.pid, process::naming_entries(ours_)}, ::getpid(), kPatience));
  for (const int pid : {job.pid, daemon, near}) EXPECT_FALSE(test::alive(pid));
  EXPECT_TRUE(test::alive(spared));
  EXPECT_TRUE(test::alive(other.pid));
}

TEST_F(KillTree, finds_a_daemon_whose_parents_are_all_gone) {
  Scratch s;
  const auto job = start({"daemon-keep-env", s.path("daemon"), "exit", "0"}, ours_);
  const int daemon = pid_in(s.path("daemon"));
  EXPECT_TRUE(process::kill_tree({job.pid, process::naming_entries(ours_)}, ::getpid(), kPatience));
  EXPECT_FALSE(test::alive(daemon));
}

TEST_F(KillTree, waits_for_one_whose_environment_is_gone_before_it_is_dead) {
  Scratch s;
  const auto job = start({"exit", "0"}, ours_);
  // Its memory takes a while to give back, and the environment goes first.
  const auto big = start({"fill", "512", "write-file", s.path("filled"), "x", "pause"}, ours_);
  ASSERT_TRUE(test::eventually([&] { return !test::slurp(s.path("filled")).empty(); }));
  EXPECT_TRUE(process::kill_tree({job.pid, process::naming_entries(ours_)}, ::getpid(), kPatience));
  EXPECT_FALSE(test::alive(big.pid));
}

TEST_F(KillTree, p15_looks_only_below_the_root_it_is_given) {
  const auto same_name = start({"pause"}, ours_);
  const auto root = start({"pause"}, {});
  EXPECT_TRUE(process::kill_tree({-1, process::naming_entries(ours_)}, root.pid, kPatience));
  EXPECT_TRUE(test::alive(same_name.pid)) << "another scheduler's job may bear the same name";
  EXPECT_TRUE(test::alive(root.pid));
}

TEST_F(KillTree, says_when_the_time_was_too_short) {
  const auto job = start({"pause"}, ours_);
  EXPECT_FALSE(process::kill_tree({job.pid, {}}, ::getpid(), std::chrono::milliseconds(0)));
}

TEST_F(KillTree, an_attempt_needs_both_names) {
  EXPECT_TRUE(process::naming_entries({"ROTA_JOB_ID=1/a"}).empty());
  EXPECT_EQ(process::naming_entries({"A=b", "ROTA_JOB_ID=1/a", "ROTA_ATTEMPT=2"}).size(), 2u);
}

TEST_F(KillTree, children_can_be_killed_but_for_some) {
  const auto kept = start({"pause"}, {});
  const auto first = start({"pause"}, {}), second = start({"pause"}, {});
  EXPECT_EQ(process::live_children().size(), 3u);
  EXPECT_EQ(process::kill_children_except({kept.pid}), 2);
  EXPECT_TRUE(test::eventually([&] { return !test::alive(first.pid) && !test::alive(second.pid); }));
  EXPECT_TRUE(test::alive(kept.pid));
}

}  // namespace
}  // namespace rota
