// The coordinator is killed, stopped or frozen while process jobs run: they go on under their launchers, and the next
// coordinator tells of them what is true.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>

#include "tests/e2e/service_scene.h"
#include "tests/support/scratch.h"
#include "tests/support/walk.h"

namespace rota::test {
namespace {

using ::testing::HasSubstr;

/// Marks its start with attempt and pid, waits for `go`, marks its end.
const std::string kUntilGo =
    "echo \"S $ROTA_ATTEMPT $$\" >> marks; echo begin; while [ ! -e go ]; do sleep 0.05; done; "
    "echo end; echo \"E $ROTA_ATTEMPT\" >> marks; exit 7";

void kill_and_bury(Running& rotad) {
  rotad.signal(SIGKILL);
  EXPECT_EQ(rotad.wait().by_signal, SIGKILL);
}

void stops_in_order(const Service& service, Running& rotad) {
  EXPECT_EQ(service.ask({"daemon", "stop"}).status, 0);
  const auto e = rotad.wait();
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_TRUE(service.scene().nothing_lives()) << describe(service.scene().living());
  EXPECT_FALSE(std::filesystem::exists(service.socket()));
  std::error_code none;
  EXPECT_TRUE(std::filesystem::is_empty(service.instance() + "/launchers", none) || none);
}

std::vector<std::string> ours_in_shared_memory() {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator("/dev/shm")) {
    if (entry.path().filename().string().find("rota") != std::string::npos) found.push_back(entry.path().string());
  }
  return found;
}

TEST(KillOfTheCoordinator, k07_fifty_running_process_jobs_end_with_their_own_exit_codes_and_none_runs_twice) {
  const Service service;
  std::string yaml = "jobs:\n";
  for (int i = 0; i < 50; ++i)
    yaml += "  j" + std::to_string(i) +
            ": {run: 'echo \"S $ROTA_JOB $ROTA_ATTEMPT\" >> marks; echo begin; sleep 3; echo end; "
            "echo \"E $ROTA_JOB $ROTA_ATTEMPT\" >> marks; exit " +
            std::to_string(i % 7) + "'}\n";
  auto first = service.up({"--process-slots", "50"});
  const auto run = service.submit(yaml);
  ASSERT_TRUE(eventually(kPatience, [&] { return service.lines("marks", "S ").size() == 50; }));
  kill_and_bury(first);

  auto second = service.up({"--process-slots", "50"});
  EXPECT_EQ(service.ask({"wait", run}).status, 1);
  const auto story = service.story(run);
  for (int i = 0; i < 50; ++i) {
    const auto name = "j" + std::to_string(i);
    const auto& job = story[name];
    EXPECT_EQ(job.reason, i % 7 == 0 ? "" : "exit:" + std::to_string(i % 7)) << name << " " << job.outcome;
    EXPECT_EQ(job.outcome, i % 7 == 0 ? "succeeded" : "failed") << name;
    EXPECT_EQ(job.charged().size(), 1u) << name << ": one that was granted and not started is free";
    EXPECT_EQ(service.lines("marks", "S " + name + " ").size(), 1u) << name;
    EXPECT_EQ(service.lines("marks", "E " + name + " ").size(), 1u) << name;
  }
  EXPECT_EQ(service.ask({"logs", run + "/j11"}).out, "begin\nend\n");
  stops_in_order(service, second);
  EXPECT_TRUE(ours_in_shared_memory().empty()) << ours_in_shared_memory().front();
}

TEST(KillOfTheCoordinator, k07_views_say_recovering_until_the_launcher_was_heard_and_never_lie) {
  const Service service;
  auto first = service.up();
  const auto run = service.submit("jobs:\n  x: {run: '" + kUntilGo + "'}\n");
  ASSERT_TRUE(service.reaches(run, "x", "running"));
  const auto launchers = service.launchers();
  for (const auto& l : launchers) ASSERT_EQ(::kill(l.pid, SIGSTOP), 0);  // it will be silent, not dead
  kill_and_bury(first);

  auto second = service.up();
  EXPECT_THAT(service.ask({"ps"}).err, HasSubstr("recovering 0/1"));
  EXPECT_THAT(service.ask({"show", run}).out, HasSubstr("recovering"));
  EXPECT_THAT(service.ask({"daemon", "status"}).out, HasSubstr("recovering 0/1"));
  for (const auto& l : launchers) ASSERT_EQ(::kill(l.pid, SIGCONT), 0);
  EXPECT_TRUE(eventually(kPatience, [&] { return !contains(service.ask({"ps"}).err, "recovering"); }));
  EXPECT_TRUE(service.reaches(run, "x", "running"));
  service.scene().write("go", "");
  EXPECT_EQ(service.ask({"wait", run}).status, 1);
  EXPECT_EQ(service.story(run)["x"].reason, "exit:7");
  EXPECT_EQ(service.lines("marks", "S ").size(), 1u);
  stops_in_order(service, second);
}

TEST(KillOfTheCoordinator, k08_a_job_that_ended_meanwhile_has_its_own_end) {
  const Service service;
  auto first = service.up();
  const auto run =
      service.submit("jobs:\n  x: {run: '" + kUntilGo + "'}\n  after: {run: echo, needs: {x: completed}}\n");
  ASSERT_TRUE(service.reaches(run, "x", "running"));
  kill_and_bury(first);
  service.scene().write("go", "");
  ASSERT_TRUE(service.scene().nothing_lives()) << "the launcher has nothing left to do, and its journal tells the rest";
  const auto down = service.ask({"show", run}).out;
  EXPECT_THAT(down, HasSubstr("the service is not running"));
  EXPECT_THAT(down, HasSubstr("has not said yet what became of it")) << "nobody may say that it runs";

  auto second = service.up();
  EXPECT_EQ(service.ask({"wait", run}).status, 1);
  const auto story = service.story(run);
  EXPECT_EQ(story["x"].reason, "exit:7");
  EXPECT_EQ(story["x"].attempts.size(), 1u);
  EXPECT_GT(story["after"].attempts.at(0).started, story["x"].attempts[0].ended);
  EXPECT_EQ(story["after"].outcome, "succeeded");
  EXPECT_EQ(service.ask({"logs", run + "/x"}).out, "begin\nend\n");
  stops_in_order(service, second);
}

TEST(KillOfTheCoordinator, k08_a_job_that_a_signal_ended_meanwhile_is_told_so) {
  const Service service;
  auto first = service.up();
  const auto run = service.submit("jobs:\n  x: {run: 'while [ ! -e go ]; do sleep 0.05; done; kill -SEGV $$'}\n");
  ASSERT_TRUE(service.reaches(run, "x", "running"));
  kill_and_bury(first);
  service.scene().write("go", "");
  ASSERT_TRUE(service.scene().nothing_lives());
  auto second = service.up();
  EXPECT_EQ(service.ask({"wait", run}).status, 1);
  EXPECT_EQ(service.story(run)["x"].outcome, "crashed");
  EXPECT_EQ(service.story(run)["x"].reason, "signal:11");
  stops_in_order(service, second);
}

/// A job that answers its stop signal by killing the coordinator, and goes on: between the two stops of a cancel there
/// is no coordinator, however slow the test is.
std::string avenger(const Running& rotad, const std::string& more) {
  return "jobs:\n  x: {" + more + ", run: 'trap \"kill -9 " + std::to_string(rotad.pid()) +
         "; echo TERM >> marks\" TERM; echo $$ >> pid; while :; do sleep 0.05 || :; done'}\n";
}

TEST(KillOfTheCoordinator, k11_a_cancel_that_had_begun_is_brought_to_its_end) {
  const Service service;
  auto first = service.up();
  const auto run = service.submit(avenger(first, "stop: {grace: 2s}"));
  ASSERT_TRUE(eventually(kPatience, [&] { return !service.lines("pid").empty(); }));
  auto cancel = service.rota({"cancel", run}).start();
  EXPECT_EQ(first.wait().by_signal, SIGKILL);
  EXPECT_NE(cancel.wait().status, 0) << "it was not told that it is true";
  EXPECT_EQ(service.lines("marks", "TERM").size(), 1u);
  auto second = service.up();
  EXPECT_EQ(service.ask({"wait", run}).status, 1);
  EXPECT_EQ(service.story(run)["x"].outcome, "cancelled");
  EXPECT_EQ(service.story(run)["x"].attempts.size(), 1u);
  stops_in_order(service, second);
}

TEST(KillOfTheCoordinator, k11_the_hard_stop_of_a_cancel_with_a_grace_comes_in_time_also_without_a_coordinator) {
  const Service service;
  auto first = service.up();
  const auto run = service.submit(avenger(first, "stop: {grace: 1h}"));
  ASSERT_TRUE(eventually(kPatience, [&] { return !service.lines("pid").empty(); }));
  auto cancel = service.rota({"cancel", run, "--grace", "2s", "--reason", "wrong data"}).start();
  EXPECT_EQ(first.wait().by_signal, SIGKILL);
  cancel.wait();
  const auto job = process_of(std::stoi(service.lines("pid").front()));
  EXPECT_TRUE(eventually(kPatience, [&] { return !alive(job); })) << "its launcher knows when";
  EXPECT_THAT(service.ask({"show", run}).out, HasSubstr("wrong data"));
  auto second = service.up();
  EXPECT_EQ(service.ask({"wait", run}).status, 1);
  EXPECT_EQ(service.story(run)["x"].outcome, "cancelled");
  for (const std::vector<std::string>& look : {std::vector<std::string>{"show", run},
                                               {"show", run + "/x"},
                                               {"show", run, "--json"},
                                               {"explain", run},
                                               {"explain", run + "/x"},
                                               {"history", "--json"},
                                               {"events"}})
    EXPECT_THAT(service.ask(look).out, HasSubstr("wrong data")) << look[0];
  stops_in_order(service, second);
}

TEST(KillOfTheCoordinator, k12_the_wait_before_the_next_try_goes_on) {
  const Service service;
  auto first = service.up();
  const auto run = service.submit(
      "jobs:\n  x: {retry: {limit: 1, delay: 4s, jitter: 0}, run: 'echo S >> marks; [ $ROTA_ATTEMPT -gt 1 ]'}\n");
  ASSERT_TRUE(service.reaches(run, "x", "backoff"));
  kill_and_bury(first);
  auto second = service.up();
  EXPECT_EQ(service.ask({"wait", run}).status, 0);
  const auto x = service.story(run)["x"];
  ASSERT_EQ(x.attempts.size(), 2u);
  EXPECT_GE(x.attempts[1].started - x.attempts[0].ended, 3.9) << "not at once";
  EXPECT_EQ(service.lines("marks").size(), 2u);
  stops_in_order(service, second);
}

TEST(KillOfTheCoordinator, w20_pool_workers_are_gone_before_the_next_one_dispatches) {
  const Service service;
  auto first = service.up({"--pool", "2", "--threads", "2"});
  // Each looks first whether one of those in `old` still lives, as what it does.
  const std::string job = "run: 'for p in $(cat old); do grep -qs \"^State:.[RSDTt]\" /proc/$p/status && "
                          "echo $p >> beside; done; echo \"S $ROTA_ATTEMPT\" >> marks; "
                          "while [ ! -e go ]; do sleep 0.05; done'}\n";
  service.scene().write("old", "");
  const auto run = service.submit("jobs:\n  t: {mode: thread, " + job + "  a: {mode: async, " + job);
  ASSERT_TRUE(eventually(kPatience, [&] { return service.lines("marks", "S ").size() == 2; }));
  const auto old = service.pool_workers();
  ASSERT_FALSE(old.empty());
  std::string pids;
  for (const auto& p : old) {
    pids += std::to_string(p.pid) + "\n";
    for (const auto& below : descendants_of(p.pid)) pids += std::to_string(below.pid) + "\n";
  }
  service.scene().write("old", pids);
  kill_and_bury(first);
  auto next = service.rotad({"--pool", "2", "--threads", "2"}).start();
  ASSERT_TRUE(eventually(kPatience, [&] { return service.lines("marks", "S ").size() == 4 || next.ended(); }));
  EXPECT_FALSE(next.ended()) << next.err();
  EXPECT_FALSE(service.scene().exists("beside")) << service.read("beside") << " of\n" << pids;
  EXPECT_TRUE(survivors(old).empty());
  service.scene().write("go", "");
  EXPECT_EQ(service.ask({"wait", run}).status, 0);
  stops_in_order(service, next);
}

TEST(KillOfTheCoordinator, w20_what_pool_workers_have_started_is_gone_without_another_start) {
  const Service service;
  auto rotad = service.up({"--pool", "2", "--threads", "2"});
  // Behind a session of their own, and without the environment by which they could be known.
  const std::string command =
      "setsid sh -c 'echo $$ >> strays; exec sleep 1000' & setsid env -i /bin/sh -c 'echo $$ >> strays; exec sleep "
      "1000' & (sleep 1000 &) ; echo S >> marks; wait";
  service.submit("jobs:\n  t:\n    mode: thread\n    run: |\n      " + command +
                 "\n  a:\n    mode: async\n    run: |\n      " + command + "\n");
  ASSERT_TRUE(eventually(kPatience, [&] {
    return service.lines("marks").size() == 2 && service.lines("strays").size() == 4;
  }));
  const auto workers = service.pool_workers();
  kill_and_bury(rotad);
  EXPECT_TRUE(eventually(kPatience, [&] { return survivors(workers).empty(); }));
  EXPECT_TRUE(service.scene().nothing_lives()) << describe(service.scene().living());
  for (const auto& stray : service.lines("strays"))
    EXPECT_TRUE(eventually(kPatience, [&] { return !alive(std::stoi(stray)); })) << stray;
}

TEST(KillOfTheCoordinator, w20_a_pool_worker_that_is_stopped_is_gone_without_another_start) {
  const Service service;
  auto rotad = service.up({"--pool", "2", "--threads", "2"});
  service.submit("jobs:\n  t: {mode: thread, run: 'echo S >> marks; exec sleep 1000'}\n"
                 "  a: {mode: async, run: 'echo S >> marks; exec sleep 1000'}\n");
  ASSERT_TRUE(eventually(kPatience, [&] { return service.lines("marks").size() == 2; }));
  const auto workers = service.pool_workers();
  ASSERT_FALSE(workers.empty());
  for (const auto& worker : workers) {
    ASSERT_EQ(::kill(worker.pid, SIGSTOP), 0);
    ASSERT_TRUE(eventually(kPatience, [&] { return is_stopped(worker); }));
  }
  kill_and_bury(rotad);
  EXPECT_TRUE(eventually(kPatience, [&] { return survivors(workers).empty(); }));
  EXPECT_TRUE(service.scene().nothing_lives()) << describe(service.scene().living());
}

TEST(ViewsWithoutTheService, say_unknown_of_what_nobody_watches_over_and_never_running) {
  const Service service;
  auto first = service.up();
  const auto run = service.submit("jobs:\n  done: {run: 'exit 3'}\n  x: {run: '" + kUntilGo +
                                  "'}\n  after: {run: echo, needs: x}\n");
  ASSERT_TRUE(service.reaches(run, "done", "finished"));
  ASSERT_TRUE(service.reaches(run, "x", "running"));
  kill_and_bury(first);
  const auto story = service.story(run);
  EXPECT_EQ(story["done"].reason, "exit:3");
  EXPECT_EQ(story["x"].state, "unknown");
  EXPECT_EQ(story["x"].reason, "recovering");
  EXPECT_EQ(story["after"].state, "pending");
  EXPECT_THAT(service.ask({"ps"}).out, testing::ContainsRegex("UN .*recovering"));
  EXPECT_THAT(service.ask({"ps", "--json"}).out, HasSubstr("\"state\":\"unknown\""));
  EXPECT_THAT(service.ask({"ps", "-q", "-t", "unknown"}).out, HasSubstr(run));
  EXPECT_THAT(service.ask({"explain", run + "/x"}).out, HasSubstr("unknown"));
  for (const std::vector<std::string>& look : {std::vector<std::string>{"ps"},
                                               {"ps", "--jobs", run},
                                               {"show", run},
                                               {"explain", run},
                                               {"explain", run + "/x"},
                                               {"explain", run + "/after"}}) {
    auto e = service.ask(look);
    const std::string note = "the service is not running";
    if (const auto at = e.out.find(note); at != std::string::npos) e.out.erase(at, note.size());
    EXPECT_THAT(e.out, testing::Not(testing::ContainsRegex("running| R "))) << look[0] << told(e);
  }
  const auto waited = service.ask({"wait", run});
  EXPECT_EQ(waited.status, 4) << told(waited);
  EXPECT_THAT(waited.out + waited.err, testing::Not(HasSubstr("is running")));

  auto second = service.up();
  service.scene().write("go", "");
  EXPECT_EQ(service.ask({"wait", run}).status, 1);
  EXPECT_EQ(service.story(run)["x"].reason, "exit:7");
  stops_in_order(service, second);
}

TEST(FreezeOfTheCoordinator, k17_longer_than_any_deadline_of_it_is_late_and_nothing_else) {
  const Service service;
  auto rotad = service.up({"--pool", "1", "--threads", "1"});
  const std::string job = "timeout: 20s, stop: {grace: 1s}, "
                          "run: 'echo S >> marks; while [ ! -e go ]; do sleep 0.05; done; echo E >> marks'}\n";
  const auto run = service.submit("jobs:\n  t: {mode: thread, " + job + "  a: {mode: async, " + job +
                                  "  clock: {run: 'echo S >> marks; while [ ! -e go ]; do sleep 0.05; done; "
                                  "sleep 22; echo late >> marks'}\n");
  auto waiting = service.rota({"wait", run}).start();
  ASSERT_TRUE(eventually(kPatience, [&] {  // its other questions are answered, which have a bound
    return service.lines("marks", "S").size() == 3 && polls_for_ever(waiting.pid());
  }));
  const auto workers = service.pool_workers(), launchers = service.launchers();
  rotad.signal(SIGSTOP);
  service.scene().write("go", "");
  ASSERT_TRUE(eventually(kPatience, [&] { return service.lines("marks", "E").size() == 2; }));
  // By then both timeouts are over, and their graces, and the 10 s that the service gives its clients and its workers;
  // the ends of the two jobs came before.
  ASSERT_TRUE(eventually(2 * kPatience, [&] { return service.lines("marks", "late").size() == 1; }));
  rotad.signal(SIGCONT);
  EXPECT_EQ(waiting.wait().status, 0) << "a client that waits is kept";
  const auto story = service.story(run);
  for (const std::string name : {"t", "a", "clock"}) {
    EXPECT_EQ(story[name].outcome, "succeeded") << name << " " << story[name].reason;
    EXPECT_EQ(story[name].attempts.size(), 1u) << name;
  }
  EXPECT_EQ(survivors(workers).size(), workers.size());
  EXPECT_EQ(survivors(launchers).size(), launchers.size());
  EXPECT_FALSE(contains(rotad.err(), "replaced")) << rotad.err();
  stops_in_order(service, rotad);
}

TEST(FreezeOfTheCoordinator, k17_in_the_turn_that_starts_workers_they_are_greeted_late_and_are_not_replaced) {
  const Service service;
  auto command = service.rotad({"--pool", "1"});
  auto rotad = Service::up(service, command.env("ROTA_FAILPOINTS", "turn.acted:stop:1"));
  const auto process = process_of(rotad.pid());
  auto submit = service.rota({"submit", "-q", "--wait", "--export", "ROTA_TEST_MARK",
                              service.scene().write("a.yaml", "jobs:\n  t: {mode: thread, run: 'echo t'}\n"
                                                              "  p: {run: 'echo p'}\n")}).start();
  ASSERT_TRUE(eventually(kPatience, [&] { return is_stopped(process); })) << rotad.err();
  // For a moment a launcher has a child that looks like it: it tries whether it may start one in a cgroup.
  ASSERT_TRUE(eventually(kPatience, [&] {
    return service.launchers().size() == 1 && service.pool_workers().size() == 1;
  })) << describe(service.scene().living());
  const auto launchers = service.launchers(), workers = service.pool_workers();
  // Longer than it gives a worker to say hello: the clock of another process tells when.
  EXPECT_EQ(service.scene().shell("sleep 11").run().status, 0);
  rotad.signal(SIGCONT);
  EXPECT_EQ(submit.wait().status, 0);
  EXPECT_EQ(survivors(workers).size(), workers.size());
  EXPECT_EQ(survivors(launchers).size(), launchers.size());
  for (const std::string job : {"t", "p"}) EXPECT_EQ(service.story("1")[job].attempts.size(), 1u) << job;
  EXPECT_FALSE(contains(rotad.err(), "replaced")) << rotad.err();
  stops_in_order(service, rotad);
}

TEST(FreezeOfTheCoordinator, k17_costs_time_and_nothing_else) {
  const Service service;
  auto rotad = service.up({"--pool", "1"});
  const auto run = service.submit(
      "jobs:\n  p: {run: 'echo S >> marks; while [ ! -e go ]; do sleep 0.05; done'}\n"
      "  t: {mode: thread, run: 'echo S >> marks; while [ ! -e go ]; do sleep 0.05; done'}\n");
  ASSERT_TRUE(eventually(kPatience, [&] { return service.lines("marks").size() == 2; }));
  const auto workers = service.pool_workers(), launchers = service.launchers();
  rotad.signal(SIGSTOP);
  service.scene().write("go", "");
  // Both jobs end while nobody listens: seen from outside.
  EXPECT_TRUE(eventually(kPatience, [&] {
    return service.scene().living().size() <= 1 + workers.size() + launchers.size();
  })) << describe(service.scene().living());
  rotad.signal(SIGCONT);
  EXPECT_EQ(service.ask({"wait", run}).status, 0);
  EXPECT_EQ(survivors(workers).size(), workers.size()) << "nobody was taken for dead";
  EXPECT_EQ(service.lines("marks").size(), 2u);
  stops_in_order(service, rotad);
}

TEST(StopOfTheService, leaves_process_jobs_to_their_launchers_and_the_next_start_finds_them) {
  const Service service;
  auto first = service.up({"--pool", "1"});
  const auto run = service.submit("jobs:\n  x: {run: '" + kUntilGo +
                                  "'}\n  t: {mode: thread, run: 'echo T >> marks; while [ ! -e go ]; do sleep 0.05; "
                                  "done'}\n");
  ASSERT_TRUE(eventually(kPatience, [&] { return service.lines("marks").size() == 2; }));
  EXPECT_EQ(service.ask({"daemon", "stop"}).status, 0);
  EXPECT_EQ(first.wait().status, 0);
  EXPECT_FALSE(service.launchers().empty());
  EXPECT_TRUE(service.pool_workers().empty());

  auto second = service.up({"--pool", "1"});
  ASSERT_TRUE(eventually(kPatience, [&] { return service.lines("marks", "T").size() == 2; })) << "queued again";
  service.scene().write("go", "");
  EXPECT_EQ(service.ask({"wait", run}).status, 1);
  EXPECT_EQ(service.story(run)["x"].reason, "exit:7");
  EXPECT_EQ(service.lines("marks", "S ").size(), 1u);
  EXPECT_EQ(service.story(run)["t"].outcome, "succeeded");
  stops_in_order(service, second);
}

TEST(StopOfTheService, with_all_cancels_everything_first) {
  const Service service;
  auto rotad = service.up();
  const auto run = service.submit("jobs:\n  x: {run: 'echo S >> marks; sleep 1000'}\n  after: {run: echo, needs: x}\n");
  ASSERT_TRUE(eventually(kPatience, [&] { return !service.lines("marks").empty(); }));
  EXPECT_EQ(service.ask({"daemon", "stop", "--all"}).status, 0);
  EXPECT_EQ(rotad.wait().status, 0);
  EXPECT_TRUE(service.scene().nothing_lives()) << describe(service.scene().living());
  EXPECT_EQ(service.story(run)["x"].outcome, "cancelled");
}

TEST(DeathOfEverything, s04_leaves_nothing_but_the_truth) {
  const Service service;
  const auto temporary = service.path("tmp");
  std::filesystem::create_directory(temporary);
  const auto up = [&] { return Service::up(service, service.rotad({"--pool", "2"}).env("TMPDIR", temporary)); };
  auto first = up();
  const auto run = service.submit(
      "jobs:\n  p: {run: 'echo S >> marks; sleep 1000'}\n  t: {mode: thread, run: 'echo S >> marks; sleep 1000'}\n"
      "  a: {mode: async, run: 'echo S >> marks; sleep 1000'}\n");
  ASSERT_TRUE(eventually(kPatience, [&] { return service.lines("marks").size() == 3; }));
  auto workers = service.launchers();
  for (const auto& p : service.pool_workers()) workers.push_back(p);
  EXPECT_GE(workers.size(), 2u);
  while (!service.scene().living().empty()) {
    for (const auto& p : service.scene().living()) ::kill(p.pid, SIGKILL);
  }
  first.wait();
  EXPECT_TRUE(ours_in_shared_memory().empty());
  EXPECT_TRUE(std::filesystem::is_empty(temporary));

  auto second = up();
  ASSERT_TRUE(service.reaches(run, "p", "finished"));
  EXPECT_EQ(service.story(run)["p"].outcome, "lost") << "nobody is left who could tell how it ended";
  ASSERT_TRUE(eventually(kPatience, [&] { return service.lines("marks").size() == 5; })) << "those that may run again";
  for (const auto& p : service.launchers()) workers.push_back(p);
  for (const auto& p : service.pool_workers()) workers.push_back(p);
  EXPECT_EQ(service.ask({"cancel", run, "--now"}).status, 0);
  stops_in_order(service, second);
  EXPECT_TRUE(std::filesystem::is_empty(temporary));
  for (const auto& worker : workers)
    EXPECT_THAT(control_groups_of(worker.pid), testing::IsEmpty()) << "of either life";
  EXPECT_TRUE(ours_in_shared_memory().empty());
}

}  // namespace
}  // namespace rota::test
