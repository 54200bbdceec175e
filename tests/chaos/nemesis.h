// Kills, at moments of its own choosing, until it has done all of its deeds.
#pragma once

#include <map>
#include <set>
#include <string>

#include "tests/chaos/keeper.h"
#include "tests/chaos/witness.h"
#include "tests/chaos/world.h"

namespace rota::chaos {

/// What it has done.
struct Deeds {
  std::map<Kind, int> kills;
  std::set<std::string> launchers;  // that it killed: "seat.generation"
  std::set<std::string> pools;      // pool workers, likewise
  std::set<Try> jobs;               // attempts of which it killed a process
  int freezes = 0;
};

/// Returns when everything of the measure was done, or when `within` is over.
Deeds rage(const World& world, Keeper& keeper, const Measure& measure, std::chrono::seconds within);

}  // namespace rota::chaos
