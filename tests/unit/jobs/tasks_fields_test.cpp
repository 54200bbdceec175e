// The fields of a job about its tasks, its outputs, its secrets; hooks; the hash of what a job does.
#include <gtest/gtest.h>

#include "tests/unit/jobs/loading.h"

namespace rota::jobs {
namespace {

Job job(const std::string& fields) { return test::job("run: x, " + fields); }

TEST(TaskFields, have_their_values) {
  const auto j = job("array: 10, chunk: 5, max_parallel: 3, fail_fast: true, max_failures: 2");
  EXPECT_EQ(j.chunk, 5u);
  EXPECT_EQ(j.max_parallel, 3u);
  EXPECT_TRUE(j.fail_fast);
  EXPECT_EQ(j.max_failures, (MaxFailures{.count = 2, .percent = -1}));
  EXPECT_EQ(job("max_failures: 2.5%").max_failures, (MaxFailures{.count = 0, .percent = 2.5}));
  EXPECT_EQ(job("max_failures: \"0%\"").max_failures, (MaxFailures{.count = 0, .percent = 0}));
  EXPECT_EQ(job("chunk: auto").chunk, 0u);
  EXPECT_FALSE(job("array: 2").max_failures);
}

TEST(TaskFields, outputs_have_names_and_types) {
  EXPECT_EQ(job("outputs: {a: int, b-c: json}").outputs,
            (std::vector<Output>{{"a", OutputType::integer}, {"b-c", OutputType::json}}));
  EXPECT_EQ(job("outputs: [x, y]").outputs,
            (std::vector<Output>{{"x", OutputType::string}, {"y", OutputType::string}}));
}

TEST(TaskFields, secrets_are_references) {
  const auto s = test::settings("run: x, secrets: {A: {env: MY_A}, B: {file: b.txt}, C: {command: [pass, show, c]}}");
  ASSERT_EQ(s.secrets.size(), 3u);
  EXPECT_EQ(s.secrets[0], (Secret{"A", Secret::From::env, "MY_A", {}}));
  EXPECT_EQ(s.secrets[1], (Secret{"B", Secret::From::file, "/home/u/work/b.txt", {}}));
  EXPECT_EQ(s.secrets[2], (Secret{"C", Secret::From::command, "", {"pass", "show", "c"}}));
}

TEST(TaskFields, each_needs_as_many_tasks) {
  const auto p = test::plan(
      "jobs: {a: {run: x, array: 6}, b: {run: x, matrix: {n: [1, 2, 3], m: [1, 2]}, needs: {a: each}}}");
  EXPECT_EQ(p.jobs[1].needs, (std::vector<Need>{{0, NeedKind::each}}));
}

TEST(FileFields, describe_the_file) {
  const auto p = test::plan("description: of the night\nlabels: {team: data, cost: 4.50}\njobs: {j: {run: x}}");
  EXPECT_EQ(p.description, "of the night");
  EXPECT_EQ(p.labels, (std::vector<std::pair<std::string, std::string>>{{"team", "data"}, {"cost", "4.50"}}));
}

TEST(Hooks, stand_behind_the_jobs_in_the_order_they_run_in) {
  const auto p = test::plan(
      "hooks:\n  on_exit: {target: echo, args: [end]}\n  on_failure: {run: ./tell.sh, timeout: 5s, env: {A: b}}\n"
      "defaults: {array: 3, max_failures: 1, retry: 2}\njobs:\n  a: {run: x}\n");
  ASSERT_EQ(p.jobs.size(), 3u);
  EXPECT_EQ(p.jobs[1].id.text(), "hook.on_failure");
  EXPECT_EQ(p.jobs[1].hook, Hook::on_failure);
  EXPECT_EQ(p.jobs[1].line, 3u);
  EXPECT_EQ(p.jobs[1].task_count(), 1u);
  EXPECT_FALSE(p.jobs[1].max_failures);
  EXPECT_EQ(p.settings_of(p.jobs[1]).retry.limit, 2u);
  EXPECT_EQ(p.settings_of(p.jobs[1]).timeout, std::chrono::seconds(5));
  EXPECT_EQ(p.jobs[2].id.text(), "hook.on_exit");
  EXPECT_EQ(p.jobs[2].mode, Mode::thread);
  EXPECT_FALSE(p.jobs[0].hook);
  EXPECT_EQ(p.jobs[0].task_count(), 3u);
}

TEST(Params, that_are_missing_are_all_asked_for_by_name) {
  const auto found = test::findings("params: {day: {required: true}, ok: 1, zone: {type: int}}\njobs: {j: {run: x}}");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_NE(found[0].find("give it with -p day=VALUE"), std::string::npos);
  EXPECT_NE(found[1].find("give it with -p zone=VALUE"), std::string::npos);
}

std::uint64_t hash(const std::string& fields, const std::string& before = "") {
  return test::plan(before + "jobs: {j: {" + fields + "}}").jobs.front().content_hash;
}

TEST(ContentHash, is_the_same_for_the_same_work_wherever_it_stands) {
  const auto first = hash("run: make");
  EXPECT_NE(first, 0u);
  EXPECT_EQ(first, hash("run: make, retry: 5, timeout: 3s, name: other, continue_on_error: true"));
  EXPECT_EQ(first, hash("run: make", "description: moved\n\n"));
  EXPECT_EQ(hash("target: noop, mode: thread"), hash("target: noop, mode: process"));
}

TEST(ContentHash, differs_where_the_work_does) {
  const std::vector<std::uint64_t> all{hash("run: make"),
                                       hash("run: make all"),
                                       hash("command: [make]"),
                                       hash("run: make, args: [1]"),
                                       hash("run: make, env: {A: b}"),
                                       hash("run: make", "env: {A: b}\n"),
                                       hash("run: make, working_dir: /tmp"),
                                       hash("run: make, shell: bash"),
                                       hash("run: make, stdin: a"),
                                       hash("run: make, secrets: {A: {env: B}}"),
                                       hash("run: make, array: 3"),
                                       hash("target: sleep, args: [1]"),
                                       hash("target: sleep, kwargs: {duration: 1}")};
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t k = 0; k < i; ++k) EXPECT_NE(all[i], all[k]) << i << " and " << k;
}

}  // namespace
}  // namespace rota::jobs
