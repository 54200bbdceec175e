// The top level of a job file: its fields, its defaults, its name; the plan as a whole.
#include "jobs/read/file_reader.h"

#include <gtest/gtest.h>

#include "shared/wire/codec.h"
#include "tests/unit/jobs/loading.h"

namespace rota::jobs {
namespace {

using namespace std::chrono_literals;
using test::plan;

TEST(JobFile, its_own_fields_are_read) {
  const auto p = plan(
      "version: 1\nname: nightly\nmax_parallel: 4\nfailure_policy: cancel\ntimeout: 1h\n"
      "workers: {pool: 2, threads: 3, process_slots: 5, launchers: 1}\nenv: {A: 1, B: two}\njobs: {a: {run: x}}\n");
  EXPECT_EQ(p.name.text(), "nightly");
  EXPECT_EQ(p.max_parallel, 4u);
  EXPECT_EQ(p.failure_policy, FailurePolicy::cancel);
  EXPECT_EQ(p.timeout, 1h);
  EXPECT_EQ(p.workers.pool, 2u);
  EXPECT_EQ(p.workers.threads, 3u);
  EXPECT_EQ(p.workers.process_slots, 5u);
  EXPECT_EQ(p.workers.launchers, 1u);
  EXPECT_EQ(p.env, (std::vector<std::pair<std::string, std::string>>{{"A", "1"}, {"B", "two"}}));
  EXPECT_EQ(p.directory, "/home/u/work");
  EXPECT_EQ(p.source_path, "/home/u/work/file.yaml");
}

TEST(JobFile, it_says_how_much_is_kept_of_its_finished_runs) {
  const auto kept = [](const std::string& words) {
    return plan("history: " + words + "\njobs: {a: {run: x}}\n").history;
  };
  EXPECT_EQ(kept("{keep_runs: 3, keep_for: 7d, max_log_bytes: 10MiB}"), (History{3u, 7 * 24h, 10u << 20}));
  EXPECT_EQ(kept("{keep_runs: 0}"), (History{0u, {}, {}}));
  EXPECT_EQ(kept("{keep_for: 1}"), (History{{}, 1s, {}}));
  EXPECT_EQ(kept("{max_log_bytes: 0}"), (History{{}, {}, 0u}));
  EXPECT_FALSE(kept("{}").any());
  EXPECT_FALSE(plan("jobs: {a: {run: x}}").history.any());
  EXPECT_EQ(plan("params: {n: 5}\nhistory: {keep_runs: '${{ params.n }}'}\njobs: {a: {run: x}}").history.keep_runs, 5u);
}

TEST(JobFile, what_it_does_not_say_is_from_the_machine) {
  const auto p = plan("jobs: {a: {run: x}}");
  EXPECT_EQ(p.name.text(), "file");
  EXPECT_FALSE(p.max_parallel);
  EXPECT_FALSE(p.timeout);
  EXPECT_EQ(p.failure_policy, FailurePolicy::finish);
  EXPECT_EQ(p.workers.pool, 0u);
}

TEST(JobFile, y07_the_stem_of_any_file_becomes_a_name) {
  EXPECT_EQ(name_from_stem("print_numbers").text(), "print_numbers");
  EXPECT_EQ(name_from_stem("my job (2)").text(), "my-job--2-");
  EXPECT_EQ(name_from_stem(".hidden").text(), "hidden");
  EXPECT_EQ(name_from_stem("-rf").text(), "rf");
  EXPECT_EQ(name_from_stem("2024").text(), "job-2024");
  EXPECT_EQ(name_from_stem("v1.2").text(), "job-v1-2");
  EXPECT_EQ(name_from_stem("last").text(), "job-last");
  for (const std::string stem : {"", "...", "\xC3\xA9", "-", "\n"}) EXPECT_FALSE(name_from_stem(stem).empty());
  EXPECT_EQ(name_from_stem(std::string(300, 'x')).text().size(), 64u);
  EXPECT_EQ(name_from_stem(std::string(300, '7')).text().size(), 64u);
}

TEST(JobFile, defaults_hold_for_every_job_that_does_not_say_otherwise) {
  const auto p = plan(
      "defaults: {mode: thread, timeout: 5s, env: {A: 1, B: 2}, retry: {limit: 2, delay: 1m}, daemon: false}\n"
      "jobs:\n  a: {run: x}\n  b: {run: x, mode: async, env: {B: 3, C: 4}, retry: {limit: 1}}\n");
  const auto& a = p.settings_of(p.jobs.at(0));
  const auto& b = p.settings_of(p.jobs.at(1));
  EXPECT_EQ(p.jobs[0].mode, Mode::thread);
  EXPECT_EQ(p.jobs[0].settings, 0u);
  EXPECT_EQ(a.retry.limit, 2u);
  EXPECT_EQ(p.jobs[1].mode, Mode::async);
  EXPECT_EQ(b.timeout, 5s);
  EXPECT_EQ(b.env, (std::vector<std::pair<std::string, std::string>>{{"A", "1"}, {"B", "3"}, {"C", "4"}}));  // by name
  EXPECT_EQ(b.retry, (Retry{.limit = 1}));                                                                   // whole
}

TEST(JobFile, defaults_may_hold_arguments_and_needs) {
  const auto p = plan(
      "defaults: {args: [1, 2], needs: setup}\njobs:\n  setup: {run: x, needs: []}\n  a: {run: x}\n  b: {run: x, args: "
      "[]}\n");
  EXPECT_TRUE(p.jobs.at(0).needs.empty());
  EXPECT_EQ(p.jobs.at(1).args.size(), 2u);
  EXPECT_EQ(p.jobs.at(1).needs, (std::vector<Need>{{0, NeedKind::success}}));
  EXPECT_TRUE(p.jobs.at(2).args.empty());
  EXPECT_TRUE(test::says("defaults: {needs: setup}\njobs: {setup: {run: x}, a: {run: x}}", "job 'setup' needs itself"));
}

TEST(JobFile, equal_settings_are_stored_once) {
  std::string yaml = "jobs:\n";
  for (int i = 0; i < 1000; ++i)
    yaml += "  j" + std::to_string(i) + ": {run: x, timeout: " + std::to_string(i % 3 + 1) + "s}\n";
  const auto p = plan(yaml);
  EXPECT_EQ(p.settings.size(), 4u);  // the defaults and three
  EXPECT_EQ(p.settings_of(p.jobs.at(4)).timeout, 2s);
  EXPECT_EQ(p.jobs.at(4).line, 6u);
}

TEST(JobFile, a_plan_comes_back_from_its_bytes) {
  auto o = test::options();
  o.params = {{"n", "7"}};
  const auto p = plan(
      "params: {n: 1, text: abc}\nenv: {A: 1}\ndefaults: {timeout: 5s}\nworkers: {pool: 2}\nmax_parallel: 3\njobs:\n"
      "  d: {target: udp_echo, args: ['127.0.0.1:1'], mode: async, daemon: true, ready: {log: up}}\n"
      "  t: {target: print_numbers, kwargs: {count: '${{ params.n }}', delay: 0.5}, needs: {d: ready}}\n"
      "  c: {command: [echo, 3.10], stdin: {file: x}, log: {stdout: o, merge: true}, retry: {limit: 2, on: exit}, "
      "needs: t}\n"
      "  r: {run: 'echo \"$@\"', args: [true, 1, 'x y'], needs: {t: completed, c: failed}}\n",
      o);
  const auto bytes = wire::encoded(p);
  Plan back;
  ASSERT_TRUE(wire::decode(bytes, back));
  EXPECT_EQ(wire::encoded(back), bytes);
  EXPECT_EQ(back.jobs.at(1).kwargs.at(0).second, Value(7));
  EXPECT_EQ(back.settings, p.settings);
  EXPECT_EQ(back.jobs.at(3).needs, p.jobs.at(3).needs);
}

TEST(JobFile, the_hash_tells_files_apart) {
  EXPECT_NE(plan("jobs: {a: {run: x}}").source_hash, plan("jobs: {a: {run: y}}").source_hash);
  EXPECT_EQ(plan("jobs: {a: {run: x}}").source_hash, plan("jobs: {a: {run: x}}").source_hash);
}

TEST(JobFile, a_hundred_thousand_jobs_load) {
  std::string yaml = "jobs:\n";
  for (int i = 1; i <= 100'000; ++i) {
    auto number = std::to_string(i);
    yaml += "  j" + std::string(6 - number.size(), '0') + number + ": {target: noop, mode: thread}\n";
  }
  const auto start = std::chrono::steady_clock::now();
  const auto p = plan(yaml);
  RecordProperty("ms", static_cast<int>((std::chrono::steady_clock::now() - start) / std::chrono::milliseconds(1)));
  ASSERT_EQ(p.jobs.size(), 100'000u);
  EXPECT_EQ(p.jobs.back().id.text(), "j100000");
  EXPECT_EQ(p.settings.size(), 1u);
}

TEST(JobFile, errors_without_end_are_cut_off) {
  std::string yaml = "jobs:\n";
  for (int i = 0; i < 20'000; ++i)
    yaml += "  j" + std::to_string(i) + ": {rnu: x, needs: nobody" + std::to_string(i) + "}\n";
  const auto result = test::loaded(yaml);
  const auto& found = std::get<std::vector<Diagnostic>>(result);
  EXPECT_EQ(found.size(), 1000u);
  const auto text = render(found, {"file.yaml", yaml});
  EXPECT_NE(text.find("... and 950 more"), std::string::npos);
  EXPECT_NE(text.find("1000 or more errors in file.yaml"), std::string::npos);
}

}  // namespace
}  // namespace rota::jobs
