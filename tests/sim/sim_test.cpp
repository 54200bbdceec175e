// Seeded worlds: faults on, invariants after every step; then faults off, and everything must end.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "tests/sim/simulation.h"

namespace rota::sim {
namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

TEST(Simulation, no_promise_is_broken_in_any_of_many_worlds) {
  const std::uint64_t first = number_from("ROTA_SIM_FIRST", 1);
  const std::uint64_t seeds = number_from("ROTA_SIM_SEEDS", 2000);
  std::uint64_t steps = 0, turns = 0, crashes = 0;
  std::map<std::string, std::uint64_t> seen;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    const Story story = Simulation({seed}).tell();
    ASSERT_TRUE(story.broken.empty()) << story.broken << "\nagain with ROTA_SIM_FIRST=" << seed << " ROTA_SIM_SEEDS=1";
    steps += story.steps;
    turns += story.turns;
    crashes += story.crashes;
    for (const auto& [what, n] : story.seen) seen[what] += n;
  }
  std::printf("%llu seeds: %llu turns, %llu steps, %llu deaths of the coordinator\n",
              static_cast<unsigned long long>(seeds), static_cast<unsigned long long>(turns),
              static_cast<unsigned long long>(steps), static_cast<unsigned long long>(crashes));
  for (const auto& [what, n] : seen) std::printf("  %-24s %llu\n", what.c_str(), static_cast<unsigned long long>(n));
  if (seeds < 500) return;
  for (const char* what :
       {"start", "stop", "retract", "kill", "fold", "retry", "stale", "attempt succeeded", "attempt failed",
        "attempt timed_out", "attempt cancelled", "attempt crashed", "attempt oom", "attempt lost", "attempt revoked",
        "attempt interrupted", "task skipped", "task upstream_failed", "task cancelled", "task failed", "run succeeded",
        "run failed", "run cancelled", "run timed_out", "gate opened", "held", "released",
        "freeze", "paused", "resumed", "warm paused", "warm resumed", "to pause", "to resume",
        "attempt interrupted by a shutdown", "restart after a shutdown", "heard of again",
        "attempt accused", "retire", "drain", "fail fast",
        "restart after a good end", "not live", "not ready", "max failures", "condition true", "condition false",
        "hooks", "updated", "replaced", "run skipped"})
    EXPECT_GT(seen[what], 0u) << "no world had any: " << what;
}

TEST(Simulation, worlds_without_faults_come_to_their_end) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const Story story = Simulation({seed, false}).tell();
    ASSERT_TRUE(story.broken.empty()) << story.broken;
  }
}

TEST(Simulation, the_same_seed_tells_the_same_story) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const Story once = Simulation({seed}).tell(), again = Simulation({seed}).tell();
    EXPECT_EQ(once.trace, again.trace) << "seed " << seed;
    EXPECT_EQ(once.steps, again.steps);
  }
  EXPECT_NE(Simulation({1}).tell().trace, Simulation({2}).tell().trace);
}

TEST(Simulation, the_coordinator_may_die_in_every_turn_and_at_every_point_of_it) {
  for (const std::uint64_t seed : {3u, 7u, 42u}) {
    const std::uint32_t turns = Simulation({seed, false}).tell().turns;
    ASSERT_GT(turns, 3u);
    for (std::uint32_t turn = 1; turn <= turns; ++turn)
      for (const CrashPoint point :
           {CrashPoint::before_commit, CrashPoint::before_act, CrashPoint::amid_act, CrashPoint::after_act}) {
        const Story story = Simulation({seed, false, turn, point}).tell();
        ASSERT_TRUE(story.broken.empty()) << story.broken << "\ncrash in turn " << turn << " at point "
                                          << static_cast<int>(point);
        ASSERT_EQ(story.crashes, 1u);
      }
  }
}

}  // namespace
}  // namespace rota::sim
