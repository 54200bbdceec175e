// Exit codes and messages: what a person meets when something is wrong, and the verbs that run nothing.
#include <gtest/gtest.h>

#include "tests/e2e/scene.h"

namespace rota::test {
namespace {

using Words = std::vector<std::string>;

TEST(Usage, a_single_command_runs_as_it_is_and_its_output_is_not_prefixed) {
  const Scene scene;
  const Ended e = scene.rota({"run", "--", "printf", "%s\\n", "a b", "$HOME"}).run();
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(e.out, "a b\n$HOME\n");
  EXPECT_EQ(scene.rota({"run", "--", "false"}).run().status, 1);
  const Ended missing = scene.rota({"run", "--", "no-such-program-here"}).run();
  EXPECT_EQ(missing.status, 1) << told(missing);
  EXPECT_TRUE(contains(missing.err, "could not start")) << told(missing);
}

TEST(Usage, a_single_command_runs_where_the_caller_is) {
  const Scene scene;
  scene.write("below/here", "");
  EXPECT_EQ(scene.rota({"run", "-q", "--", "ls"}).in(scene.path("below")).run().out, "here\n");
}

TEST(Usage, quiet_says_nothing_but_what_the_jobs_say) {
  const Scene scene;
  const Ended e = scene.run("jobs:\n  x: {run: echo hello}\n", {"-q"});
  EXPECT_EQ(e.out, "x | hello\n");
  EXPECT_EQ(e.err, "");
}

TEST(Usage, every_error_of_a_file_is_told_at_once_with_its_place) {
  const Scene scene;
  const std::string yaml =
      "jobs:\n"
      "  a: {rnu: echo}\n"
      "  b: {run: echo, needs: nobody}\n"
      "  c: {run: echo, timeout: soon}\n"
      "  c: {run: twice}\n"
      "  d: {target: print_number, args: [1]}\n";
  for (const std::string verb : {"validate", "run", "plan"}) {
    const Ended e = scene.rota({verb, scene.write("job.yaml", yaml)}).run();
    EXPECT_EQ(e.status, 2) << verb << '\n' << told(e);
    EXPECT_EQ(e.out, "") << verb;
    for (const std::string place : {"job.yaml:2:", "job.yaml:3:", "job.yaml:4:", "job.yaml:5:", "job.yaml:6:"}) {
      EXPECT_TRUE(contains(e.err, place)) << verb << ' ' << place << '\n' << told(e);
    }
    for (const std::string hint : {"run", "print_numbers"}) {
      EXPECT_TRUE(contains(e.err, "did you mean '" + hint + "'")) << verb << ' ' << hint << '\n' << told(e);
    }
  }
  EXPECT_FALSE(scene.exists("state/runs")) << "nothing was recorded of a file that is not valid";
}

TEST(Usage, a_field_of_later_versions_is_refused_and_not_ignored) {
  const Scene scene;
  const Ended e = scene.run("jobs:\n  x: {run: touch ran, delivery: at_most_once}\n");
  EXPECT_EQ(e.status, 2) << told(e);
  EXPECT_TRUE(contains(e.err, "delivery")) << told(e);
  EXPECT_TRUE(contains(e.err, "not yet supported")) << told(e);
  EXPECT_FALSE(scene.exists("ran"));
}

TEST(Usage, a_valid_file_is_said_to_be_valid) {
  const Scene scene;
  const Ended e = scene.rota({"validate", scene.write("ok.yaml", "jobs:\n  x: {run: echo}\n  y: {run: echo}\n")}).run();
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_TRUE(contains(e.out, "2 jobs")) << told(e);
}

TEST(Usage, a_file_can_come_on_stdin) {
  const Scene scene;
  EXPECT_EQ(scene.rota({"validate", "-"}).input("jobs:\n  x: {run: echo}\n").run().status, 0);
  EXPECT_EQ(scene.rota({"validate", "-"}).input("jobs: 7\n").run().status, 2);
}

TEST(Usage, y05_what_cannot_be_a_job_file_is_named_and_never_hangs) {
  const Scene scene;
  for (const std::string file : {"not-there.yaml", "folder", "fifo"}) {
    const Ended e = scene.shell("[ -e fifo ] || mkfifo fifo; mkdir -p folder; exec rota validate " + file).run();
    EXPECT_EQ(e.status, 2) << file << '\n' << told(e);
    EXPECT_TRUE(contains(e.err, file)) << told(e);
  }
}

TEST(Usage, plan_shows_every_job_and_runs_none) {
  const Scene scene;
  const Ended e = scene
                      .rota({"plan", scene.write("job.yaml",
                                                 "jobs:\n  first: {run: touch ran}\n"
                                                 "  second: {target: sleep, args: [1], needs: first}\n")})
                      .run();
  EXPECT_EQ(e.status, 0) << told(e);
  for (const std::string word : {"first", "second", "process", "thread"}) EXPECT_TRUE(contains(e.out, word)) << told(e);
  EXPECT_FALSE(scene.exists("ran"));
}

TEST(Usage, targets_lists_every_built_in_with_its_modes) {
  const Scene scene;
  const Ended e = scene.rota({"targets"}).run();
  EXPECT_EQ(e.status, 0) << told(e);
  for (const std::string target : {"noop", "print_numbers", "sleep", "spin", "echo", "checksum", "send_keep_alive",
                                   "udp_echo", "tcp_wait", "http_get", "thread", "process", "async"}) {
    EXPECT_TRUE(contains(e.out, target)) << target << '\n' << told(e);
  }
}

TEST(Usage, limits_and_version_and_help_answer) {
  const Scene scene;
  EXPECT_EQ(scene.rota({"limits"}).run().status, 0);
  EXPECT_EQ(scene.rota({"--version"}).run().status, 0);
  const Ended help = scene.rota({"--help"}).run();
  EXPECT_EQ(help.status, 0);
  EXPECT_TRUE(contains(help.out, "run FILE")) << told(help);
  for (const std::string verb : {"run", "validate", "plan", "targets", "limits", "ps", "show", "logs", "history"}) {
    EXPECT_EQ(scene.rota({verb, "--help"}).run().status, 0) << verb;
  }
}

TEST(Usage, wrong_usage_is_exit_2_and_says_what_is_right) {
  const Scene scene;
  for (const Words& words :
       {Words{}, {"rnu"}, {"run"}, {"run", "--nonsense", "f"}, {"show"}, {"ps", "-n", "many"}, {"run", "--"}}) {
    const Ended e = scene.rota(words).run();
    EXPECT_EQ(e.status, 2) << told(e);
    EXPECT_EQ(e.out, "") << told(e);
    EXPECT_FALSE(e.err.empty());
  }
  EXPECT_TRUE(contains(scene.rota({"valdate"}).run().err, "validate"));
}

TEST(Usage, a_verb_of_later_versions_says_so) {
  const Scene scene;
  const Ended e = scene.rota({"top"}).run();
  EXPECT_NE(e.status, 0);
  EXPECT_TRUE(contains(e.err, "not in this version yet")) << told(e);
}

TEST(Usage, an_unknown_parameter_is_refused_with_a_suggestion) {
  const Scene scene;
  const Ended e = scene.run("params: {camera: x}\njobs:\n  x: {run: echo}\n", {"-p", "camra=y"});
  EXPECT_EQ(e.status, 2) << told(e);
  EXPECT_TRUE(contains(e.err, "camera")) << told(e);
}

}  // namespace
}  // namespace rota::test
