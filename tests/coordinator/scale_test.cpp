// A restart with much to know: 10,000 queued, 100 running.
#include <sys/resource.h>

#include <cstdio>
#include <fstream>

#include "tests/coordinator/lives.h"

namespace rota::test {
namespace {

TEST(Scale, a_restart_with_10000_queued_and_100_running_knows_all_of_it) {
  Lives lives(Lives::Shape{1, 100, 4});
  ASSERT_TRUE(lives.begin());
  const auto wait = program("rota-test-child") + ", append-file, '" + lives.path("marks") + "', \"S\\n\", pause";
  std::string yaml = "jobs:\n";
  for (int i = 0; i < 100; ++i) yaml += "  r" + std::to_string(i) + ": {command: [" + wait + "]}\n";
  const auto running = lives.submit(yaml);
  ASSERT_TRUE(lives.until([&] { return lives.view(running).summary.counts.of(core::TaskState::running) == 100; }));
  yaml = "jobs:\n";
  for (int i = 0; i < 10'000; ++i) yaml += "  q" + std::to_string(i) + ": {command: ['true']}\n";
  const auto queued = lives.submit(yaml);
  ASSERT_TRUE(lives.until([&] { return lives.scheduler().plan(queued) != nullptr; }));
  lives.drop();

  const auto began = monotonic_now();
  ASSERT_TRUE(lives.begin());
  const auto recovered = monotonic_now();
  ASSERT_TRUE(lives.until_known());
  const auto known = monotonic_now();
  std::printf("recovered after %.0f ms, all known after %.0f ms\n",
              static_cast<double>((recovered - began).count()) / 1e6,
              static_cast<double>((known - began).count()) / 1e6);
  EXPECT_GE(lives.scheduler().recovery().total, 100u) << "with what was granted ahead";
  EXPECT_EQ(lives.view(running).summary.counts.of(core::TaskState::running), 100u);
  const auto waiting = lives.view(queued).summary.counts;
  EXPECT_EQ(waiting.of(core::TaskState::queued) + waiting.of(core::TaskState::starting), 10'000u);
  for (const RunId run : {running, queued})
    lives.coordinator().post(core::event::CancelRun{run, StopCause::cancel_user, true});
  ASSERT_TRUE(lives.until_ended(running));
  ASSERT_TRUE(lives.until_ended(queued));
  EXPECT_EQ(count_lines(lives.path("marks"), "S"), 100u);
}

}  // namespace
}  // namespace rota::test
