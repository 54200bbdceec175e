// Plans written as job files: reading them gives the same work again.
#include "jobs/write/job_file.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <filesystem>

#include "jobs/model/formula_text.h"
#include "shared/text/text.h"
#include "tests/support/paths.h"
#include "tests/unit/jobs/loading.h"

namespace rota::jobs {
namespace {

/// Somewhere else than the first file: nothing of it may count.
Plan read_again(const std::string& text) {
  LoadOptions o;
  o.directory = "/elsewhere";
  return test::plan(text, o);
}

void expect_same(const Plan& plan) {
  ASSERT_FALSE(plan.jobs.empty());
  const auto text = job_file_text(plan, "# above\n");
  EXPECT_TRUE(text.starts_with("# above\n"));
  const auto again = read_again(text);
  EXPECT_EQ(first_difference(plan, again), "") << text;
  EXPECT_EQ(again.max_parallel, plan.max_parallel);
  EXPECT_EQ(again.failure_policy, plan.failure_policy);
  EXPECT_EQ(again.timeout, plan.timeout);
  EXPECT_EQ(again.env, plan.env);
  EXPECT_EQ(again.history, plan.history);
  EXPECT_EQ(again.name.text(), plan.name.text());
}

class Same : public ::testing::TestWithParam<const char*> {};
TEST_P(Same, a_file_that_is_written_is_the_same_work) { expect_same(test::plan(GetParam())); }

INSTANTIATE_TEST_SUITE_P(
    JobFile, Same,
    ::testing::Values(
        "jobs: {a: {run: \"echo 'x' \\\"$HOME\\\"\\n\"}}",
        "{max_parallel: 3, failure_policy: stop, timeout: 90s, env: {A: b, C: 'd e'}, jobs: {a: {run: x}}}",
        "{history: {keep_runs: 0, keep_for: 7d, max_log_bytes: 10MiB}, jobs: {a: {run: x}}}",
        "{history: {keep_for: 1500ms}, jobs: {a: {run: x}}}",
        "jobs: {a: {run: x, env: {X: 'y: z'}, stdin: \"in\\tput\", timeout: 1500ms, stop: {signal: USR1, grace: 2s}}}",
        "jobs: {a: {command: [a, b c, \"d\\\"e\", ''], stdin: {file: in.txt}, success_exit_codes: [0, 3]}}",
        "jobs: {a: {run: x, retry: {limit: 3, delay: 250ms, backoff: 1.5, max_delay: 10s, jitter: 0, on: [lost]}}}",
        "jobs: {a: {run: x, log: {stdout: out.txt, merge: true, max_bytes: 1MiB}, continue_on_error: true}}",
        "jobs: {a: {target: print_numbers, args: [5], kwargs: {delay: 1s}, mode: process, name: Numbers}}",
        "jobs: {d: {target: udp_echo, kwargs: {listen: '127.0.0.1:1'}, mode: async, daemon: true, "
        "ready: {log: listening}}, a: {run: x, needs: {d: ready}}, b: {run: x, needs: {a: failed}}}",
        "jobs: {a: {run: x, array: '10..50:10', max_parallel: 2, fail_fast: true, max_failures: 5%, chunk: 4}, "
        "b: {run: x, array: 5, needs: {a: each}}}",
        "jobs: {m: {command: [echo, '${{ matrix.os }}-${{ matrix.n }}'], matrix: {os: [l, w], n: '1..3', "
        "exclude: [{os: w, n: 3}], include: [{os: l, fast: true}, {os: b, n: 1}]}}}",
        "jobs: {a: {run: x, outputs: {k: int, s: json}}, b: {command: [echo, '${{ needs.a.outputs.k }}'], needs: a, "
        "if: \"needs.a.outputs.k > 3 && !failure()\"}}",
        "jobs: {a: {run: x, secrets: {A: {env: X}, B: {file: /f}, C: {command: [get, it]}}}}",
        "{jobs: {a: {run: x}}, hooks: {on_failure: {run: 'echo bad', timeout: 5s}, on_exit: {command: [bye]}}}",
        "{params: {who: {default: 'a b'}, n: 3}, jobs: {a: {run: 'echo ${{ params.who }} ${{ params.n }}'}}}",
        "jobs: {a: {run: 'echo ${{ array.index }} \"of ${{ array.count }}\"', array: 3}}",
        "jobs: {a: {run: x, array: 3, working_dir: 'd-${{ array.index }}', env: {N: 'n${{ array.index }}'}}}"));

TEST(JobFile, every_example_is_the_same_work_when_it_is_written) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(rota::test::source_path("jobs/examples"))) {
    if (entry.path().extension() != ".yaml") continue;
    SCOPED_TRACE(entry.path().string());
    auto o = test::options();
    o.directory = rota::test::source_path("jobs/examples");
    o.env = {{"HOME", "/home/u"}, {"PATH", "/usr/bin:/bin"}};
    ++files;
    expect_same(test::plan(read_job_file(entry.path().string()).value().bytes, o));
  }
  EXPECT_GT(files, 4u);
}

RC_GTEST_PROP(JobFile, any_words_of_a_command_come_back, (const std::vector<std::string>& words)) {
  auto plan = test::plan("jobs: {a: {command: [x], env: {V: v}}}");
  auto& argv = std::get<CommandLine>(plan.jobs[0].action).argv;
  for (const auto& word : words)
    if (text::is_utf8(word) && word.find('\0') == word.npos) argv.push_back(word + "${{ x");
  const auto again = read_again(job_file_text(plan, ""));
  RC_ASSERT(again.jobs.size() == 1u);
  RC_ASSERT(std::get<CommandLine>(again.jobs[0].action).argv.size() == argv.size());
  for (std::size_t i = 0; i < argv.size(); ++i)
    RC_ASSERT(std::get<CommandLine>(again.jobs[0].action).argv[i] == argv[i]);
}

}  // namespace
}  // namespace rota::jobs
