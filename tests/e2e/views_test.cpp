// What a run leaves behind, and the commands that read it: ps, show, logs, history.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <boost/json.hpp>
#include <filesystem>

#include "tests/e2e/scene.h"

namespace rota::test {
namespace {

TEST(Views, a_finished_run_is_listed_shown_and_its_logs_are_read) {
  const Scene scene;
  ASSERT_EQ(scene.run("name: nightly\njobs:\n  a: {run: echo one}\n  b: {run: exit 4, needs: a}\n").status, 1);
  const Ended ps = scene.rota({"ps", "-a"}).run();
  EXPECT_EQ(ps.status, 0) << told(ps);
  EXPECT_TRUE(contains(ps.out, "nightly")) << told(ps);
  EXPECT_TRUE(contains(ps.out, "1/1/2")) << told(ps);
  const Ended show = scene.rota({"show", "1"}).run();
  EXPECT_EQ(show.status, 0) << told(show);
  EXPECT_TRUE(contains(show.out, "nightly")) << told(show);
  const Ended job = scene.rota({"show", "1/b"}).run();
  EXPECT_TRUE(contains(job.out, "exit")) << told(job);
  EXPECT_EQ(scene.rota({"logs", "1/a"}).run().out, "one\n");
  const Ended history = scene.rota({"history"}).run();
  EXPECT_TRUE(contains(history.out, "nightly")) << told(history);
  EXPECT_TRUE(contains(history.out, "failed") || contains(history.out, "F")) << told(history);
}

TEST(Views, a_query_that_was_answered_returns_0_whatever_the_run_was) {
  const Scene scene;
  ASSERT_EQ(scene.run("jobs:\n  a: {run: exit 1}\n").status, 1);
  for (const std::string verb : {"ps", "history"}) EXPECT_EQ(scene.rota({verb}).run().status, 0) << verb;
  for (const std::string verb : {"show", "logs"}) EXPECT_EQ(scene.rota({verb, "last"}).run().status, 0) << verb;
}

TEST(Views, json_is_all_there_is_on_stdout) {
  const Scene scene;
  ASSERT_EQ(scene.run("jobs:\n  a: {run: echo}\n").status, 0);
  using Words = std::vector<std::string>;
  for (const Words& words :
       {Words{"ps", "--json"}, {"show", "last", "--json"}, {"history", "--json"}, {"limits", "--json"}}) {
    const Ended e = scene.rota(words).run();
    ASSERT_EQ(e.status, 0) << told(e);
    boost::json::error_code bad;
    const auto value = boost::json::parse(e.out, bad);
    ASSERT_FALSE(bad) << told(e);
    EXPECT_EQ(value.as_object().at("schema").as_string(), "rota/1");
  }
}

TEST(Views, what_does_not_exist_is_exit_3_with_a_way_on) {
  const Scene scene;
  ASSERT_EQ(scene.run("jobs:\n  a: {run: echo}\n").status, 0);
  using Words = std::vector<std::string>;
  for (const Words& words :
       {Words{"show", "99"}, {"logs", "99"}, {"show", "1/nope"}, {"logs", "last/nope"}, {"ps", "99"}}) {
    const Ended e = scene.rota(words).run();
    EXPECT_EQ(e.status, 3) << words[0] << ' ' << words[1] << '\n' << told(e);
    EXPECT_EQ(e.out, "") << told(e);
    EXPECT_TRUE(contains(e.err, "rota ")) << "names a command that helps: " << told(e);
  }
}

TEST(Views, a_selector_that_is_none_is_wrong_usage) {
  const Scene scene;
  for (const std::string id : {"1/", "a b", "1/x.9-2", "-"}) {
    const Ended e = scene.rota({"show", "--", id}).run();
    EXPECT_TRUE(e.status == 2 || e.status == 3) << id << '\n' << told(e);
    EXPECT_FALSE(e.err.empty()) << id;
  }
}

TEST(Views, without_any_run_they_say_so_and_do_not_fail) {
  const Scene scene;
  const Ended ps = scene.rota({"ps", "-a"}).run();
  EXPECT_EQ(ps.status, 0) << told(ps);
  EXPECT_EQ(scene.rota({"history"}).run().status, 0);
  EXPECT_EQ(scene.rota({"show", "last"}).run().status, 3);
}

TEST(Views, a_run_is_seen_while_it_runs) {
  const Scene scene;
  auto run = scene.start("name: living\njobs:\n  x: {run: 'echo up; while [ ! -e go ]; do sleep 0.02; done'}\n");
  run.until_out("up");
  const Ended ps = scene.rota({"ps"}).run();
  EXPECT_TRUE(contains(ps.out, "living")) << told(ps);
  EXPECT_TRUE(contains(ps.out, " R ")) << told(ps);
  EXPECT_EQ(scene.story()["x"].state, "running");
  EXPECT_EQ(scene.rota({"logs", "last/x"}).run().out, "up\n");
  scene.write("go", "");
  EXPECT_EQ(run.wait().status, 0);
}

TEST(Views, logs_can_be_followed_to_the_end_of_the_run) {
  const Scene scene;
  auto run = scene.start("jobs:\n  x: {run: 'echo one; while [ ! -e go ]; do sleep 0.02; done; echo two'}\n");
  run.until_out("one");
  auto logs = scene.rota({"logs", "-f", "last/x"}).start();
  logs.until_out("one");
  scene.write("go", "");
  EXPECT_EQ(run.wait().status, 0);
  const Ended e = logs.wait();
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(e.out, "one\ntwo\n");
}

TEST(Views, a_log_is_given_back_byte_by_byte) {
  const Scene scene;
  ASSERT_EQ(scene.run("jobs:\n  x: {run: \"printf 'a\\\\000b\\\\377\\\\r\\\\n\\\\033[31mred'\"}\n").status, 0);
  EXPECT_EQ(scene.rota({"logs", "last"}).run().out, std::string("a\0b\377\r\n\033[31mred", 14));
}

TEST(Views, the_last_lines_of_a_log_can_be_asked_for) {
  const Scene scene;
  ASSERT_EQ(scene.run("jobs:\n  x: {run: seq 1 1000}\n", {"-q"}).status, 0);
  EXPECT_EQ(scene.rota({"logs", "last", "-n", "2"}).run().out, "999\n1000\n");
}

TEST(Views, logs_of_failed_jobs_alone) {
  const Scene scene;
  ASSERT_EQ(scene.run("jobs:\n  good: {run: echo good}\n  bad: {run: echo bad; exit 1}\n").status, 1);
  const Ended e = scene.rota({"logs", "last", "--failed"}).run();
  EXPECT_TRUE(contains(e.out, "bad")) << told(e);
  EXPECT_FALSE(contains(e.out, "good")) << told(e);
}

TEST(Views, a_log_that_nobody_reads_to_its_end_is_no_error) {
  const Scene scene;
  ASSERT_EQ(scene.run("jobs:\n  x: {run: seq 1 100000}\n", {"-q"}).status, 0);
  const Ended e = scene.shell("rota logs last | head -n 1").run();
  EXPECT_EQ(e.out, "1\n");
  EXPECT_EQ(e.err, "") << told(e);
}

TEST(StateDirectory, it_is_made_for_its_owner_alone) {
  const Scene scene;
  ASSERT_EQ(scene.shell("umask 000; rota run -q -- true").run().status, 0);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(scene.path("state"))) {
    struct stat s {};
    ASSERT_EQ(::stat(entry.path().c_str(), &s), 0);
    EXPECT_EQ(s.st_mode & 077u, 0u) << entry.path();
  }
  struct stat s {};
  ASSERT_EQ(::stat(scene.path("state").c_str(), &s), 0);
  EXPECT_EQ(s.st_mode & 0777u, 0700u);
}

TEST(StateDirectory, one_that_others_may_write_is_refused) {
  const Scene scene;
  ASSERT_TRUE(std::filesystem::create_directory(scene.path("state")));
  ASSERT_EQ(::chmod(scene.path("state").c_str(), 0777), 0);
  const Ended e = scene.run("jobs:\n  x: {run: touch ran}\n");
  EXPECT_EQ(e.status, 5) << told(e);
  EXPECT_TRUE(contains(e.err, scene.path("state"))) << told(e);
  EXPECT_FALSE(scene.exists("ran"));
}

TEST(StateDirectory, the_flag_counts_before_the_environment) {
  const Scene scene;
  const std::string file = scene.write("job.yaml", "jobs:\n  x: {run: echo}\n");
  ASSERT_EQ(scene.rota({"run", "--state-dir", scene.path("other"), file}).run().status, 0);
  EXPECT_TRUE(scene.exists("other"));
  EXPECT_FALSE(scene.exists("state"));
}

}  // namespace
}  // namespace rota::test
