// `rota pause` and `rota resume` as their users meet them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/e2e/service_scene.h"
#include "tests/support/scratch.h"

namespace rota::test {
namespace {

using ::testing::HasSubstr;

/// Counts until there is a file `go`.
const std::string kCounts =
    "i=0; while [ ! -e go ]; do i=$((i+1)); echo $i > count; [ $i = 1 ] && echo begun; sleep 0.01; done; echo end";

bool says(const Service& service, const std::vector<std::string>& words, const std::string& what) {
  return eventually(kPatience, [&] { return contains(service.ask(words).out, what); });
}

TEST(PauseAndResume, k07_a_paused_job_stands_still_through_the_death_of_the_coordinator_and_then_goes_on) {
  const Service service;
  auto first = service.up();
  const auto run = service.submit("jobs:\n  x: {run: '" + kCounts + "'}\n  y: {run: echo y, needs: x}\n");
  ASSERT_TRUE(says(service, {"logs", run}, "begun"));
  const auto paused = service.ask({"pause", run});
  EXPECT_EQ(paused.status, 0) << told(paused);
  EXPECT_THAT(paused.out, HasSubstr(run + " paused: 1 attempt stands still, 1 task waits until"));
  const auto count = service.read("count");
  EXPECT_THAT(service.ask({"ps"}).out, HasSubstr("PS"));
  EXPECT_THAT(service.ask({"ps"}).out, HasSubstr("paused:user"));
  EXPECT_THAT(service.ask({"show", run}).out, HasSubstr("paused"));
  const auto why = service.ask({"explain", run}).out;
  EXPECT_THAT(why, HasSubstr("it stands still: paused by "));
  EXPECT_THAT(why, HasSubstr("resume " + run + "` goes on"));
  first.signal(SIGKILL);
  EXPECT_EQ(first.wait().by_signal, SIGKILL);

  auto second = service.up();
  EXPECT_TRUE(service.reaches(run, "x", "paused"));
  EXPECT_EQ(service.read("count"), count) << "nothing of it has run meanwhile";
  EXPECT_THAT(service.ask({"ps"}).out, HasSubstr("PS"));
  service.scene().write("go", "");
  const auto resumed = service.ask({"resume", run});
  EXPECT_EQ(resumed.status, 0) << told(resumed);
  EXPECT_THAT(resumed.out, HasSubstr(run + " resumed: 1 attempt goes on"));
  EXPECT_EQ(service.ask({"wait", run}).status, 0);
  const auto story = service.story(run);
  EXPECT_EQ(story["x"].attempts.size(), 1u);
  EXPECT_EQ(story["y"].outcome, "succeeded");
  const auto events = service.ask({"events", "--jsonl"}).out;
  for (const char* kind : {"pause_asked", "paused", "resume_asked", "resumed"})
    EXPECT_THAT(events, HasSubstr("\"kind\":\"" + std::string(kind) + "\""));
  EXPECT_EQ(service.ask({"pause", run}).status, 0) << "it has ended: nothing to do";
}

TEST(PauseAndResume, what_runs_on_a_thread_is_refused_and_a_mixed_run_is_told_what_goes_on) {
  const Service service;
  auto rotad = service.up();
  const std::string until_go = "while [ ! -e go ]; do sleep 0.01; done";
  const auto run = service.submit("jobs:\n  p: {run: '" + kCounts + "'}\n  t: {mode: thread, run: 'echo T; " +
                                  until_go + "'}\n  c: {mode: async, run: 'echo C; " + until_go + "'}\n");
  for (const char* what : {"begun", "T", "C"}) ASSERT_TRUE(says(service, {"logs", run}, what));
  const auto thread = service.ask({"pause", run + "/t"});
  EXPECT_EQ(thread.status, 5) << told(thread);
  EXPECT_THAT(thread.err, HasSubstr("runs on a thread"));
  const auto coroutine = service.ask({"pause", "--json", run + "/c"});
  EXPECT_EQ(coroutine.status, 5) << told(coroutine);
  EXPECT_THAT(coroutine.out, HasSubstr("\"code\":\"refused\""));
  const auto all = service.ask({"pause", run});
  EXPECT_EQ(all.status, 0) << told(all);
  EXPECT_THAT(all.out, HasSubstr("1 attempt stands still"));
  EXPECT_THAT(all.out, HasSubstr("2 attempts of it go on"));
  EXPECT_TRUE(service.reaches(run, "p", "paused"));
  EXPECT_TRUE(service.reaches(run, "t", "running"));
  EXPECT_EQ(service.ask({"resume", run + "/t"}).status, 5) << "it never stood still";
  const auto cancelled = service.ask({"cancel", run});
  EXPECT_EQ(cancelled.status, 0) << "what stands still can be ended: " << told(cancelled);
  EXPECT_EQ(service.story(run)["p"].outcome, "cancelled");
}

TEST(PauseAndResume, a_daemon_that_stands_still_is_not_asked_whether_it_serves) {
  const Service service;
  auto rotad = service.up();
  const auto run = service.submit(
      "jobs:\n"
      "  d: {daemon: true, run: 'sleep 1000', live: {exec: 'echo L >> looks; [ ! -e sick ]', interval: 20ms, "
      "failures: 1}}\n"
      "  w: {run: 'while [ ! -e go ]; do sleep 0.02; done', needs: {d: started}}\n");
  ASSERT_TRUE(eventually(kPatience, [&] { return service.lines("looks").size() > 1; }));
  ASSERT_TRUE(service.reaches(run, "w", "running"));
  const auto paused = service.ask({"pause", run + "/d"});
  EXPECT_EQ(paused.status, 0) << told(paused);
  service.scene().write("sick", "");
  ASSERT_TRUE(service.reaches(run, "d", "paused"));
  const auto looks = service.lines("looks").size();
  for (int i = 0; i < 10; ++i) EXPECT_THAT(service.ask({"ps", "--jobs", run}).out, HasSubstr("PS"));
  EXPECT_LE(service.lines("looks").size(), looks + 1) << "one that was under way may have ended";
  EXPECT_EQ(service.ask({"resume", run + "/d"}).status, 0);
  EXPECT_EQ(service.ask({"wait", run + "/d"}).status, 1) << "when it goes on it is asked again";
  EXPECT_EQ(service.story(run)["d"].reason, "not-live");
  service.scene().write("go", "");
  service.ask({"cancel", run});
}

TEST(PauseAndResume, a_single_task_is_paused_while_it_runs_and_the_service_stops_and_goes_without_waiting_for_it) {
  const Service service;
  auto first = service.up();
  const auto run =
      service.submit("jobs:\n  a: {array: 2, run: '" + kCounts + "'}\n  b: {array: 2, run: echo, needs: a}\n");
  for (const char* task : {"/a.0", "/a.1"}) ASSERT_TRUE(says(service, {"logs", run + task}, "begun"));
  const auto waits = service.ask({"pause", run + "/b.1"});
  EXPECT_EQ(waits.status, 5) << told(waits);
  EXPECT_THAT(waits.err, HasSubstr("has not begun"));
  EXPECT_EQ(service.ask({"pause", run + "/a.0"}).status, 0);
  EXPECT_THAT(service.ask({"ps", "--tasks", run}).out, HasSubstr("PS"));
  EXPECT_EQ(service.ask({"daemon", "stop"}).status, 0);
  EXPECT_EQ(first.wait().status, 0);
  auto second = service.up();
  EXPECT_TRUE(says(service, {"ps", "--tasks", run}, "PS"));
  service.scene().write("go", "");
  EXPECT_EQ(service.ask({"resume", run + "/a.0"}).status, 0);
  EXPECT_EQ(service.ask({"wait", run}).status, 0);
}

}  // namespace
}  // namespace rota::test
