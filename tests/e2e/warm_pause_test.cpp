// `rota pause` of what runs in warm processes: a plugin's and Python's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>

#include "tests/e2e/service_scene.h"
#include "tests/support/paths.h"
#include "tests/support/processes.h"
#include "tests/support/scratch.h"

namespace rota::test {
namespace {

using ::testing::HasSubstr;

constexpr auto kModule = R"py(import os, subprocess, sys, time
import rota

LONGER = """
import sys, time
def longer(path):
    with open(path, "a") as f:
        f.write(".")
    time.sleep(0.002)
"""
exec(LONGER)

def counts(deaf=False):
    print("pid", os.getpid(), flush=True)
    subprocess.Popen([sys.executable, "-c", LONGER + "while True: longer('child')"], start_new_session=True)
    while not os.path.exists("go") and (deaf or not rota.context().stop_requested()):
        longer("count")
)py";

class WarmPause : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (GetParam() == "python" && !has_python()) GTEST_SKIP() << "this build has no Python";
    service_.scene().write("mod.py", kModule);
  }
  std::string target() const { return "\"" + (GetParam() == "python" ? "mod.py" : plugin()) + ":counts\""; }
  /// Job x in a warm process; it has begun, and so has its child.
  std::string running(const std::string& fields = "", const std::string& more = "") {
    const auto run = service_.submit("jobs:\n  x: {target: " + target() + ", mode: process, fresh: false" + fields +
                                     "}\n" + more);
    const auto counts = [&] { return !service_.read("count").empty() && !service_.read("child").empty(); };
    EXPECT_TRUE(eventually(kPatience, counts));
    return run;
  }
  Process worker(const std::string& run) {
    std::string out;
    EXPECT_TRUE(eventually(kPatience, [&] { return contains(out = service_.ask({"logs", run + "/x"}).out, "pid "); }));
    return process_of(std::atoi(out.c_str() + out.rfind("pid ") + 4));
  }
  /// Of the worker and all that it has started.
  static bool stand_still(const Process& worker) {
    auto all = descendants_of(worker.pid);
    all.push_back(worker);
    const auto is_still = [](const Process& p) { return is_stopped(p) || !alive(p); };
    return is_stopped(worker) && all.size() > 1 && std::all_of(all.begin(), all.end(), is_still);
  }
  std::size_t so_far() const { return service_.read("count").size() + service_.read("child").size(); }

  Service service_;
};
INSTANTIATE_TEST_SUITE_P(Of, WarmPause, testing::Values("plugin", "python"), [](const auto& p) { return p.param; });

TEST_P(WarmPause, it_stands_still_with_all_that_it_has_started_and_with_its_timeout_and_then_goes_on) {
  auto rotad = service_.up();
  const auto run = running(", timeout: 15s", "  y: {run: sleep 16}\n");
  const auto paused = service_.ask({"pause", run + "/x"});
  EXPECT_EQ(paused.status, 0) << told(paused);
  EXPECT_THAT(paused.out, HasSubstr("1 attempt stands still"));
  const auto warm = worker(run);
  EXPECT_TRUE(stand_still(warm));
  ::kill(warm.pid, SIGCONT);
  EXPECT_TRUE(eventually(kPatience, [&] { return stand_still(warm); })) << "whoever woke it";
  const auto before = so_far();
  EXPECT_THAT(service_.ask({"explain", run + "/x"}).out, HasSubstr("it stands still: paused by "));
  EXPECT_THAT(service_.ask({"worker", "list"}).out, HasSubstr("stands still: its task is paused"));
  EXPECT_EQ(service_.ask({"wait", run + "/y"}).status, 0) << "longer than the timeout, and than a hung worker lives";
  EXPECT_TRUE(service_.reaches(run, "x", "paused"));
  EXPECT_TRUE(stand_still(warm));
  EXPECT_EQ(so_far(), before);
  const auto resumed = service_.ask({"resume", run + "/x"});
  EXPECT_EQ(resumed.status, 0) << told(resumed);
  EXPECT_THAT(resumed.out, HasSubstr("1 attempt goes on"));
  EXPECT_TRUE(eventually(kPatience, [&] { return so_far() > before; }));
  service_.scene().write("go", "");
  EXPECT_EQ(service_.ask({"wait", run}).status, 0);
  EXPECT_EQ(service_.story(run)["x"].attempts.size(), 1u);
}

TEST_P(WarmPause, a_cancel_wakes_it_and_what_is_deaf_to_it_is_killed) {
  auto rotad = service_.up();
  for (const bool deaf : {false, true}) {
    const auto run = running(deaf ? ", args: [true], stop: {grace: 300ms}" : "");
    EXPECT_EQ(service_.ask({"pause", run}).status, 0);
    const auto warm = worker(run);
    EXPECT_TRUE(stand_still(warm));
    const auto below = descendants_of(warm.pid);
    const auto cancelled = service_.ask({"cancel", run});
    EXPECT_EQ(cancelled.status, 0) << told(cancelled);
    EXPECT_EQ(service_.story(run)["x"].outcome, "cancelled");
    EXPECT_TRUE(eventually(kPatience, [&] { return survivors(below).empty(); })) << describe(below);
    for (const char* file : {"count", "child"}) service_.scene().write(file, "");
  }
}

TEST_P(WarmPause, w20_it_does_not_outlive_a_killed_coordinator_and_begins_anew_when_it_is_resumed) {
  auto first = service_.up();
  const auto run = running();
  EXPECT_EQ(service_.ask({"pause", run}).status, 0);
  const auto warm = worker(run);
  auto all = descendants_of(warm.pid);
  all.push_back(warm);
  EXPECT_TRUE(stand_still(warm));
  first.signal(SIGKILL);
  EXPECT_EQ(first.wait().by_signal, SIGKILL);
  EXPECT_TRUE(eventually(kPatience, [&] { return survivors(all).empty(); })) << describe(survivors(all));

  auto second = service_.up();
  const auto before = so_far();
  EXPECT_TRUE(service_.reaches(run, "x", "pending"));
  EXPECT_THAT(service_.ask({"ps"}).out, HasSubstr("paused:user"));
  EXPECT_EQ(so_far(), before) << "nothing of it has begun";
  service_.scene().write("go", "");
  const auto resumed = service_.ask({"resume", run});
  EXPECT_EQ(resumed.status, 0) << told(resumed);
  EXPECT_EQ(service_.ask({"wait", run}).status, 0);
}

TEST_P(WarmPause, an_orderly_stop_of_the_service_does_not_wait_for_it) {
  auto rotad = service_.up();
  const auto run = running();
  EXPECT_EQ(service_.ask({"pause", run}).status, 0);
  EXPECT_TRUE(stand_still(worker(run)));
  const auto before = so_far();
  EXPECT_EQ(service_.ask({"daemon", "stop"}).status, 0);
  EXPECT_EQ(rotad.wait().status, 0);
  EXPECT_EQ(so_far(), before) << "it is not woken to do what is to be done anew";
  EXPECT_TRUE(service_.scene().nothing_lives());
}

TEST(WarmPauses, short_tasks_that_are_paused_again_and_again_all_come_to_their_end_once) {
  const Service service;
  auto rotad = service.up();
  const auto run = service.submit("jobs: {x: {target: sleep, args: [10ms], mode: process, fresh: false, array: 600}}");
  int still = 0;
  for (int times = 0; times < 20; ++times) {
    const auto paused = service.ask({"pause", run + "/x"});
    if (paused.status != 0 || contains(paused.out, "ended")) break;
    still += contains(paused.out, "1 attempt stands still");
    if (service.ask({"resume", run + "/x"}).status != 0) break;
  }
  EXPECT_EQ(service.ask({"wait", run}).status, 0);
  EXPECT_GT(still, 0);
  EXPECT_THAT(service.ask({"show", run, "--json"}).out, HasSubstr("\"succeeded\":600"));
}

}  // namespace
}  // namespace rota::test
