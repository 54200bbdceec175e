// Chaos: a real service under mixed load, while a nemesis kills its coordinator, its workers, its jobs and its clients.
// When that has stopped everything must end, and one checker asks: was anything lost, run twice, told wrongly, orphaned
// or left behind?
//
// The small form is part of every test run. The long form is the same with other numbers, given in the variable
// ROTA_CHAOS: "seed=7 coordinator=200 launcher=30 pool=100 job=100 client=100 freeze=20 jobs=5000 submitters=8".
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>

#include "tests/chaos/judge.h"
#include "tests/chaos/keeper.h"
#include "tests/chaos/load.h"
#include "tests/chaos/nemesis.h"

namespace rota::chaos {
namespace {

Measure measure() {
  Measure m;
  const char* words = std::getenv("ROTA_CHAOS");
  m.seed = std::random_device{}() % 1'000'000;
  return words != nullptr ? read_measure(words, m) : m;
}

Verdict suffer(World& world, const Measure& m, Deeds& deeds, int& starts) {
  Verdict verdict;
  Keeper keeper(world, m.seed);
  Load load(world, m);
  // Far beyond what the deeds need: a nemesis that finds no victims must not hold the test for ever.
  deeds = rage(world, keeper, m, std::chrono::seconds(60 + 10 * (m.coordinator_kills + m.launcher_kills)));
  const auto story = load.finish();
  const auto end = keeper.finish();
  starts = keeper.starts();
  if (end.status != 0) verdict.others.push_back("rotad ended with " + std::to_string(end.status) + ": " + end.err);
  for (const auto& death : keeper.own_deaths()) verdict.others.push_back("the coordinator died by itself: " + death);
  judge_runs(world, story, deeds, verdict);
  judge_remains(world, verdict);
  return verdict;
}

TEST(Chaos, k07_nothing_is_lost_run_twice_told_wrongly_orphaned_or_left_behind) {
  const Measure m = measure();
  World world;
  Deeds deeds;
  int starts = 0;
  std::cout << "chaos: " << to_text(m) << std::endl;
  const auto verdict = suffer(world, m, deeds, starts);
  std::cout << "chaos: " << starts << " starts; killed: " << deeds.kills[Kind::coordinator] << " coordinators, "
            << deeds.kills[Kind::launcher] << " launchers, " << deeds.kills[Kind::pool] << " pool workers, "
            << deeds.kills[Kind::job] << " jobs, " << deeds.kills[Kind::client] << " clients; " << deeds.freezes
            << " freezes\n"
            << to_text(verdict);
  EXPECT_EQ(deeds.kills[Kind::coordinator], m.coordinator_kills);
  EXPECT_EQ(deeds.kills[Kind::launcher], m.launcher_kills);
  EXPECT_EQ(deeds.kills[Kind::pool], m.pool_kills);
  EXPECT_EQ(deeds.kills[Kind::job], m.job_kills);
  EXPECT_EQ(deeds.kills[Kind::client], m.client_kills);
  EXPECT_EQ(deeds.freezes, m.freezes);
  EXPECT_GE(verdict.jobs, m.jobs);
  if (!verdict.clean()) world.keep();
  EXPECT_TRUE(verdict.clean()) << "again with ROTA_CHAOS='" << to_text(m) << "'; the evidence is in " << world.path("");
}

}  // namespace
}  // namespace rota::chaos
