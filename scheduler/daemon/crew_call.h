// How the pool workers of a crew are started, and how many there may be. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "jobs/model/plan.h"
#include "scheduler/core/crew.h"
#include "scheduler/daemon/fleet_shape.h"

namespace rota::daemon {

struct CrewCall {
  std::uint32_t workers = 1;      // at most
  std::uint32_t threads = 1;      // of each
  std::uint32_t coroutines = 1;   // of each
  std::uint32_t processes = 0;    // slots for process mode: what a warm worker, or one alone, runs on its thread
  std::uint32_t ahead = 0;        // grants beyond its slots
  std::uint32_t tasks = 0;        // attempts in its life, then it goes; 0: no end
  std::vector<std::string> argv;  // the program and its first words; the seat and so on follow. Empty: rota-worker pool
  std::vector<std::string> env;   // whole: what the jobs of its run get; empty: that of every worker
  std::vector<std::string> libraries;  // which a worker is to load before its first attempt
};

/// Libraries of targets, each once, in the plan's order: those that a worker may load ahead.
std::vector<std::string> libraries_of(const jobs::Plan& plan);
/// `plan`: of the crew's run; null: it is the common crew.
CrewCall crew_call(core::CrewId crew, const jobs::Plan* plan, const FleetShape& shape);

}  // namespace rota::daemon
