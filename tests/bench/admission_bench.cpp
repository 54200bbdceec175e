// Admission decisions of the core: 100,000 queued tasks of 100 runs with 100 priorities and 5 pools; each turn ends
// what was granted in the one before, and so frees what the next takes. Once with rates that are never reached, and
// once with rates that make two of the pools wait for their next start most of the time.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "scheduler/core/scheduler.h"
#include "tests/support/a_plan.h"

namespace rota::core {
namespace {

constexpr std::uint32_t kRuns = 100, kTasks = 1000, kPools = 5;
constexpr std::uint32_t kTotal = kRuns * kTasks;

/// A second: more than is ever asked for, or what keeps two of the pools waiting for most of the time.
using Rates = std::array<std::uint32_t, kPools>;
constexpr Rates kFree{1'000'000, 1'000'000, 1'000'000, 1'000'000, 1'000'000};
constexpr Rates kBinding{1'000, 2'000, 1'000'000, 1'000'000, 1'000'000};

jobs::Plan plan_of(std::uint32_t run, const Rates& rates) {
  auto plan = test::a_plan();
  for (std::uint32_t p = 0; p < kPools; ++p) plan.pool("pool" + std::to_string(p), 8, rates[p]);
  for (std::uint32_t p = 0; p < kPools; ++p)
    plan.thread("job" + std::to_string(p)).array(kTasks / kPools).takes("pool" + std::to_string(p), 1 + run % 3)
        .priority(static_cast<std::int32_t>(run));
  return plan.done();
}

struct World {
  Scheduler scheduler;
  Now now{{1'000'000'000}, {5'000'000'000'000}};
  WorkerId worker{1, 1};
  Effects out;
  bool stuck = false;

  explicit World(const Rates& rates) {
    for (std::uint32_t run = 0; run < kRuns; ++run)
      scheduler.step(event::Submit{run + 1, plan_of(run, rates), {}}, now, out);
    scheduler.step(event::WorkerUp{worker, {64, 0, 0, 0, 0}, {}}, now, out);
  }
  /// A turn: grants what can be, and ends that a millisecond later, or sleeps until the next token. How many it has
  /// granted.
  std::uint32_t turn() {
    scheduler.settle(now, out);
    std::vector<AttemptId> granted;
    for (const Action& a : out.actions)
      if (const auto* start = std::get_if<action::StartAttempt>(&a)) granted.push_back(start->attempt);
    out = {};
    now.mono = now.mono + std::chrono::milliseconds(1);
    if (granted.empty()) {
      stuck = !scheduler.next_deadline();
      now.mono = std::max(now.mono, scheduler.next_deadline().value_or(now.mono));
      scheduler.step(event::Wake{}, now, out);
    }
    for (const AttemptId& id : granted) {
      AttemptReport report;
      report.started = report.ended = now.mono;
      scheduler.step(event::Finished{worker, id, report}, now, out);
    }
    return static_cast<std::uint32_t>(granted.size());
  }
};

/// From 100,000 queued tasks to none; items are grants.
void admit(benchmark::State& state, const Rates& rates) {
  std::uint64_t turns = 0;
  for (auto _ : state) {
    state.PauseTiming();
    World world(rates);
    state.ResumeTiming();
    for (std::uint32_t granted = 0; granted < kTotal && !world.stuck; ++turns) granted += world.turn();
    if (world.stuck) state.SkipWithError("something waits that nothing will start");
  }
  state.SetItemsProcessed(state.iterations() * kTotal);
  state.counters["turns"] = benchmark::Counter(static_cast<double>(turns), benchmark::Counter::kAvgIterations);
}
BENCHMARK_CAPTURE(admit, rates_never_reached, kFree)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(admit, rates_that_bind_in_two_of_five_pools, kBinding)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace rota::core
