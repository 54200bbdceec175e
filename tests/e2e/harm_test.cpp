// Functions that bring down their worker, or hold it up: who is blamed, and what becomes of the others.
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "tests/e2e/scene.h"
#include "tests/support/eventually.h"
#include "tests/support/paths.h"
#include "tests/support/scratch.h"

namespace rota::test {
namespace {

std::string call(const std::string& function, const std::string& fields) {
  return "{target: \"" + program("rota-test-evil.so") + ":" + function + "\", " + fields + "}\n";
}

class Harm : public testing::Test {
 protected:
  std::string shown() { return scene_.rota({"show", "last"}).run().out; }
  Scene scene_;
};

struct Deed {
  std::string how, reason, words;
};

/// Those that run a job's threads and coroutines.
std::vector<pid_t> pool_workers(const Scene& scene) {
  std::vector<pid_t> found;
  for (const auto& p : scene.living()) {
    const std::string words = read_file("/proc/" + std::to_string(p.pid) + "/cmdline");
    if (contains(words, std::string("pool\0--seat", 11)) && contains(words, "rota-worker")) found.push_back(p.pid);
  }
  return found;
}

/// A cgroup whose processes get a hundredth of a core.
class Starved {
 public:
  Starved() {
    for (const std::string root : {"/sys/fs/cgroup/cpu", "/sys/fs/cgroup"}) {
      group_ = root + "/rota-test-" + std::to_string(::getpid());
      if (::mkdir(group_.c_str(), 0700) != 0) continue;
      can_ = write("cpu.cfs_quota_us", "1000") || write("cpu.max", "1000 100000");
      if (can_) return;
      ::rmdir(group_.c_str());
    }
  }
  ~Starved() {
    if (!can()) return;
    write("cpu.cfs_quota_us", "-1") || write("cpu.max", "max");
    EXPECT_TRUE(eventually([this] { return ::rmdir(group_.c_str()) == 0; }));
  }
  bool can() const { return can_; }
  bool take(pid_t pid) { return write("cgroup.procs", std::to_string(pid)); }

 private:
  bool write(const std::string& file, const std::string& text) {
    const int fd = ::open((group_ + "/" + file).c_str(), O_WRONLY | O_CLOEXEC);
    const bool written = fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    if (fd >= 0) ::close(fd);
    return written;
  }
  std::string group_;
  bool can_ = false;
};

class HarmBySignal : public Harm, public testing::WithParamInterface<Deed> {};
INSTANTIATE_TEST_SUITE_P(By, HarmBySignal,
                         testing::Values(Deed{"segv", "signal:11", "SIGSEGV"}, Deed{"bus", "signal:7", "SIGBUS"},
                                         Deed{"fpe", "signal:8", "SIGFPE"}, Deed{"ill", "signal:4", "SIGILL"},
                                         Deed{"abrt", "signal:6", "SIGABRT"}, Deed{"overflow", "signal:11", "SIGSEGV"},
                                         Deed{"terminate", "signal:6", "SIGABRT"}),
                         [](const auto& p) { return p.param.how; });

TEST_P(HarmBySignal, w03_that_task_has_crashed_and_its_neighbours_are_done) {
  const Ended e = scene_.run("workers: {pool: 1, threads: 4}\njobs:\n  good: " +
                             call("sleeps", "args: [300ms], mode: thread") + "  other: " +
                             call("naps", "args: [300ms], mode: async") + "  bad: " +
                             call("harm", "args: [" + GetParam().how + "], mode: thread"));
  EXPECT_NE(e.status, 0);
  const Story story = scene_.story();
  EXPECT_EQ(story["bad"].outcome, "crashed") << told(e);
  EXPECT_EQ(story["bad"].reason, GetParam().reason) << told(e);
  ASSERT_EQ(story["bad"].charged().size(), 1u) << told(e);
  EXPECT_EQ(story["bad"].attempts.front().outcome, "interrupted") << "accused first, and convicted alone";
  for (const char* job : {"good", "other"}) {
    EXPECT_EQ(story[job].outcome, "succeeded") << told(e);
    EXPECT_EQ(story[job].charged().size(), 1u) << told(e);
  }
  EXPECT_TRUE(contains(shown(), GetParam().words + " on its thread; it crashed again alone in a worker of its own"))
      << shown();
}

TEST_F(Harm, w03_a_coroutine_that_crashes_is_named) {
  const Ended e = scene_.run("jobs:\n  good: " + call("naps", "args: [300ms], mode: async") + "  bad: " +
                             call("co_harm", "args: [segv], mode: async"));
  EXPECT_EQ(scene_.story()["bad"].reason, "signal:11") << told(e);
  EXPECT_EQ(scene_.story()["good"].outcome, "succeeded") << told(e);
}

TEST_F(Harm, w03_where_it_was_is_shown) {
  scene_.run("jobs:\n  bad: " + call("harm", "args: [abrt], mode: thread"));
  const auto page = scene_.rota({"show", "last/bad"}).run().out;
  EXPECT_TRUE(contains(page, "abort+") && contains(page, " in rota-test-evil.so")) << page;
}

TEST_F(Harm, w05_who_crashes_by_anothers_fault_is_proved_innocent_alone) {
  const Ended e = scene_.run("workers: {pool: 1, threads: 1}\njobs:\n  a: " + call("corrupts", "mode: thread") +
                             "  b: {needs: a, " + call("finds_out", "mode: thread").substr(1));
  EXPECT_EQ(e.status, 0) << told(e);
  const Story story = scene_.story();
  EXPECT_EQ(story["b"].outcome, "succeeded") << told(e);
  ASSERT_EQ(story["b"].attempts.size(), 2u);
  EXPECT_EQ(story["b"].attempts[0].reason, "accused:6");
}

class HarmByExit : public Harm, public testing::WithParamInterface<Deed> {};
INSTANTIATE_TEST_SUITE_P(By, HarmByExit,
                         testing::Values(Deed{"exit", "exit:3", "called exit(3)"},
                                         Deed{"quick_exit", "exit:4", "called exit(4)"},
                                         Deed{"_exit", "exit:5", "with exit status 5"}),
                         [](const auto& p) { return p.param.how; });

TEST_P(HarmByExit, w06_a_task_that_ends_its_worker_has_crashed) {
  const Ended e = scene_.run("workers: {pool: 1, threads: 4}\njobs:\n  good: " +
                             call("sleeps", "args: [300ms], mode: thread") + "  bad: " +
                             call("harm", "args: [" + GetParam().how + "], mode: thread"));
  const Story story = scene_.story();
  EXPECT_EQ(story["bad"].outcome, "crashed") << told(e);
  EXPECT_EQ(story["bad"].reason, GetParam().reason) << told(e);
  EXPECT_EQ(story["good"].outcome, "succeeded") << told(e);
  EXPECT_TRUE(contains(shown(), GetParam().words)) << shown();
}

TEST_F(Harm, w14_a_task_that_kills_every_worker_without_a_trace_is_found_alone) {
  const Ended e = scene_.run("workers: {pool: 2, threads: 2}\njobs:\n  good: " +
                             call("sleeps", "args: [10ms], array: 50, mode: thread") + "  bad: " +
                             call("harm", "args: [kill], mode: thread") + "  hidden: " +
                             call("harm", "args: [thread], mode: thread"));
  const Story story = scene_.story();
  EXPECT_EQ(story["bad"].outcome, "crashed") << told(e);
  EXPECT_EQ(story["bad"].reason, "signal:9") << told(e);
  EXPECT_EQ(story["hidden"].outcome, "crashed") << told(e);
  EXPECT_EQ(story["good"].outcome, "succeeded") << told(e);
}

TEST_F(Harm, w14_every_crash_among_many_tasks_is_named_right) {
  const Ended e = scene_.run("workers: {pool: 1, threads: 8}\njobs:\n  x: " +
                             call("poison", "args: [10], array: 200, mode: thread"));
  const auto counted = scene_.rota({"show", "last", "--json"}).run().out;
  for (const auto& words : {"SIGSEGV on its thread; it crashed again", "SIGABRT on its thread; it crashed again",
                            "SIGFPE on its thread; it crashed again", "SIGILL on its thread; it crashed again"})
    EXPECT_TRUE(contains(counted, words)) << counted;
  EXPECT_TRUE(contains(shown(), "200 tasks: 180 ok, 20 crashed")) << shown();
}

TEST_F(Harm, w07_a_task_that_does_not_end_takes_its_worker_along_and_its_neighbours_come_to_their_end) {
  const Ended e = scene_.run("workers: {pool: 1, threads: 2}\njobs:\n  bad: " +
                             call("hangs", "timeout: 200ms, stop: {grace: 200ms}, mode: thread") + "  good: " +
                             call("sleeps", "args: [1500ms], mode: thread") + "  later: " +
                             call("sleeps", "args: [1ms], array: 4, mode: thread"));
  const Story story = scene_.story();
  EXPECT_EQ(story["bad"].outcome, "timed_out") << told(e);
  EXPECT_EQ(story["good"].outcome, "succeeded") << told(e);
  EXPECT_EQ(story["good"].attempts.size(), 1u) << "it had its grace, and needed no second try: " << told(e);
  EXPECT_EQ(story["later"].outcome, "succeeded") << told(e);
}

TEST_F(Harm, w21_a_coroutine_that_holds_the_loop_is_named) {
  const Ended e = scene_.run("jobs:\n  bad: " + call("blocks", "args: [4s], mode: async") + "  good: " +
                             call("naps", "args: [100ms], mode: async"));
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_TRUE(contains(e.err + e.out, "is held by 1/bad")) << told(e);
}

TEST_F(Harm, w23_a_worker_that_says_nothing_for_seconds_is_not_taken_for_dead) {
  const Ended e = scene_.run("workers: {pool: 1, threads: 1}\njobs:\n  slow: " +
                             call("blocks", "args: [3s], mode: async") + "  other: " +
                             call("spin_for", "args: [3s], mode: thread"));
  EXPECT_EQ(e.status, 0) << told(e);
  for (const char* job : {"slow", "other"}) EXPECT_EQ(scene_.story()[job].attempts.size(), 1u) << told(e);
}

TEST_F(Harm, w23_a_worker_with_a_hundredth_of_a_core_is_slow_and_nothing_else) {
  Starved starved;
  if (!starved.can()) GTEST_SKIP() << "no share of a core can be set here: no cgroup of cpu may be written";
  Running run = scene_.start("workers: {pool: 1, threads: 1}\njobs:\n"
                             "  first: {target: sleep, args: [500ms], mode: thread}\n"
                             "  x: {target: spin, args: [20ms], array: 30, mode: thread, needs: first}\n"
                             "  y: {target: sleep, args: [20ms], array: 10, mode: async, needs: first}\n");
  run.until_err("first started");
  const auto workers = pool_workers(scene_);
  ASSERT_FALSE(workers.empty());
  for (const pid_t pid : workers) ASSERT_TRUE(starved.take(pid));
  const Ended e = run.wait();
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_FALSE(contains(e.err, "replaced")) << told(e);
  const Story story = scene_.story();
  for (const char* job : {"first", "x", "y"}) EXPECT_EQ(story[job].outcome, "succeeded") << told(e);
}

TEST_F(Harm, o11_beside_sixty_four_busy_loops_a_fleet_is_slow_and_nothing_else) {
  const Ended e = scene_.run("workers: {pool: 1, threads: 2, process_slots: 64}\njobs:\n"
                             "  busy: {target: spin, args: [2s], mode: process, array: 64}\n"
                             "  thread: {target: spin, args: [10ms], array: 20, mode: thread}\n"
                             "  async: {target: sleep, args: [10ms], array: 20, mode: async, timeout: 1m}\n"
                             "  nice: {command: [nice, -n, '19', 'true'], array: 4}\n");
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_FALSE(contains(e.err, "replaced")) << told(e);
}

TEST_F(Harm, w11_a_task_that_blocks_signals_hides_no_crash_of_the_next) {
  const Ended e = scene_.run("workers: {pool: 1, threads: 1}\njobs:\n  a: " + call("changes_all", "mode: thread") +
                             "  b: {needs: a, " + call("harm", "args: [segv], mode: thread").substr(1));
  const Story story = scene_.story();
  EXPECT_EQ(story["b"].reason, "signal:11") << told(e);
  ASSERT_GE(story["b"].attempts.size(), 2u) << told(e);
  EXPECT_EQ(story["b"].attempts[0].reason, "accused:11") << told(e);
}

TEST_F(Harm, w16_a_worker_that_talks_nonsense_is_killed_and_its_cause_found) {
  const Ended e = scene_.run("workers: {pool: 1, threads: 2}\njobs:\n  good: " +
                             call("sleeps", "args: [10ms], array: 20, mode: thread") + "  bad: " +
                             call("scribbles", "mode: thread"));
  const Story story = scene_.story();
  EXPECT_EQ(story["good"].outcome, "succeeded") << told(e);
  EXPECT_EQ(story["bad"].outcome, "crashed") << told(e);
}

TEST_F(Harm, w08_a_worker_that_stays_stopped_is_killed_and_its_work_is_done) {
  Running run = scene_.start("workers: {pool: 1, threads: 1}\njobs:\n  x: " +
                             call("sleeps", "args: [2s], mode: thread"));
  run.until_out("asleep");
  for (const pid_t pid : pool_workers(scene_)) ::kill(pid, SIGSTOP);
  const Ended e = run.wait();
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(scene_.story()["x"].attempts.size(), 2u) << told(e);
  EXPECT_TRUE(contains(e.err + e.out, "was stopped (SIGSTOP)")) << told(e);
}

TEST_F(Harm, w09_a_crash_writes_its_trace_into_no_file_of_the_task) {
  scene_.run("jobs:\n  bad: " + call("takes_all", "args: [" + scene_.path("own") + "], mode: thread"));
  EXPECT_EQ(scene_.story()["bad"].reason, "signal:6");
  const auto own = read_file(scene_.path("own"));  // a bell that rings for something else may have reached it
  EXPECT_TRUE(contains(own, "mine\n")) << own;
  EXPECT_FALSE(contains(own, "[0x")) << own;
}

TEST_F(Harm, w09_a_task_that_closes_all_descriptors_harms_itself_alone) {
  const Ended e = scene_.run("workers: {pool: 1, threads: 2}\njobs:\n  bad: " +
                             call("closes_all", "mode: thread") + "  good: " +
                             call("sleeps", "args: [10ms], array: 20, mode: thread"));
  EXPECT_EQ(scene_.story()["good"].outcome, "succeeded") << told(e);
  EXPECT_EQ(scene_.story()["bad"].outcome, "crashed") << told(e);
  EXPECT_TRUE(contains(shown(), "closed descriptors that its worker lives on")) << shown();
}

TEST_F(Harm, w10_children_that_a_task_leaves_end_with_the_run_and_blame_nobody) {
  const Ended e = scene_.run("workers: {pool: 1, threads: 1}\njobs:\n  a: " +
                             call("leaves_child", "args: [\"" + scene_.path("child") + "\"], mode: thread") + "  b: " +
                             call("forks_and_ends", "mode: thread"));
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_TRUE(scene_.nothing_lives());
}

}  // namespace
}  // namespace rota::test
