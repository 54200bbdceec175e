// Commands, shell text and targets under each of the three modes: the same words, the same outcomes.
#include <gtest/gtest.h>

#include "tests/e2e/scene.h"

namespace rota::test {
namespace {

using Strings = std::vector<std::string>;

class EachMode : public testing::TestWithParam<std::string> {
 protected:
  /// One job `x` with these fields, in the mode under test.
  std::string job(const std::string& fields) const {
    return "jobs:\n  x:\n    mode: " + GetParam() + "\n" + indented(fields);
  }
  static std::string indented(const std::string& fields) {
    std::string all;
    for (const auto& line : split_lines(fields)) all += "    " + line + "\n";
    return all;
  }
  Strings output(const Ended& e) const { return lines_of(job_lines(e.out), "x"); }
  Scene scene_;
};
INSTANTIATE_TEST_SUITE_P(Mode, EachMode, testing::Values("thread", "process", "async"),
                         [](const auto& p) { return p.param; });

TEST_P(EachMode, shell_text_gets_its_args_as_positional_parameters) {
  const Ended e = scene_.run(job("run: 'printf \"%s\\n\" \"$@\"'\nargs: [one, 'two words', 3]"));
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(output(e), (Strings{"one", "two words", "3"})) << told(e);
  EXPECT_EQ(scene_.story()["x"].mode, GetParam());
}

TEST_P(EachMode, a_command_gets_its_words_without_a_shell) {
  const Ended e = scene_.run(job("command: [printf, '%s\\n', '$HOME', '*']"));
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(output(e), (Strings{"$HOME", "*"})) << told(e);
}

TEST_P(EachMode, a_target_gets_positional_and_named_arguments) {
  const Ended e = scene_.run(job("target: print_numbers\nargs: [3]\nkwargs: {delay: 5ms}"));
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(output(e), (Strings{"1", "2", "3"})) << told(e);
}

TEST_P(EachMode, stdout_and_stderr_are_kept_apart) {
  const Ended e = scene_.run(job("run: echo good; echo bad >&2"));
  EXPECT_EQ(output(e), Strings{"good"}) << told(e);
  EXPECT_TRUE(contains(e.err, "x | bad")) << told(e);
  EXPECT_EQ(scene_.rota({"logs", "last", "--stdout"}).run().out, "good\n");
  EXPECT_EQ(scene_.rota({"logs", "last", "--stderr"}).run().out, "bad\n");
}

TEST_P(EachMode, a_failing_status_fails_the_run_and_says_where_to_look) {
  const Ended e = scene_.run(job("run: echo the reason >&2; exit 7"));
  EXPECT_EQ(e.status, 1) << told(e);
  EXPECT_TRUE(contains(e.err, "exit status 7")) << told(e);
  EXPECT_TRUE(contains(e.err, "the reason")) << told(e);
  EXPECT_TRUE(contains(e.err, "rota logs 1/x")) << told(e);
  EXPECT_EQ(scene_.story()["x"].outcome, "failed");
  EXPECT_EQ(scene_.story()["x"].reason, "exit:7");
}

TEST_P(EachMode, p14_exit_137_and_killed_by_9_are_two_outcomes) {
  EXPECT_EQ(scene_.run(job("run: exit 137")).status, 1);
  EXPECT_EQ(scene_.story()["x"].outcome, "failed");
  EXPECT_EQ(scene_.story()["x"].reason, "exit:137");
  EXPECT_EQ(scene_.run(job("run: kill -9 $$")).status, 1);
  EXPECT_EQ(scene_.story()["x"].outcome, "crashed");
  EXPECT_EQ(scene_.story()["x"].reason, "signal:9");
}

TEST_P(EachMode, a_status_that_was_declared_a_success_is_one) {
  const Ended e = scene_.run(job("run: exit 3\nsuccess_exit_codes: [0, 3]"));
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(scene_.story()["x"].outcome, "succeeded");
}

TEST_P(EachMode, p01_a_program_that_does_not_exist_could_not_start) {
  const Ended e = scene_.run(job("command: [/nowhere/prog]"));
  EXPECT_EQ(e.status, 1) << told(e);
  EXPECT_TRUE(contains(e.err, "could not start")) << told(e);
  EXPECT_EQ(scene_.story()["x"].reason, "spawn:ENOENT");
}

TEST_P(EachMode, p13_stdin_is_empty_unless_it_is_given) {
  Ended e = scene_.run(job("run: cat; echo end"));
  EXPECT_EQ(output(e), Strings{"end"}) << told(e);
  e = scene_.run(job("run: cat\nstdin: \"a\\nb\\n\""));
  EXPECT_EQ(output(e), (Strings{"a", "b"})) << told(e);
  scene_.write("in.txt", "from a file\n");
  e = scene_.run(job("run: cat\nstdin: {file: in.txt}"));
  EXPECT_EQ(output(e), Strings{"from a file"}) << told(e);
}

TEST_P(EachMode, the_working_directory_is_the_files_folder_or_the_one_that_is_named) {
  scene_.write("below/mark", "");
  EXPECT_EQ(output(scene_.run(job("run: pwd"))), Strings{scene_.directory()});
  EXPECT_EQ(output(scene_.run(job("run: ls\nworking_dir: below"))), Strings{"mark"});
}

TEST_P(EachMode, p17_a_missing_working_directory_is_named) {
  const Ended e = scene_.run(job("run: pwd\nworking_dir: not-there"));
  EXPECT_EQ(e.status, 1) << told(e);
  EXPECT_TRUE(contains(e.err, "not-there")) << told(e);
  EXPECT_EQ(scene_.story()["x"].reason, "spawn:ENOENT");
}

TEST_P(EachMode, the_environment_is_the_callers_with_the_files_and_the_jobs_own_over_it) {
  const std::string yaml = "env: {A: file, B: file}\n" + job("run: echo $CALLER $A $B\nenv: {B: job}");
  const Ended e = scene_.rota({"run", scene_.write("job.yaml", yaml)}).env("CALLER", "caller").run();
  EXPECT_EQ(output(e), Strings{"caller file job"}) << told(e);
}

TEST_P(EachMode, every_attempt_knows_its_run_its_job_and_its_number) {
  const Ended e = scene_.run(job("run: echo $ROTA_RUN_ID $ROTA_JOB_ID $ROTA_JOB $ROTA_ATTEMPT; test -n \"$ROTA_KEY\""));
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(output(e), Strings{"1 1/x x 1"}) << told(e);
}

TEST_P(EachMode, another_shell_can_be_named) {
  const Ended e = scene_.run(job("run: 'echo $0 $-'\nshell: [sh, -f]"));
  EXPECT_EQ(e.status, 0) << told(e);
  ASSERT_EQ(output(e).size(), 1u) << told(e);
  EXPECT_TRUE(contains(output(e)[0], "f")) << told(e);
}

TEST_P(EachMode, a_command_past_its_timeout_is_stopped) {
  const Ended e = scene_.run(job("run: sleep 1000\ntimeout: 200ms"));
  EXPECT_EQ(e.status, 1) << told(e);
  EXPECT_TRUE(contains(e.err, "timed out after 200ms")) << told(e);
  EXPECT_EQ(scene_.story()["x"].outcome, "timed_out");
  EXPECT_TRUE(scene_.nothing_lives()) << describe(scene_.living());
}

TEST_P(EachMode, a_target_past_its_timeout_is_stopped) {
  const Ended e = scene_.run(job("target: sleep\nargs: [1000]\ntimeout: 200ms"));
  EXPECT_EQ(e.status, 1) << told(e);
  EXPECT_EQ(scene_.story()["x"].outcome, "timed_out");
}

TEST_P(EachMode, p03_a_job_that_ignores_term_is_killed_at_the_end_of_its_grace) {
  const Ended e =
      scene_.run(job("run: |\n  trap '' TERM\n  while :; do sleep 0.1; done\ntimeout: 3s\n"
                     "stop: {grace: 200ms}"));
  EXPECT_EQ(e.status, 1) << told(e);
  EXPECT_TRUE(contains(e.err, "timed out after 3s (it had to be killed)")) << told(e);
  EXPECT_EQ(scene_.story()["x"].outcome, "timed_out");
  EXPECT_TRUE(scene_.nothing_lives()) << describe(scene_.living());
}

TEST_P(EachMode, the_stop_signal_can_be_chosen_and_the_job_may_clean_up) {
  const Ended e =
      scene_.run(job("run: |\n  trap 'echo cleaned; exit 0' USR1\n  while :; do sleep 0.05; done\n"
                     "timeout: 3s\nstop: {signal: USR1, grace: 20s}"));
  EXPECT_EQ(output(e), Strings{"cleaned"}) << told(e);
  EXPECT_EQ(scene_.story()["x"].outcome, "timed_out");
}

TEST_P(EachMode, the_last_line_is_kept_without_a_newline) {
  const Ended e = scene_.run(job("command: [printf, 'no newline']"));
  EXPECT_EQ(output(e), Strings{"no newline"}) << told(e);
  EXPECT_EQ(scene_.rota({"logs", "last"}).run().out, "no newline");
}

TEST_P(EachMode, output_goes_to_files_on_request) {
  const Ended e = scene_.run(job("run: echo good; echo bad >&2\nlog: {stdout: good.txt, stderr: bad.txt}"));
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(scene_.read("good.txt"), "good\n");
  EXPECT_EQ(scene_.read("bad.txt"), "bad\n");
}

TEST_P(EachMode, merged_output_keeps_its_order) {
  const Ended e = scene_.run(job("run: echo 1; echo 2 >&2; echo 3\nlog: {stdout: all.txt, merge: true}"));
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(scene_.read("all.txt"), "1\n2\n3\n");
}

TEST_P(EachMode, a_job_whose_log_cannot_be_opened_fails_by_name) {
  const Ended e = scene_.run(job("run: echo lost\nlog: {stdout: not-there/x.txt}"));
  EXPECT_EQ(e.status, 1) << told(e);
  EXPECT_TRUE(contains(e.err, "not-there")) << told(e);
  EXPECT_EQ(scene_.story()["x"].outcome, "failed");
}

TEST_P(EachMode, p10_output_past_the_cap_is_counted_and_its_end_is_kept) {
  const Ended e = scene_.run(job("run: seq 1 200000\nlog: {max_bytes: 64KiB}"), {"-q"});
  EXPECT_EQ(e.status, 0) << e.err;
  const std::string log = scene_.rota({"logs", "last"}).run().out;
  EXPECT_TRUE(log.starts_with("1\n2\n3\n"));
  EXPECT_TRUE(log.ends_with("199999\n200000\n"));
  EXPECT_LT(log.size(), 200u << 10) << "the cap and the kept tail are 64 KiB each";
}

}  // namespace
}  // namespace rota::test
