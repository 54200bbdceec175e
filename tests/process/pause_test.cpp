// A launcher lets an attempt stand still with its whole tree, and go on: at both levels, cgroup and proc.
#include <gtest/gtest.h>

#include <unistd.h>

#include <csignal>
#include <string>

#include "shared/process/spawn.h"
#include "shared/process/tree.h"
#include "tests/support/eventually.h"
#include "tests/process/at_level.h"
#include "tests/support/launcher_driver.h"
#include "tests/support/processes.h"

namespace rota {
namespace {

using test::attempt_of;
using test::kPatience;
using test::LauncherDriver;
using Kind = Ending::Kind;

constexpr std::int64_t kMs = 1'000'000;

class Pause : public test::AtLevel {
 protected:
  test::LauncherOptions options(std::uint32_t epoch = 0) const { return options_at(78, 2, epoch); }

  /// Counts in a file, in a shell and in another of a session of its own, each with children that come and go.
  static lane::Assignment counter(const LauncherDriver& l, JobIndex n, const std::string& end = "") {
    auto a = l.job(n, {});
    const auto count = [&](const std::string& file) {
      return "i=0; while [ ! -e go ]; do i=$((i+1)); echo $i > " + file + "; (:) ; done";
    };
    a.argv = {"/bin/sh", "-c",
              end + " setsid /bin/sh -c '" + count("far") + "' & while [ ! -s far ]; do :; done; echo set; " +
                  count("near") + "; wait"};
    a.ready_text = "set";
    return a;
  }
  static std::string counts(const LauncherDriver& l) {
    return test::slurp(l.scratch().path("near")) + test::slurp(l.scratch().path("far"));
  }
  /// Nothing of the attempt can do anything.
  static bool all_stand_still(LauncherDriver& l) {
    if (l.at_cgroup_level()) return true;  // that everything is frozen is what the kernel has told the launcher
    for (const auto& p : test::descendants_of(l.pid()))
      if (test::alive(p) && !test::is_stopped(p)) return false;
    return true;
  }
  static void expect_still(LauncherDriver& l) {
    EXPECT_TRUE(all_stand_still(l));
    const auto before = counts(l);
    for (int i = 0; i < 20; ++i) l.settle();  // the launcher goes on meanwhile
    EXPECT_EQ(counts(l), before);
    EXPECT_TRUE(all_stand_still(l));
  }
  static bool counts_on(const LauncherDriver& l) {
    const auto before = counts(l);
    return test::eventually(kPatience, [&] { return counts(l) != before; });
  }
};
INSTANTIATE_TEST_SUITE_P(At, Pause, testing::Values("cgroup", "proc"),
                         [](const auto& at) { return std::string(at.param); });

TEST_P(Pause, the_whole_tree_stands_still_and_goes_on) {
  LauncherDriver l(options());
  l.start(counter(l, 0));
  l.ready(0);
  l.send(lane::down::Freeze{attempt_of(0), true});
  const auto& words = l.frozen_words(1);
  EXPECT_EQ(words[0].attempt, attempt_of(0));
  EXPECT_TRUE(words[0].frozen);
  EXPECT_GE(words[0].at, l.started(0).at);
  expect_still(l);
  l.send(lane::down::Freeze{attempt_of(0), false});
  EXPECT_FALSE(l.frozen_words(2)[1].frozen);
  EXPECT_TRUE(counts_on(l));
  std::fclose(std::fopen(l.scratch().path("go").c_str(), "w"));
  EXPECT_EQ(l.finished(0).ending, (Ending{Kind::exited, 0}));
}

TEST_P(Pause, one_that_the_kernel_holds_up_meanwhile_goes_on_too) {
  LauncherDriver l(options());
  auto a = l.job(0, {"hold-up", l.scratch().path("go")});
  a.ready_text = "held";
  l.start(a);
  l.ready(0);
  l.send(lane::down::Freeze{attempt_of(0), true});
  l.frozen_words(1);
  l.send(lane::down::Freeze{attempt_of(0), false});
  l.frozen_words(2);
  std::fclose(std::fopen(l.scratch().path("go").c_str(), "w"));
  EXPECT_EQ(l.finished(0).ending, (Ending{Kind::exited, 0})) << "what was to stop it lies behind it";
}

TEST_P(Pause, its_neighbours_go_on) {
  LauncherDriver l(options());
  l.start(counter(l, 0));
  l.ready(0);
  l.send(lane::down::Freeze{attempt_of(0), true});
  l.frozen_words(1);
  l.start(l.job(1, {"print", "x", "exit", "3"}));
  EXPECT_EQ(l.finished(1).ending, (Ending{Kind::exited, 3}));
}

TEST_P(Pause, a_stop_wakes_it_so_that_it_can_end) {
  LauncherDriver l(options());
  l.start(counter(l, 0, "trap 'touch go; exit 9' TERM;"));
  l.ready(0);
  l.send(lane::down::Freeze{attempt_of(0), true});
  l.frozen_words(1);
  l.send(lane::down::Stop{attempt_of(0), StopCause::cancel_user, 600'000 * kMs, false});
  EXPECT_EQ(l.finished(0).ending, (Ending{Kind::exited, 9, StopCause::cancel_user, false}));
}

TEST_P(Pause, a_stop_without_patience_kills_it) {
  LauncherDriver l(options());
  l.start(counter(l, 0));
  l.ready(0);
  l.send(lane::down::Freeze{attempt_of(0), true});
  l.frozen_words(1);
  l.send(lane::down::Stop{attempt_of(0), StopCause::cancel_user, 0, true});
  EXPECT_EQ(l.finished(0).ending, (Ending{Kind::signalled, SIGKILL, StopCause::cancel_user, true}));
  l.start(l.job(1, {"exit", "3"}));
  EXPECT_EQ(l.finished(1).ending, (Ending{Kind::exited, 3})) << "its place does not stay frozen";
}

TEST_P(Pause, one_that_is_killed_from_outside_leaves_its_place_to_the_next) {
  LauncherDriver l(options());
  auto a = l.job(0, {"print", "set", "pause"});
  a.ready_text = "set";
  l.start(a);
  l.ready(0);
  l.send(lane::down::Freeze{attempt_of(0), true});
  l.frozen_words(1);
  ASSERT_EQ(::kill(l.started(0).pid, SIGKILL), 0);
  EXPECT_EQ(l.finished(0).ending, (Ending{Kind::signalled, SIGKILL}));
  for (JobIndex n = 1; n < 4; ++n) {
    l.start(l.job(n, {"exit", "3"}));
    EXPECT_EQ(l.finished(n).ending, (Ending{Kind::exited, 3}));
  }
}

TEST_P(Pause, its_timeout_stands_still_with_it) {
  LauncherDriver l(options());
  auto a = l.job(0, {"print", "set", "pause"});
  a.ready_text = "set";
  a.timeout_ns = 4000 * kMs;
  l.start(a);
  l.ready(0);
  l.send(lane::down::Freeze{attempt_of(0), true});
  const auto frozen_at = l.frozen_words(1)[0].at;
  auto clock = l.job(1, {"pause"});
  clock.timeout_ns = 4200 * kMs;  // began later, and its time is longer: it is over after the other's would be
  l.start(clock);
  EXPECT_EQ(l.finished(1).ending.stopped_by, StopCause::timeout);
  EXPECT_FALSE(l.is_finished(0)) << "its time does not pass";
  l.send(lane::down::Freeze{attempt_of(0), false});
  const auto thawed_at = l.frozen_words(2)[1].at;
  const auto r = l.finished(0);
  EXPECT_EQ(r.ending.stopped_by, StopCause::timeout) << "what was left of it passes";
  EXPECT_GE(r.ended - r.started, Duration{4000 * kMs} + (thawed_at - frozen_at));
}

TEST_P(Pause, a_sigcont_of_a_user_does_not_wake_it) {
  LauncherDriver l(options());
  l.start(counter(l, 0));
  l.ready(0);
  l.send(lane::down::Freeze{attempt_of(0), true});
  l.frozen_words(1);
  l.send(lane::down::Signal{attempt_of(0), SIGCONT});
  l.settle();
  expect_still(l);
}

TEST_P(Pause, told_again_it_answers_again_and_what_does_not_run_gives_no_answer) {
  LauncherDriver l(options());
  l.start(counter(l, 0));
  l.ready(0);
  l.send(lane::down::Freeze{attempt_of(5), true});
  l.send(lane::down::Freeze{attempt_of(0), true});
  l.frozen_words(1);
  l.send(lane::down::Freeze{attempt_of(0), true});
  EXPECT_EQ(l.frozen_words(2)[1].at, l.frozen_words(2)[0].at);
  l.send(lane::down::Freeze{attempt_of(0), false});
  EXPECT_FALSE(l.frozen_words(3)[2].frozen);
  l.send(lane::down::Freeze{attempt_of(0), false});
  EXPECT_FALSE(l.frozen_words(4)[3].frozen);
}

TEST_P(Pause, k07_a_new_coordinator_is_told_what_stands_still) {
  LauncherDriver l(options(1));
  l.start(counter(l, 0));
  l.ready(0);
  l.send(lane::down::Freeze{attempt_of(0), true});
  l.frozen_words(1);
  l.reconnect(2);
  EXPECT_EQ(l.holds().attempts.size(), 1u);
  EXPECT_TRUE(l.frozen_words(2)[1].frozen);
  expect_still(l);
  l.send(lane::down::Stop{attempt_of(0), StopCause::cancel_user, 0, true});
  l.finished(0);
  l.ack(0);
}

TEST(StandingStill, a_child_and_all_below_it_stop_wherever_they_are_and_go_on) {
  process::SpawnSpec spec;
  const std::string busy = "while :; do (:); done";
  spec.argv = {"/bin/sh", "-c", "setsid /bin/sh -c '" + busy + "' & " + busy};
  spec.env = {"PATH=/usr/bin:/bin"};
  const auto child = process::spawn(spec);
  ASSERT_TRUE(child) << to_text(child.error());
  const auto self = test::process_of(child->pid);
  const auto has_left = [&] { return !test::descendants_with_command(child->pid, "/bin/sh -c " + busy).empty(); };
  ASSERT_TRUE(test::eventually(kPatience, has_left));
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(test::eventually(kPatience, [&] { return process::stop_with_descendants(child->pid); }));
    auto all = test::descendants_of(child->pid);
    EXPECT_FALSE(all.empty());
    all.push_back(self);
    for (const auto& p : all) EXPECT_TRUE(test::is_stopped(p) || !test::alive(p)) << test::describe({p});
    process::continue_with_descendants(child->pid);
    EXPECT_TRUE(test::eventually(kPatience, [&] { return !test::is_stopped(self); }));
  }
  EXPECT_TRUE(process::kill_tree({child->pid, {}}, ::getpid(), kPatience));
  EXPECT_TRUE(process::reap(*child));
}

}  // namespace
}  // namespace rota
