// Services: each kind of probe, what is not live, what comes again, and bounds of processes.
#include <gtest/gtest.h>

#include "tests/e2e/service_scene.h"

namespace rota::test {
namespace {

/// A daemon that serves once `up` is there, and goes away with a TERM.
constexpr const char* kWaits = "'trap exit TERM; while :; do sleep 0.02; done'";

std::string server(const std::string& text) {
  return "jobs:\n  d: {daemon: true, run: " + std::string(kWaits) + ", " + text + "}\n";
}

TEST(Service, who_needs_it_starts_when_the_file_is_there) {
  const Scene scene;
  const Ended e = scene.run(server("ready: {file: up, interval: 20ms}") +
                            "  touch: {run: touch touched; touch up}\n"
                            "  a: {run: test -e touched, needs: d}\n");
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(scene.story()["d"].reason, "not-needed");
}

TEST(Service, a_probe_command_runs_in_the_environment_and_directory_of_its_job) {
  const Scene scene;
  scene.shell("mkdir sub").run();
  const Ended e = scene.run(server("env: {MARK: yes it is}, working_dir: sub, ready: {interval: 20ms, "
                                   "exec: 'test -e up && test \"$MARK\" = \"yes it is\" && test \"$ROTA_JOB\" = d'}") +
                            "  touch: {run: touch touched; touch sub/up}\n"
                            "  a: {run: test -e touched, needs: d}\n");
  EXPECT_EQ(e.status, 0) << told(e);
}

TEST(Service, a_probe_command_that_hangs_is_killed_with_all_that_it_has_started) {
  const Scene scene;
  const Ended e = scene.run(server("ready: {exec: 'sleep 300 | sleep 300', timeout: 100ms, interval: 20ms, "
                                   "failures: 2}") +
                            "  a: {run: echo, needs: d}\n");
  EXPECT_EQ(e.status, 1) << told(e);
  const Story story = scene.story();
  EXPECT_EQ(story["d"].outcome, "failed");
  EXPECT_EQ(story["d"].reason, "not-ready");
  EXPECT_EQ(story["a"].outcome, "upstream_failed");
  EXPECT_TRUE(contains(e.out + e.err, "did not end in time")) << told(e);
  EXPECT_TRUE(scene.nothing_lives()) << "of the command, too";
}

TEST(Service, a_web_server_is_ready_when_it_answers_well) {
  const Scene scene;
  scene.write("serve.py",
              "import http.server, os, threading\n"
              "class H(http.server.BaseHTTPRequestHandler):\n"
              "  def do_GET(self):\n"
              "    self.send_response(204 if os.path.exists('good') else 503)\n"
              "    self.end_headers()\n"
              "    open('asked', 'w').close()\n"
              "s = http.server.HTTPServer(('127.0.0.1', 0), H)\n"
              "open('port.tmp', 'w').write(str(s.server_port)); os.rename('port.tmp', 'port')\n"
              "s.serve_forever()\n");
  // The port is known only once it serves: the file of the services is written then.
  Running server = scene.shell("exec python3 serve.py").start();
  ASSERT_EQ(scene.shell("until [ -e port ]; do sleep 0.02; done").run().status, 0);
  const Ended e = scene.run("jobs:\n"
                            "  d: {daemon: true, run: " + std::string(kWaits) + ", ready: {http: 'http://127.0.0.1:" +
                            scene.read("port") + "/health?full', interval: 20ms, timeout: 10s}}\n"
                            "  good: {run: 'until [ -e asked ]; do sleep 0.02; done; touch good'}\n"
                            "  a: {run: test -e good, needs: d}\n");
  EXPECT_EQ(e.status, 0) << told(e);
  server.signal(SIGKILL);
  server.wait();
}

TEST(Service, what_has_no_time_left_to_become_ready_has_failed) {
  const Scene scene;
  const Ended e = scene.run(server("ready: {log: never, within: 200ms}") + "  a: {run: echo, needs: d}\n");
  EXPECT_EQ(e.status, 1) << told(e);
  EXPECT_EQ(scene.story()["d"].reason, "not-ready");
}

TEST(Service, one_that_is_not_live_any_more_is_stopped_and_comes_again) {
  const Scene scene;
  const Ended e = scene.run(
      "jobs:\n"
      "  d:\n"
      "    daemon: true\n"
      "    run: 'echo life >> lives; touch alive; trap exit TERM; while :; do sleep 0.02; done'\n"
      "    ready: {file: alive, interval: 20ms}\n"
      "    live: {file: alive, interval: 20ms, failures: 2}\n"
      "    restart: {when: on_failure, delay: 50ms}\n"
      "  a: {run: 'rm alive; until [ $(grep -c life lives) = 2 ]; do sleep 0.02; done', needs: d}\n");
  EXPECT_EQ(e.status, 0) << told(e);
  const Story story = scene.story();
  ASSERT_GE(story["d"].attempts.size(), 2u);
  EXPECT_EQ(story["d"].attempts[0].reason, "not-live");
  EXPECT_EQ(story["d"].outcome, "succeeded");
}

TEST(Service, one_that_ends_well_comes_again_if_it_always_does) {
  const Scene scene;
  const Ended e = scene.run(
      "jobs:\n"
      "  d: {daemon: true, run: echo life >> lives, restart: {when: always, delay: 20ms, backoff: 1}}\n"
      "  a: {run: 'until [ $(grep -c life lives) -ge 3 ]; do sleep 0.02; done', needs: {d: started}}\n");
  EXPECT_EQ(e.status, 0) << told(e);
}

TEST(Service, the_next_life_of_the_coordinator_goes_on_asking) {
  const Service service;
  Running first = service.up();
  const auto run = service.submit(
      "jobs:\n"
      "  d: {daemon: true, run: 'trap exit TERM; while :; do sleep 0.02; done', ready: {file: up, interval: 20ms},\n"
      "      live: {file: up, interval: 20ms}}\n"
      "  a: {run: touch served; sleep 300, needs: d}\n");
  ASSERT_TRUE(service.reaches(run, "d", "running"));
  first.signal(SIGKILL);
  first.wait();
  Running second = service.up();
  service.scene().write("up", "");
  ASSERT_TRUE(service.reaches(run, "a", "running"));
  second.signal(SIGKILL);
  second.wait();
  Running third = service.up();
  ASSERT_EQ(service.scene().shell("rm up").run().status, 0);
  ASSERT_TRUE(service.reaches(run, "d", "finished"));
  EXPECT_EQ(service.story(run)["d"].reason, "not-live");
  EXPECT_EQ(service.ask({"cancel", "--now", run}).status, 0);
  EXPECT_EQ(service.ask({"daemon", "stop", "--all"}).status, 0);
}

TEST(Bounds, p14_an_end_for_want_of_memory_is_told_apart_from_a_signal) {
  const Scene scene;
  const bool kept = contains(scene.rota({"doctor"}).run().out, "of all processes of an attempt together");
  // The shell of the first lives, and tells that its child was killed.
  const Ended e = scene.run(
      "jobs:\n"
      "  child: {run: 'head -c 400M /dev/zero | tail -c 300M >/dev/null', resources: {memory: 64MiB}}\n"
      "  goes_on: {run: 'head -c 400M /dev/zero | tail -c 300M >/dev/null || true', resources: {memory: 64MiB}}\n"
      "  kill: {run: 'kill -9 $$', resources: {memory: 64MiB}}\n");
  const Story story = scene.story();
  EXPECT_EQ(story["child"].outcome, kept ? "oom" : "failed") << told(e);
  EXPECT_TRUE(contains(e.out + e.err, "memory limit 64 MiB")) << told(e);
  const auto page = scene.rota({"show", "last/goes_on"}).run().out;
  if (story["goes_on"].outcome == "oom") {  // its processes were killed together
    EXPECT_TRUE(kept);
  } else {
    EXPECT_EQ(story["goes_on"].outcome, "succeeded");
    EXPECT_EQ(contains(page, "the kernel killed 1 of its processes for want of memory"), kept) << page;
  }
  EXPECT_EQ(story["kill"].reason, "signal:9");
}

TEST(Bounds, p20_an_end_by_a_limit_names_the_limit) {
  const Scene scene;
  const Ended e = scene.run(
      "jobs:\n"
      "  cpu: {command: [sh, -c, 'while :; do :; done'], resources: {cpu_time: 1s}}\n"
      "  size: {command: [sh, -c, 'exec dd if=/dev/zero of=big bs=1M count=4'], resources: {file_size: 1MiB}}\n"
      "  files: {run: 'ulimit -n; exit 3', resources: {open_files: 40}}\n"
      "  memory: {run: 'ulimit -v; exit 4', resources: {memory: 512MiB}}\n"
      "  other: {run: 'kill -XCPU $$', resources: {cpu_time: 100s}}\n"
      "  nice: {run: 'test $(nice) = 5', resources: {nice: 5}}\n");
  EXPECT_EQ(e.status, 1) << told(e);
  const Story story = scene.story();
  EXPECT_EQ(story["cpu"].reason, "signal:24");
  EXPECT_EQ(story["size"].reason, "signal:25");
  EXPECT_EQ(story["nice"].outcome, "succeeded");
  const auto said = e.out + e.err;
  EXPECT_TRUE(contains(said, "signal SIGXCPU (cpu limit 1 s)")) << told(e);
  EXPECT_TRUE(contains(said, "signal SIGXFSZ (file size limit 1 MiB)")) << told(e);
  EXPECT_TRUE(contains(said, "open files limit 40")) << told(e);
  EXPECT_FALSE(contains(said, "cpu limit 100 s")) << told(e);
  EXPECT_EQ(story["memory"].reason, "exit:4");
  EXPECT_EQ(lines_of(job_lines(e.out), "files").at(0), "40");
}

}  // namespace
}  // namespace rota::test
