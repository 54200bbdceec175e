// The whole tree of a process job, at both levels of tree kill: with cgroups where they can be had, and without.
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/e2e/scene.h"

namespace rota::test {
namespace {

using Strings = std::vector<std::string>;

/// The value of ROTA_TREE: empty leaves the choice to Rota.
class Tree : public testing::TestWithParam<std::string> {
 protected:
  Ended run(const std::string& yaml) { return start(yaml).wait(); }
  Running start(const std::string& yaml) {
    Command command = scene_.rota({"run", scene_.write("job.yaml", yaml)});
    if (GetParam().empty()) {
      command.without_env("ROTA_TREE");
    } else {
      command.env("ROTA_TREE", GetParam());
    }
    return command.start();
  }
  Scene scene_;
};
INSTANTIATE_TEST_SUITE_P(Level, Tree, testing::Values("", "none"),
                         [](const auto& p) { return p.param.empty() ? "best" : p.param; });

/// A follower that fails, and names them, if processes with LEFT_BEHIND=`mark` still live.
std::string looks_for(const std::string& mark) {
  return "  follower:\n    needs: {x: completed}\n    run: '! grep -lsz \"^LEFT_BEHIND=" + mark +
         "\" /proc/[0-9]*/environ'\n";
}

TEST_P(Tree, p04_setsid_double_fork_daemon_is_killed_at_job_end) {
  const std::string mark = scene_.path("left");
  const Ended e =
      run("jobs:\n"
          "  x:\n"
          "    env: {LEFT_BEHIND: " +
          mark +
          "}\n"
          "    run: setsid sh -c '(setsid sleep 1000 >/dev/null 2>&1 </dev/null &) &' ; echo left\n" +
          looks_for(mark));
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(lines_of(job_lines(e.out), "x"), Strings{"left"}) << told(e);
  EXPECT_TRUE(scene_.nothing_lives()) << describe(scene_.living());
}

TEST_P(Tree, p12_a_child_that_keeps_the_output_open_does_not_hold_the_job) {
  const std::string mark = scene_.path("left");
  const Ended e =
      run("jobs:\n"
          "  x:\n"
          "    env: {LEFT_BEHIND: " +
          mark +
          "}\n"
          "    run: 'sleep 1000 & echo main ends'\n" +
          looks_for(mark));
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(lines_of(job_lines(e.out), "x"), Strings{"main ends"}) << told(e);
}

TEST_P(Tree, p12_a_job_that_closes_its_output_is_awaited) {
  const Ended e = run("jobs:\n  x: {run: 'exec >&- 2>&-; sleep 0.2; touch ended'}\n");
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_TRUE(scene_.exists("ended"));
}

TEST_P(Tree, p03_descendants_that_ignore_term_are_killed_with_their_job) {
  auto running = start(
      "jobs:\n"
      "  x:\n"
      "    stop: {grace: 200ms}\n"
      "    run: |\n"
      "      trap '' TERM INT HUP\n"
      "      setsid sh -c 'trap \"\" TERM; while :; do sleep 0.1; done' &\n"
      "      echo up\n"
      "      while :; do sleep 0.1; done\n");
  running.until_out("up");
  running.signal(SIGINT);
  const Ended e = running.wait();
  EXPECT_EQ(e.by_signal, SIGINT) << told(e);
  EXPECT_TRUE(scene_.nothing_lives()) << describe(scene_.living());
}

TEST_P(Tree, p13_a_job_reads_an_empty_stdin) {
  const Ended e = run("jobs:\n  x: {command: [cat]}\n");
  EXPECT_EQ(e.status, 0) << told(e);
}

TEST_P(Tree, p16_a_job_starts_with_clean_signals_descriptors_and_umask) {
  Command command = scene_.shell("trap '' PIPE USR1; umask 077; exec 9>spare; exec rota run job.yaml");
  scene_.write("job.yaml",
               "jobs:\n"
               "  signals: {run: 'grep -E \"^Sig(Blk|Ign)\" /proc/self/status'}\n"
               "  files: {run: 'for n in 3 4 5 6 7 8 9 10; do [ ! -e /proc/$$/fd/$n ] || echo $n; done; echo looked'}\n"
               "  mask: {run: umask}\n");
  const Ended e = command.env("ROTA_TREE", GetParam()).run();
  EXPECT_EQ(e.status, 0) << told(e);
  const auto lines = job_lines(e.out);
  EXPECT_EQ(lines_of(lines, "signals"), (Strings{"SigBlk:\t0000000000000000", "SigIgn:\t0000000000000000"})) << told(e);
  EXPECT_EQ(lines_of(lines, "files"), Strings{"looked"}) << told(e);
  EXPECT_EQ(lines_of(lines, "mask"), Strings{"0022"}) << told(e);
}

TEST_P(Tree, o09_hundreds_of_jobs_that_end_together_are_all_told) {
  std::string yaml = "workers: {process_slots: 64}\njobs:\n";
  for (int i = 0; i < 256; ++i) {
    yaml += "  j" + std::to_string(i) + ": {run: 'echo x >> up; while [ ! -e go ]; do sleep 0.1; done'}\n";
  }
  auto running = start(yaml);
  EXPECT_TRUE(eventually(kPatience, [&] { return split_lines(scene_.read("up")).size() >= 64; })) << running.err();
  scene_.write("go", "");
  const Ended e = running.wait(std::chrono::seconds(60));
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(split_lines(scene_.read("up")).size(), 256u);
}

}  // namespace
}  // namespace rota::test
