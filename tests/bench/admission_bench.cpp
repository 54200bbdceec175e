// Admission decisions of the core: 100,000 queued tasks of 100 runs with 100 priorities, 5 pools and their rates; each
// turn ends what was granted in the one before, and so frees what the next takes.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "scheduler/core/scheduler.h"
#include "tests/support/a_plan.h"

namespace rota::core {
namespace {

constexpr std::uint32_t kRuns = 100, kTasks = 1000;

jobs::Plan plan_of(std::uint32_t run) {
  auto plan = test::a_plan();
  for (std::uint32_t p = 0; p < 5; ++p) plan.pool("pool" + std::to_string(p), 8, 1'000'000);
  for (std::uint32_t p = 0; p < 5; ++p)
    plan.thread("job" + std::to_string(p)).array(kTasks / 5).takes("pool" + std::to_string(p), 1 + run % 3)
        .priority(static_cast<std::int32_t>(run));
  return plan.done();
}

/// One world from 100,000 queued tasks to none; items are grants.
void admit(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    Scheduler scheduler;
    Now now{{1'000'000'000}, {5'000'000'000'000}};
    const WorkerId worker{1, 1};
    Effects out;
    for (std::uint32_t run = 0; run < kRuns; ++run) scheduler.step(event::Submit{run + 1, plan_of(run), {}}, now, out);
    scheduler.step(event::WorkerUp{worker, {64, 0, 0, 0, 0}, {}}, now, out);
    state.ResumeTiming();
    for (;;) {
      scheduler.settle(now, out);
      std::vector<AttemptId> granted;
      for (const Action& a : out.actions)
        if (const auto* start = std::get_if<action::StartAttempt>(&a)) granted.push_back(start->attempt);
      if (granted.empty()) break;
      out = {};
      now.mono = now.mono + std::chrono::milliseconds(1);
      for (const AttemptId& id : granted) {
        AttemptReport report;
        report.started = report.ended = now.mono;
        scheduler.step(event::Finished{worker, id, report}, now, out);
      }
    }
  }
  state.SetItemsProcessed(state.iterations() * kRuns * kTasks);
}
BENCHMARK(admit)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace rota::core
