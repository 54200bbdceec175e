// Warm processes: one serves many tasks of a job, is replaced in time, and what happens in it stays in it.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/e2e/service_scene.h"
#include "tests/support/eventually.h"
#include "tests/support/paths.h"
#include "tests/support/scratch.h"

namespace rota::test {
namespace {

using Strings = std::vector<std::string>;

class Warm : public testing::Test {
 protected:
  /// An array of so many tasks of the function, one at a time.
  Ended run(const std::string& function, const std::string& fields, int tasks = 6) {
    return scene_.run("workers: {process_slots: 1}\njobs:\n  x: {target: \"" + plugin() + ":" + function +
                      "\", mode: process, array: " + std::to_string(tasks) + (fields.empty() ? "" : ", " + fields) +
                      "}\n");
  }
  /// How many tasks each process has told of, in the order of their coming.
  static std::vector<int> tasks_by_process(const Ended& e) {
    std::vector<std::string> pids;
    std::map<std::string, int> tasks;
    for (const auto& line : job_lines(e.out)) {
      if (!line.text.starts_with("pid ")) continue;
      const auto pid = line.text.substr(4, line.text.find(' ', 4) - 4);
      if (tasks[pid]++ == 0) pids.push_back(pid);
    }
    std::vector<int> out;
    for (const auto& pid : pids) out.push_back(tasks[pid]);
    return out;
  }
  static Strings words_of(const Ended& e) {
    Strings out;
    for (const auto& line : job_lines(e.out)) out.push_back(line.text);
    return out;
  }
  Scene scene_;
};

TEST_F(Warm, one_process_serves_the_tasks_of_an_array) {
  const Ended e = run("tells", "");
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(tasks_by_process(e), std::vector<int>{6}) << told(e);
}

TEST_F(Warm, a_fresh_one_is_for_one_task_and_the_file_says_which) {
  const Ended e = run("tells", "fresh: true", 3);
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(tasks_by_process(e), (std::vector<int>{1, 1, 1})) << told(e);
  const Ended one = scene_.run("jobs: {x: {target: \"" + plugin() + ":tells\", mode: process, fresh: false}}");
  EXPECT_EQ(one.status, 0) << told(one);
}

TEST_F(Warm, it_is_replaced_after_max_tasks) {
  const Ended e = run("tells", "max_tasks: 2", 5);
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(tasks_by_process(e), (std::vector<int>{2, 2, 1})) << told(e);
}

TEST_F(Warm, its_initializer_is_called_once_in_each_process) {
  const Ended e = run("tells", "max_tasks: 3, initializer: \"" + plugin() + ":prepare\", initializer_args: [ready]");
  EXPECT_EQ(e.status, 0) << told(e);
  int prepared = 0;
  for (const auto& line : words_of(e)) {
    prepared += line == "preparing";
    if (!line.starts_with("pid ")) continue;
    const auto pid = line.substr(4, line.find(' ', 4) - 4);
    EXPECT_TRUE(line.ends_with("ready in " + pid)) << line;
  }
  EXPECT_EQ(prepared, 2) << told(e);
}

TEST_F(Warm, what_an_initializer_fails_of_is_the_reason_of_the_tasks_and_nothing_is_started_for_ever) {
  const Ended e = run("tells", "initializer: \"" + plugin() +
                                   ":prepare_in_vain\", initializer_args: [no licence], retry: 3");
  EXPECT_EQ(e.status, 1) << told(e);
  const auto all = scene_.rota({"show", "last", "--json"}).run().out;
  EXPECT_TRUE(contains(all, "\"reason\":\"initializer\"")) << all;
  EXPECT_TRUE(contains(all, "prepare_in_vain' failed: no licence")) << all;
  EXPECT_TRUE(tasks_by_process(e).empty()) << told(e);
}

TEST_F(Warm, a_crash_loses_one_task_and_the_others_run) {
  const Ended e = run("tells", "args: [2, abort]");
  EXPECT_EQ(e.status, 1) << told(e);
  const auto page = scene_.rota({"show", "last", "--json"}).run().out;
  EXPECT_TRUE(contains(page, "\"crashed\":1")) << page;
  EXPECT_TRUE(contains(page, "\"succeeded\":5")) << page;
}

TEST_F(Warm, a_task_that_hangs_is_timed_out_and_its_process_killed) {
  const Ended e = run("tells", "args: [2, hang], timeout: 3s, stop: {grace: 200ms}");
  EXPECT_EQ(e.status, 1) << told(e);
  const auto page = scene_.rota({"show", "last", "--json"}).run().out;
  EXPECT_TRUE(contains(page, "\"timed_out\":1")) << page;
  EXPECT_TRUE(contains(page, "\"succeeded\":5")) << page;
  EXPECT_TRUE(scene_.nothing_lives());
}

TEST_F(Warm, w09_a_task_that_closes_every_descriptor_is_the_only_one_that_is_lost) {
  const Ended e = run("tells", "args: [1, close]", 4);
  const auto page = scene_.rota({"show", "last", "--json"}).run().out;
  EXPECT_TRUE(contains(page, "\"succeeded\":3")) << told(e) << page;
}

TEST_F(Warm, w10_what_a_task_forks_does_not_outlive_it) {
  const Ended e = run("tells", "args: [1, children]", 3);
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(tasks_by_process(e), std::vector<int>{3}) << told(e);
  EXPECT_TRUE(scene_.nothing_lives());
}

TEST_F(Warm, w11_what_a_task_changes_of_its_process_is_put_back_before_the_next) {
  const Ended e = run("surroundings", "env: {COLOUR: blue}", 4);
  EXPECT_EQ(e.status, 0) << told(e);
  const auto words = words_of(e);
  ASSERT_EQ(words.size(), 4u) << told(e);
  EXPECT_TRUE(contains(words[0], " blue - 1")) << words[0];
  for (const auto& line : words) EXPECT_EQ(line, words[0]);
}

TEST_F(Warm, w11_a_thread_of_a_plugin_leaves_no_trace_either) {
  const Ended e = scene_.run("workers: {pool: 1, threads: 1}\njobs:\n  x: {target: \"" + plugin() +
                             ":surroundings\", mode: thread, array: 4}\n");
  EXPECT_EQ(e.status, 0) << told(e);
  const auto words = words_of(e);
  ASSERT_EQ(words.size(), 4u) << told(e);
  for (const auto& line : words) EXPECT_EQ(line, words[0]);
}

class WarmLeak : public Warm, public testing::WithParamInterface<std::string> {};
INSTANTIATE_TEST_SUITE_P(Of, WarmLeak, testing::Values("leak", "threads", "descriptors"),
                         [](const auto& p) { return p.param; });

TEST_P(WarmLeak, w12_a_process_that_leaks_is_replaced_and_that_is_told) {
  const Ended e = run("tells", "args: [0, " + GetParam() + "], max_rss: 128MiB", 40);
  EXPECT_EQ(e.status, 0) << told(e);
  const auto tasks = tasks_by_process(e);
  ASSERT_EQ(tasks.size(), 2u) << told(e);
  EXPECT_LE(tasks[0], 16) << told(e);
  EXPECT_TRUE(contains(e.err, "it is replaced")) << told(e);
}

TEST_F(Warm, a_process_that_is_killed_from_outside_loses_its_task_only) {
  const Service service;
  auto rotad = service.up();
  const auto id = service.submit("jobs: {x: {target: \"" + plugin() +
                                 ":steps\", mode: process, array: 3, max_parallel: 1}}");
  ASSERT_TRUE(eventually(kPatience, [&] { return contains(service.ask({"ps", "--tasks", id}).out, " 40%"); }));
  // Two may have been started for three tasks: one of them has the one that runs.
  for (const auto& p : service.pool_workers()) ::kill(p.pid, SIGKILL);
  service.scene().write("go", "");
  const auto ended = service.ask({"wait", id});
  EXPECT_EQ(ended.status, 0) << told(ended);
  const auto page = service.ask({"show", id, "--json"}).out;  // nobody knows who sent it: free of charge
  EXPECT_TRUE(contains(page, "\"interrupted\"") && contains(page, "\"reason\":\"worker-lost\"")) << page;
}

TEST_F(Warm, a_cancel_reaches_the_task_that_runs) {
  const Service service;
  auto rotad = service.up();
  const auto id = service.submit("jobs: {x: {target: \"" + plugin() +
                                 ":steps\", mode: process, array: 3, max_parallel: 1}}");
  ASSERT_TRUE(eventually(kPatience, [&] { return contains(service.ask({"ps", "--tasks", id}).out, " 40%"); }));
  EXPECT_EQ(service.ask({"cancel", id}).status, 0);
  EXPECT_TRUE(contains(service.ask({"show", id, "--json"}).out, "\"cancelled\":3"));
}

TEST_F(Warm, w13_a_library_that_cannot_be_used_is_told_as_what_it_is_and_never_tried_for_ever) {
  const auto refused = [&](const std::string& name, const std::string& text) {
    scene_.write(name, text);
    scene_.write("job.yaml", "jobs: {x: {target: \"./" + name + ":f\", mode: process, array: 4}}\n");
    const Ended e = scene_.rota({"run", "job.yaml"}).run();
    EXPECT_EQ(e.status, 2) << told(e);
    EXPECT_TRUE(contains(e.err, "cannot be loaded")) << told(e);
  };
  refused("text.so", "no library\n");
  std::string other_machine(64, '\0');
  other_machine.replace(0, 20, std::string("\x7f" "ELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x2a\0", 20));
  refused("arch.so", other_machine);
}

TEST_F(Warm, fields_that_say_nothing_here_are_refused_where_they_stand) {
  const auto refused = [&](const std::string& fields, std::string_view why) {
    scene_.write("job.yaml", "jobs:\n  x: {" + fields + "}\n");
    const Ended e = scene_.rota({"validate", "job.yaml"}).run();
    EXPECT_EQ(e.status, 2) << told(e);
    EXPECT_TRUE(contains(e.err, why)) << told(e);
  };
  refused("run: x, fresh: false", "'fresh' is for a target under process");
  refused("target: noop, max_tasks: 2", "'max_tasks' is for a target under process");
  refused("target: noop, mode: process, max_tasks: 2", "'max_tasks' is for warm processes");
  refused("target: noop, mode: process, fresh: false, stdin: x", "'stdin' is not for a warm process");
  refused("target: noop, mode: process, fresh: false, initializer: nop", "did you mean 'noop'?");
  refused("target: noop, mode: process, fresh: false, initializer: sleep", "needs 'duration'");
  refused("target: noop, mode: process, array: 2, max_rss: 1", "max_rss");
}

}  // namespace
}  // namespace rota::test
