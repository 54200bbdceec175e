// Hooks by the real programs: which of them run, what they know of the run, and that they outlive the service.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/e2e/service_scene.h"
#include "tests/support/eventually.h"

namespace rota::test {
namespace {

using ::testing::ElementsAre;

/// Jobs that succeed, fail, or run until they are stopped, as `how` says; each hook writes a line to `hooked`.
const std::string kHooked =
    "params: {how: ok}\n"
    "jobs:\n"
    "  a: {run: 'case $HOW in ok) ;; bad) exit 3;; *) touch begun; sleep 1000;; esac', "
    "env: {HOW: '${{ params.how }}'}}\n"
    "  b: {run: 'test $HOW != bad', env: {HOW: '${{ params.how }}'}, array: 2}\n"
    "hooks:\n"
    "  on_success: {run: 'echo \"S ${{ run.outcome }} [${{ join(run.failed) }}] $ROTA_JOB\" >> hooked'}\n"
    "  on_failure: {mode: thread, run: 'echo \"F ${{ run.outcome }} [${{ join(run.failed) }}] ${{ run.name }}\" "
    ">> hooked'}\n"
    "  on_cancel: {mode: async, run: 'echo \"C ${{ run.outcome }} [${{ join(run.failed) }}]\" >> hooked'}\n"
    "  on_exit:\n"
    "    run: |\n"
    "      if [ -e slow ]; then touch in-exit; while [ ! -e go ]; do sleep 0.05; done; fi\n"
    "      echo \"E ${{ run.outcome }} ${{ run.id }}\" >> hooked\n";

TEST(Hooks, know_how_the_run_went_and_on_exit_comes_last) {
  const Scene scene;
  EXPECT_EQ(scene.run(kHooked).status, 0);
  EXPECT_THAT(split_lines(scene.read("hooked")), ElementsAre("S succeeded [] hook.on_success", "E succeeded 1"));
  scene.write("hooked", "");
  const Ended bad = scene.run(kHooked, {"-p", "how=bad"});
  EXPECT_EQ(bad.status, 1) << told(bad);
  EXPECT_THAT(split_lines(scene.read("hooked")), ElementsAre("F failed [a,b] job", "E failed 2"));
  EXPECT_FALSE(contains(bad.err, "hook.on_success")) << "a hook of another outcome is no news: " << told(bad);
  scene.write("hooked", "");
  auto cut = scene.start(kHooked, {"-p", "how=long"});
  ASSERT_TRUE(eventually(kPatience, [&] { return scene.exists("begun"); }));
  cut.signal(SIGINT);
  cut.wait();
  EXPECT_THAT(split_lines(scene.read("hooked")), ElementsAre("C cancelled []", "E cancelled 3"));
}

TEST(Hooks, of_a_run_of_the_service_go_on_when_it_dies_and_the_verdict_stands) {
  const Service service;
  service.scene().write("slow", "");
  auto first = service.up();
  const auto run = service.submit(kHooked, {"-p", "how=bad"});
  ASSERT_TRUE(eventually(kPatience, [&] { return service.scene().exists("in-exit"); }));
  first.signal(SIGKILL);
  first.wait();
  auto second = service.up();
  service.scene().write("go", "");
  const Ended wait = service.ask({"wait", run});
  EXPECT_EQ(wait.status, 1) << told(wait);
  EXPECT_TRUE(contains(wait.out, "run 1 failed")) << told(wait);
  EXPECT_THAT(service.lines("hooked"), ElementsAre("F failed [a,b] submitted", "E failed 1"));
  const auto show = service.ask({"show", run});
  EXPECT_TRUE(contains(show.out, "the run did not end so")) << told(show);
  EXPECT_EQ(service.ask({"daemon", "stop", "--all"}).status, 0);
  EXPECT_EQ(second.wait().status, 0);
}

TEST(Hooks, of_a_cancelled_run_of_the_service_run_after_it) {
  const Service service;
  auto rotad = service.up();
  const auto run = service.submit(kHooked, {"-p", "how=long"});
  ASSERT_TRUE(eventually(kPatience, [&] { return service.scene().exists("begun"); }));
  EXPECT_EQ(service.ask({"cancel", run}).status, 0);
  EXPECT_EQ(service.ask({"wait", run}).status, 1);
  EXPECT_THAT(service.lines("hooked"), ElementsAre("C cancelled []", "E cancelled 1"));
  EXPECT_EQ(service.ask({"daemon", "stop", "--all"}).status, 0);
  EXPECT_EQ(rotad.wait().status, 0);
}

}  // namespace
}  // namespace rota::test
