// The fields of a job: what each means in the plan.
#include <gtest/gtest.h>

#include "shared/limits.h"
#include "tests/unit/jobs/loading.h"

namespace rota::jobs {
namespace {

using namespace std::chrono_literals;
using test::job;
using test::says;
using test::settings;
using Words = std::vector<std::string>;

TEST(JobFields, a_bare_job_has_the_documented_defaults) {
  const auto plan = test::plan("jobs: {a: {run: echo hi}}");
  const auto& j = plan.jobs.at(0);
  const auto& s = plan.settings_of(j);
  EXPECT_EQ(j.id.text(), "a");
  EXPECT_EQ(j.shown_name(), "a");
  EXPECT_EQ(j.mode, Mode::process);
  EXPECT_FALSE(j.daemon);
  EXPECT_EQ(j.line, 1u);
  EXPECT_EQ(s.shell, (Words{"sh", "-eu"}));
  EXPECT_EQ(s.working_dir, "/home/u/work");
  EXPECT_EQ(s.stdin_plan.kind, Stdin::Kind::empty);
  EXPECT_FALSE(s.timeout);
  EXPECT_EQ(s.stop_signal, 15);
  EXPECT_EQ(s.stop_grace, 10s);
  EXPECT_EQ(s.retry, Retry{});
  EXPECT_EQ(s.success_exit_codes, std::vector<std::uint8_t>{0});
  EXPECT_FALSE(s.ready);
  EXPECT_EQ(s.log, Log{});
}

TEST(JobFields, the_default_mode_follows_the_action) {
  EXPECT_EQ(job("run: x").mode, Mode::process);
  EXPECT_EQ(job("command: [x]").mode, Mode::process);
  EXPECT_EQ(job("target: noop").mode, Mode::thread);
  EXPECT_EQ(job("run: x, mode: async").mode, Mode::async);
  EXPECT_EQ(job("target: noop, mode: process").mode, Mode::process);
}

TEST(JobFields, arguments_of_run_stay_apart_and_those_of_a_command_follow_its_words) {
  const auto run = job("run: 'echo \"$@\"', args: [1, two]");
  EXPECT_EQ(std::get<RunText>(run.action).text, "echo \"$@\"");
  EXPECT_EQ(run.args.size(), 2u);
  const auto command = job("command: [echo, one], args: [2, '$three']");
  EXPECT_EQ(std::get<CommandLine>(command.action).argv, (Words{"echo", "one", "2", "$three"}));
  EXPECT_TRUE(command.args.empty());
}

TEST(JobFields, shell_is_a_text_of_words_or_a_list) {
  EXPECT_EQ(settings("run: x, shell: bash  -e").shell, (Words{"bash", "-e"}));
  EXPECT_EQ(settings("run: x, shell: [bash, '-o pipefail']").shell, (Words{"bash", "-o pipefail"}));
}

TEST(JobFields, paths_are_made_absolute_from_the_folder_of_the_file) {
  EXPECT_EQ(settings("run: x, working_dir: src/../lib/").working_dir, "/home/u/work/lib");
  EXPECT_EQ(settings("run: x, working_dir: /").working_dir, "/");
  EXPECT_EQ(settings("run: x, stdin: {file: in.txt}").stdin_plan, (Stdin{Stdin::Kind::file, "/home/u/work/in.txt"}));
  EXPECT_EQ(settings("run: x, log: {stdout: out/o.txt}").log.stdout_path, "/home/u/work/out/o.txt");
}

TEST(JobFields, stdin_is_a_text_as_it_stands) {
  EXPECT_EQ(settings("run: x, stdin: \"a\\nb\"").stdin_plan, (Stdin{Stdin::Kind::text, "a\nb"}));
  EXPECT_EQ(settings("run: x, stdin: ''").stdin_plan, Stdin{});
}

TEST(JobFields, times_are_read_and_none_takes_a_default_away) {
  EXPECT_EQ(settings("run: x, timeout: 1h30m").timeout, 90min);
  EXPECT_EQ(settings("run: x, timeout: 90").timeout, 90s);
  EXPECT_EQ(settings("run: x, stop: {grace: 0}").stop_grace, 0s);
  const auto plan =
      test::plan("defaults: {timeout: 5s}\ntimeout: none\njobs: {a: {run: x}, b: {run: x, timeout: none}}");
  EXPECT_EQ(plan.settings_of(plan.jobs.at(0)).timeout, 5s);
  EXPECT_FALSE(plan.settings_of(plan.jobs.at(1)).timeout);
}

TEST(JobFields, signals_have_names_and_numbers) {
  for (const auto* text : {"INT", "SIGINT", "2"})
    EXPECT_EQ(settings(std::string("run: x, stop: {signal: ") + text + "}").stop_signal, 2);
  EXPECT_EQ(settings("run: x, stop: {signal: 64}").stop_signal, 64);
  EXPECT_TRUE(says("jobs: {a: {run: x, stop: {signal: 65}}}", "takes a signal"));
}

TEST(JobFields, retry_is_a_number_or_a_map) {
  EXPECT_EQ(settings("run: x, retry: 3").retry, (Retry{.limit = 3}));
  const auto r =
      settings("run: x, retry: {limit: 5, delay: 100ms, backoff: 1, max_delay: 1s, jitter: 0, on: [signal, spawn]}")
          .retry;
  EXPECT_EQ(r, (Retry{5, 100ms, 1.0, 1s, 0.0, retry_on::kSignal | retry_on::kSpawn}));
  EXPECT_EQ(settings("run: x, retry: {limit: 1, on: lost}").retry.on, retry_on::kLost);
  EXPECT_EQ(settings("run: x, retry: {limit: 1, delay: 5m}").retry.max_delay, 5min);  // a long delay means what it says
}

TEST(JobFields, success_codes_are_one_or_many) {
  EXPECT_EQ(settings("run: x, success_exit_codes: 3").success_exit_codes, std::vector<std::uint8_t>{3});
  EXPECT_EQ(settings("run: x, success_exit_codes: [255, 0, 0]").success_exit_codes,
            (std::vector<std::uint8_t>{0, 255}));
}

TEST(JobFields, readiness_is_a_text_or_an_address) {
  const auto ready = [](const std::string& text) {
    return settings("run: x, daemon: true, ready: {" + text + "}").ready;
  };
  EXPECT_EQ(ready("log: up"), (Probe{.log = "up", .failures = 0}));
  EXPECT_EQ(ready("tcp: 'localhost:65535'"), (Probe{.tcp = "localhost:65535", .failures = 0}));
  EXPECT_EQ(ready("tcp: '[::1]:80'"), (Probe{.tcp = "[::1]:80", .failures = 0}));
  for (const auto* text : {"localhost", "':80'", "'a:'", "'a:0'", "'a:b'", "'a b:1'"})
    EXPECT_TRUE(says(std::string("jobs: {a: {run: x, ready: {tcp: ") + text + "}}}", "ready.tcp")) << text;
}

TEST(JobFields, logs_are_captured_unless_told_otherwise) {
  const auto log = settings("run: x, log: {merge: true, max_bytes: 1.5KiB}").log;
  EXPECT_TRUE(log.merge);
  EXPECT_EQ(log.max_bytes, 1536u);
}

TEST(JobFields, the_users_own_keys_are_left_alone) {
  EXPECT_TRUE(test::findings("x-top: [1]\njobs: {a: {run: x, x-note: {any: thing}}}").empty());
  EXPECT_TRUE(says("jobs: {a: {run: x, retry: {limit: 1, x-note: y}}}", "unknown field 'retry.x-note'"));
}

TEST(JobFields, surroundings_of_a_target_need_a_process_of_its_own) {
  EXPECT_EQ(settings("target: noop, mode: process, working_dir: /tmp, stdin: x").working_dir, "/tmp");
  for (const auto* mode : {"thread", "async"}) {
    const auto yaml = std::string("jobs: {a: {target: noop, mode: ") + mode + ", working_dir: /tmp}}";
    EXPECT_TRUE(says(yaml, "'working_dir' is not for a target under"));
  }
  EXPECT_TRUE(test::findings("defaults: {working_dir: /tmp, shell: bash, stdin: x}\njobs: {a: {target: noop}, b: {run: "
                             "x}, c: {command: [x]}}")
                  .empty());
}

TEST(JobFields, names_for_display_are_printable_and_short) {
  EXPECT_EQ(job("run: x, name: 'My job \xC3\xA9'").name, "My job \xC3\xA9");
  EXPECT_EQ(job("run: x, name: " + std::string(64, 'n')).name.size(), 64u);
  for (const auto& name :
       {std::string(65, 'n'), std::string("''"), std::string("\"a\\tb\""), std::string("\"\\u202e\"")})
    EXPECT_TRUE(says("jobs: {a: {run: x, name: " + name + "}}", "'name' takes 1 to 64 bytes of printable text"));
}

TEST(JobLimits, are_kept_at_the_bound_and_one_beyond) {
  const auto stdin_text = [](std::size_t n) { return "jobs: {a: {run: x, stdin: " + std::string(n, 's') + "}}"; };
  EXPECT_TRUE(test::findings(stdin_text(limits::kStdinBytes)).empty());
  EXPECT_TRUE(says(stdin_text(limits::kStdinBytes + 1), "stdin_bytes"));
  const auto ready = [](std::size_t n) { return "jobs: {a: {run: x, ready: {log: " + std::string(n, 'r') + "}}}"; };
  EXPECT_TRUE(test::findings(ready(limits::kReadyTextBytes)).empty());
  EXPECT_TRUE(says(ready(limits::kReadyTextBytes + 1), "ready_text_bytes"));
  const auto word = [](std::size_t n) { return "jobs: {a: {command: [echo, " + std::string(n, 'w') + "]}}"; };
  EXPECT_TRUE(test::findings(word(limits::kArgBytes)).empty());
  EXPECT_TRUE(says(word(limits::kArgBytes + 1), "arg_bytes"));
  EXPECT_TRUE(says("jobs: {a: {run: " + std::string(limits::kArgBytes + 1, 'r') + "}}", "put the script into a file"));
  const auto variable = [](std::size_t n) { return "jobs: {a: {run: x, env: {A: " + std::string(n, 'v') + "}}}"; };
  EXPECT_TRUE(test::findings(variable(limits::kArgBytes - 2)).empty());
  EXPECT_TRUE(says(variable(limits::kArgBytes - 1), "arg_bytes"));
  EXPECT_EQ(settings("run: x, retry: 1000").retry.limit, limits::kRetries);
}

TEST(JobLimits, arguments_and_environment_together_have_a_bound) {
  // echo and five words: 5 + 4 * 100,001 + the rest
  const auto words = [](std::size_t last) {
    std::string yaml = "jobs: {a: {command: [echo";
    for (int i = 0; i < 4; ++i) yaml += ", " + std::string(100'000, 'w');
    return yaml + ", " + std::string(last, 'w') + "]}}";
  };
  const auto room = limits::kArgvBytes - 5 - 4 * 100'001 - 1;
  EXPECT_TRUE(test::findings(words(room)).empty());
  EXPECT_TRUE(says(words(room + 1), "argv_bytes"));
  std::string env = "env: {A: 1";
  for (int i = 0; i < 6; ++i) env += ", E" + std::to_string(i) + ": " + std::string(100'000, 'e');
  EXPECT_TRUE(says(env + "}\njobs: {a: {run: x}}", "argv_bytes"));
  EXPECT_TRUE(says("jobs: {a: {target: echo, args: ['" + std::string(limits::kArgvBytes, 'x') + "']}}", "argv_bytes"));
}

}  // namespace
}  // namespace rota::jobs
