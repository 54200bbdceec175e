// From Start sent to the last Finished received, over real lanes, with a real worker process.
#include <benchmark/benchmark.h>

#include <chrono>

#include "tests/support/pool_driver.h"
#include "tests/support/scratch.h"

namespace rota {
namespace {

using test::PoolDriver;

void serve(benchmark::State& state, const lane::Assignment& like, std::uint32_t count, std::uint32_t threads,
           std::uint32_t under_way = 2048) {
  double worker_us = 0;
  for (auto _ : state) {
    PoolDriver pool(test::program("rota-test-worker"), threads);
    auto a = like;
    const auto begin = std::chrono::steady_clock::now();
    a.id.task.job = 0;
    while (a.id.task.job < count) {  // as many under way as a coordinator grants ahead
      for (int i = 0; i < 256 && a.id.task.job < count; ++i, ++a.id.task.job) pool.start(a);
      pool.wait([&] { return pool.finished() + under_way >= a.id.task.job; });
    }
    pool.wait([&] { return pool.finished() == count; });
    state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    pool.send(lane::down::End{});
    const auto usage = pool.wait_death().usage;
    worker_us += static_cast<double>(usage.cpu_us) / count;
  }
  state.counters["worker_us/attempt"] = benchmark::Counter(worker_us, benchmark::Counter::kAvgIterations);
  state.counters["attempts/s"] = benchmark::Counter(count, benchmark::Counter::kIsIterationInvariantRate);
}

lane::Assignment with_environment(Mode mode, const char* target, ValueList args = {}) {
  auto a = PoolDriver::target(0, mode, target, std::move(args));
  a.env = {"ROTA_RUN_ID=1", "ROTA_JOB_ID=1/job000001", "ROTA_JOB=job000001", "ROTA_ATTEMPT=1",
           "ROTA_KEY=0123456789abcdef"};
  return a;
}

void noop_on_threads(benchmark::State& state) {
  serve(state, with_environment(Mode::thread, "noop"), 100'000, static_cast<std::uint32_t>(state.range(0)));
}
void noop_coroutines(benchmark::State& state) { serve(state, with_environment(Mode::async, "noop"), 100'000, 1); }
void sleepers(benchmark::State& state) {
  serve(state, with_environment(Mode::async, "sleep", {Value("100ms")}), 10'000, 1, 10'000);
}

BENCHMARK(noop_on_threads)->Arg(1)->Arg(2)->UseManualTime()->Unit(benchmark::kMillisecond)->Iterations(5);
BENCHMARK(noop_coroutines)->UseManualTime()->Unit(benchmark::kMillisecond)->Iterations(5);
BENCHMARK(sleepers)->UseManualTime()->Unit(benchmark::kMillisecond)->Iterations(5);

}  // namespace
}  // namespace rota
