// Needs, retries, policies, limits and daemons: what runs, in which order, and how it ends.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/e2e/scene.h"

namespace rota::test {
namespace {

using Strings = std::vector<std::string>;

TEST(Needs, each_kind_releases_its_dependent_and_no_other) {
  const Scene scene;
  const Ended e = scene.run(
      "jobs:\n"
      "  good: {run: echo good}\n"
      "  bad: {run: exit 3}\n"
      "  after_good: {run: echo, needs: good}\n"
      "  after_bad: {run: echo, needs: {bad: success}}\n"
      "  whatever: {run: echo, needs: {good: completed, bad: completed}}\n"
      "  on_failure: {run: echo, needs: {bad: failed}}\n"
      "  no_failure: {run: echo, needs: {good: failed}}\n"
      "  after_upstream: {run: echo, needs: after_bad}\n"
      "  after_skipped: {run: echo, needs: no_failure}\n");
  EXPECT_EQ(e.status, 1) << told(e);
  const Story story = scene.story();
  EXPECT_EQ(story.outcome, "failed");
  EXPECT_EQ(story["after_good"].outcome, "succeeded");
  EXPECT_EQ(story["after_bad"].outcome, "upstream_failed");
  EXPECT_EQ(story["after_bad"].reason, "dep");
  EXPECT_EQ(story["whatever"].outcome, "succeeded");
  EXPECT_EQ(story["on_failure"].outcome, "succeeded");
  EXPECT_EQ(story["no_failure"].outcome, "skipped");
  EXPECT_EQ(story["after_upstream"].outcome, "upstream_failed");
  EXPECT_EQ(story["after_skipped"].outcome, "succeeded") << "a skipped need counts as met";
}

TEST(Needs, a_job_starts_only_after_what_it_needs_has_ended) {
  const Scene scene;
  const Ended e = scene.run(
      "jobs:\n"
      "  c: {run: cat b && echo c >> b, needs: [b1, b2]}\n"
      "  b1: {run: cat a && echo 1 >> b, needs: a}\n"
      "  b2: {run: cat a && echo 2 >> b, needs: a}\n"
      "  a: {run: echo a > a}\n");
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(split_lines(scene.read("b")).back(), "c");
}

TEST(Needs, started_does_not_wait_for_the_end) {
  const Scene scene;
  const Ended e = scene.run(
      "jobs:\n"
      "  first: {run: 'while [ ! -e go ]; do sleep 0.02; done'}\n"
      "  second: {run: touch go, needs: {first: started}}\n");
  EXPECT_EQ(e.status, 0) << "the first ends only if the second runs beside it\n" << told(e);
}

TEST(Needs, ready_waits_for_the_text_in_the_log) {
  const Scene scene;
  const Ended e = scene.run(
      "jobs:\n"
      "  server:\n"
      "    run: 'while [ ! -e warm ]; do sleep 0.02; done; touch up; echo now listening here; exec sleep 1000'\n"
      "    daemon: true\n"
      "    ready: {log: listening}\n"
      "  warmer: {run: touch warm, needs: {server: started}}\n"
      "  client: {run: test -e up && echo connected, needs: {server: ready}}\n");
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(lines_of(job_lines(e.out), "client"), Strings{"connected"}) << told(e);
}

TEST(Retry, a_job_is_tried_until_it_succeeds_and_every_attempt_is_kept_apart) {
  const Scene scene;
  const Ended e = scene.run(
      "jobs:\n"
      "  flaky:\n"
      "    run: 'echo try $ROTA_ATTEMPT; echo x >> tries; test $(wc -l < tries) -ge 3'\n"
      "    retry: {limit: 5, delay: 150ms, backoff: 2, jitter: 0}\n");
  EXPECT_EQ(e.status, 0) << told(e);
  const auto attempts = scene.story()["flaky"].charged();
  ASSERT_EQ(attempts.size(), 3u);
  EXPECT_EQ(attempts[0].reason, "exit:1");
  EXPECT_EQ(attempts[2].outcome, "succeeded");
  EXPECT_GE(attempts[1].started - attempts[0].ended, 0.147);  // the delay, never less
  EXPECT_GE(attempts[2].started - attempts[1].ended, 0.297);  // twice as long the second time
  EXPECT_EQ(scene.rota({"logs", "last/flaky"}).run().out, "try 3\n");
  EXPECT_EQ(scene.rota({"logs", "last/flaky", "--attempt", "1"}).run().out, "try 1\n");
}

TEST(Retry, the_limit_counts_tries_after_the_first) {
  const Scene scene;
  const Ended e = scene.run("jobs:\n  x: {run: exit 1, retry: {limit: 2, delay: 1ms}}\n");
  EXPECT_EQ(e.status, 1) << told(e);
  EXPECT_EQ(scene.story()["x"].charged().size(), 3u);
}

TEST(Retry, only_the_causes_that_are_named_are_tried_again) {
  const Scene scene;
  const Ended e = scene.run(
      "jobs:\n"
      "  by_exit: {run: exit 1, retry: {limit: 2, delay: 1ms, on: [signal]}}\n"
      "  by_signal: {run: kill -9 $$, retry: {limit: 2, delay: 1ms, on: [signal]}}\n"
      "  by_time: {run: sleep 1000, timeout: 50ms, retry: {limit: 2, delay: 1ms, on: [timeout]}}\n"
      "  by_spawn: {command: [/nowhere/x], retry: {limit: 2, delay: 1ms}}\n");
  EXPECT_EQ(e.status, 1) << told(e);
  const Story story = scene.story();
  EXPECT_EQ(story["by_exit"].charged().size(), 1u);
  EXPECT_EQ(story["by_signal"].charged().size(), 3u);
  EXPECT_EQ(story["by_time"].charged().size(), 3u);
  EXPECT_EQ(story["by_spawn"].charged().size(), 1u) << "what cannot start is not tried again unless asked for";
}

TEST(Failure, a_forgiven_failure_fails_neither_the_run_nor_its_dependents) {
  const Scene scene;
  const Ended e = scene.run("jobs:\n  x: {run: exit 1, continue_on_error: true}\n  y: {run: echo on, needs: x}\n");
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(scene.story()["x"].outcome, "failed");
  EXPECT_EQ(scene.story()["y"].outcome, "succeeded");
}

TEST(Failure, finish_runs_what_does_not_depend_on_it) {
  const Scene scene;
  const Ended e = scene.run(
      "jobs:\n  bad: {run: exit 1}\n  below: {run: echo, needs: bad}\n  other: {run: echo, needs: {bad: completed}}\n");
  EXPECT_EQ(e.status, 1) << told(e);
  EXPECT_EQ(scene.story()["below"].outcome, "upstream_failed");
  EXPECT_EQ(scene.story()["other"].outcome, "succeeded");
}

TEST(Failure, stop_starts_nothing_new_and_lets_run_what_runs) {
  const Scene scene;
  const Ended e = scene.run(
      "failure_policy: stop\n"
      "jobs:\n"
      "  slow: {run: 'touch up; while [ ! -e failed ]; do sleep 0.02; done; echo slow ended'}\n"
      "  bad: {run: 'while [ ! -e up ]; do sleep 0.02; done; touch failed; exit 1'}\n"
      "  next: {run: touch ran, needs: {bad: completed}}\n");
  EXPECT_EQ(e.status, 1) << told(e);
  EXPECT_EQ(scene.story()["slow"].outcome, "succeeded");
  EXPECT_EQ(scene.story()["next"].outcome, "cancelled");
  EXPECT_EQ(scene.story()["next"].reason, "stop:policy");
  EXPECT_FALSE(scene.exists("ran"));
}

TEST(Failure, cancel_stops_everything) {
  const Scene scene;
  const Ended e = scene.run(
      "failure_policy: cancel\n"
      "jobs:\n"
      "  p: {run: sleep 1000}\n"
      "  t: {target: sleep, args: [1000], mode: thread}\n"
      "  a: {target: sleep, args: [1000], mode: async}\n"
      "  bad: {run: exit 1, needs: {p: started, t: started, a: started}}\n");
  EXPECT_EQ(e.status, 1) << told(e);
  for (const std::string job : {"p", "t", "a"}) {
    EXPECT_EQ(scene.story()[job].outcome, "cancelled") << job;
    EXPECT_EQ(scene.story()[job].reason, "cancel:policy") << job;
  }
  EXPECT_TRUE(scene.nothing_lives()) << describe(scene.living());
}

TEST(Limits, a_run_past_its_timeout_is_stopped_as_a_whole) {
  const Scene scene;
  const Ended e = scene.run("timeout: 300ms\njobs:\n  x: {run: sleep 1000}\n  y: {run: echo never, needs: x}\n");
  EXPECT_EQ(e.status, 1) << told(e);
  EXPECT_EQ(scene.story().outcome, "timed_out");
  EXPECT_EQ(scene.story()["x"].reason, "timeout:run");
  EXPECT_TRUE(scene.nothing_lives()) << describe(scene.living());
}

/// The most jobs that were between their marks at once.
std::size_t most_at_once(const std::string& marks) {
  std::size_t now = 0, most = 0;
  for (const auto& mark : split_lines(marks)) {
    now += mark == "S" ? 1 : std::size_t(-1);
    most = std::max(most, now);
  }
  return most;
}

TEST(Limits, max_parallel_holds_over_all_modes_together) {
  const Scene scene;
  std::string yaml = "max_parallel: 3\nworkers: {pool: 2, threads: 4, process_slots: 8}\njobs:\n";
  const Strings modes{"thread", "process", "async"};
  for (int i = 0; i < 30; ++i) {
    yaml += "  j" + std::to_string(i) +
            ": {run: 'echo S >> marks; sleep 0.02; echo E >> marks', mode: " + modes[i % 3] + "}\n";
  }
  const Ended e = scene.run(yaml, {"-q"});
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(split_lines(scene.read("marks")).size(), 60u);
  EXPECT_LE(most_at_once(scene.read("marks")), 3u);
}

TEST(Limits, process_slots_bound_the_processes_alone) {
  const Scene scene;
  std::string yaml = "workers: {process_slots: 2}\njobs:\n";
  for (int i = 0; i < 20; ++i)
    yaml += "  j" + std::to_string(i) + ": {run: 'echo S >> marks; sleep 0.02; echo E >> marks'}\n";
  const Ended e = scene.run(yaml, {"-q"});
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_LE(most_at_once(scene.read("marks")), 2u);
}

TEST(Daemons, one_that_ends_badly_by_itself_has_failed) {
  const Scene scene;
  const Ended e = scene.run(
      "jobs:\n"
      "  d: {run: 'echo $$ > pid; exit 5', daemon: true}\n"
      "  main: {run: 'while [ ! -e go ] || [ ! -s pid ] || kill -0 $(cat pid); do sleep 0.02; done'}\n"
      "  go: {run: touch go, needs: {d: started}}\n");
  EXPECT_EQ(scene.story()["d"].outcome, "failed") << told(e);
  EXPECT_EQ(e.status, 1) << told(e);
}

TEST(Daemons, one_is_stopped_after_its_last_consumer) {
  const Scene scene;
  const Ended e = scene.run(
      "jobs:\n"
      "  d: {run: 'trap \"touch stopped; exit\" TERM; touch up; while :; do sleep 0.02; done', daemon: true}\n"
      "  user: {run: 'while [ ! -e up ]; do sleep 0.02; done', needs: {d: started}}\n"
      "  other: {run: 'while [ ! -e stopped ]; do sleep 0.02; done'}\n");
  EXPECT_EQ(e.status, 0) << "the other ends only when the daemon has been stopped before it\n" << told(e);
}

TEST(Daemons, success_and_completion_of_one_cannot_be_needed) {
  const Scene scene;
  const Ended e = scene.run("jobs:\n  d: {run: sleep 9, daemon: true}\n  x: {run: echo, needs: {d: success}}\n");
  EXPECT_EQ(e.status, 2) << told(e);
  EXPECT_TRUE(contains(e.err, "job.yaml:3:")) << told(e);
}

TEST(Substitution, parameters_and_environment_reach_args_env_and_commands) {
  const Scene scene;
  const std::string yaml =
      "params: {who: world, n: {type: int, default: 2}}\n"
      "env: {GREETING: 'hello ${{ params.who }}'}\n"
      "jobs:\n"
      "  cmd: {command: [echo, 'a-${{ params.who }}-${{ env.GREETING }}']}\n"
      "  env: {run: 'echo $GREETING'}\n"
      "  args: {run: 'echo \"$1\"', args: ['${{ params.who }}; echo injected']}\n"
      "  count: {target: print_numbers, args: ['${{ params.n }}'], kwargs: {delay: 0}}\n";
  const Ended e = scene.run(yaml, {"-p", "who=o'brien \"x\" $HOME"});
  EXPECT_EQ(e.status, 0) << told(e);
  const auto lines = job_lines(e.out);
  const std::string who = "o'brien \"x\" $HOME";
  EXPECT_EQ(lines_of(lines, "cmd"), Strings{"a-" + who + "-hello " + who});
  EXPECT_EQ(lines_of(lines, "env"), Strings{"hello " + who});
  EXPECT_EQ(lines_of(lines, "args"), Strings{who + "; echo injected"}) << "a value is data, never shell text";
  EXPECT_EQ(lines_of(lines, "count"), (Strings{"1", "2"}));
}

// What a user may give, from bytes that are no text to what every shell would run.
const Strings kHostile{"$(touch pwned)`touch pwned`;touch pwned|touch pwned&&touch pwned",
                       "'\"'$(touch pwned)'\"' \\ \\$HOME ${HOME} !! ~ * ? # %s%n",
                       "two\nlines\n\nEOF\n'\n",
                       "\x01\x7f\x80\xff\xc3\x28 \t\r",
                       "-n",
                       ""};

TEST(Substitution, y08_a_hostile_value_arrives_in_every_place_and_mode_and_never_runs) {
  for (const auto& value : kHostile) {
    const Scene scene;
    std::string yaml =
        "params: {v: {type: string}}\njobs:\n  src: {run: 'printf \"v<<X.Y.Z\\n%s\\nX.Y.Z\\n\" \"$1\" >> "
                       "\"$ROTA_OUTPUT\"', args: ['${{ params.v }}'], outputs: {v: string}}\n";
    Strings names;
    for (const std::string mode : {"process", "thread", "async"}) {
      const auto job = [&](const std::string& what, const std::string& fields) {
        names.push_back(what + "-" + mode);
        yaml += "  " + names.back() + ": {mode: " + mode + ", " + fields + "}\n";
      };
      job("run", "run: 'printf %s ${{ params.v }} > \"$ROTA_JOB\"'");
      job("bash", "shell: [bash, -eu], run: 'printf %s \"${{ params.v }}\" > \"$ROTA_JOB\"'");
      job("args", "run: 'printf %s \"$1\" > \"$ROTA_JOB\"', args: ['${{ params.v }}']");
      job("env", "run: 'printf %s \"$V\" > \"$ROTA_JOB\"', env: {V: '${{ params.v }}'}");
      job("command", "command: [sh, -c, 'printf %s \"$1\" > \"$ROTA_JOB\"', _, '${{ params.v }}']");
      job("matrix", "matrix: {v: ['${{ params.v }}']}, run: 'printf %s ${{ matrix.v }} > \"$ROTA_JOB\"'");
      job("array", "array: '7..7', run: 'printf %s ${{ params.v }} > \"$ROTA_JOB\"'");
      job("output", "needs: src, run: 'printf %s ${{ needs.src.outputs.v }} > \"$ROTA_JOB\"'");
    }
    const Ended e = scene.run(yaml, {"-p", "v=" + value});
    ASSERT_EQ(e.status, 0) << value << '\n' << told(e);
    for (const auto& name : names) EXPECT_EQ(scene.read(name), value) << name;
    EXPECT_FALSE(scene.exists("pwned")) << value;
  }
}

TEST(Substitution, a_value_that_no_program_could_be_given_is_refused_by_its_size) {
  const Scene scene;
  const std::string large(200 << 10, 'x');
  for (const std::string place : {"run: 'echo ${{ params.v }}'", "command: [echo, '${{ params.v }}']",
                                  "run: x, args: ['${{ params.v }}']", "run: x, env: {V: '${{ params.v }}'}"}) {
    const Ended e = scene.run("params: {v: " + large + "}\njobs:\n  a: {" + place + "}\n");
    EXPECT_EQ(e.status, 2) << place << told(e).substr(0, 2000);
    EXPECT_TRUE(contains(e.err, "job.yaml:3:")) << place;
    EXPECT_TRUE(contains(e.err, "131071") && contains(e.err, "(arg_bytes)")) << e.err.substr(0, 2000);
    EXPECT_TRUE(contains(e.err, "in a file")) << e.err.substr(0, 2000);
  }
}

TEST(Substitution, in_shell_text_that_would_read_it_as_more_than_data_it_is_refused_with_its_place) {
  const Scene scene;
  const Ended e = scene.run("params: {x: 1}\njobs:\n  a: {run: 'eval ${{ params.x }}'}\n");
  EXPECT_EQ(e.status, 2) << told(e);
  EXPECT_TRUE(contains(e.err, "job.yaml:3:")) << told(e);
}

}  // namespace
}  // namespace rota::test
