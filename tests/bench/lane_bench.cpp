// The lane alone: round trips with another process that sleeps or not, and messages through one ring in one process.
#include <benchmark/benchmark.h>
#include <poll.h>

#include "shared/process/spawn.h"
#include "tests/ipc/peer.h"

namespace rota {
namespace {

using test::a_start;
using test::LanePair;

/// One Start there, its Finished back; both sides sleep on their bells in between, or this one spins.
void round_trip(benchmark::State& state) {
  const bool spins = state.range(0) != 0;
  test::Peer peer("serve", "0");
  std::uint32_t n = 0;
  for (auto _ : state) {
    peer.end().send(a_start(n++));
    peer.end().flush();
    for (bool back = false; !back;) {
      lane::Up m;
      const auto got = peer.end().receive(m);
      if (!got) return state.SkipWithError("corrupt");
      if (*got)
        back = std::holds_alternative<lane::up::Finished>(m);
      else if (!spins)
        peer.doze();
    }
  }
}
BENCHMARK(round_trip)->ArgName("spins")->Arg(0)->Arg(1)->UseRealTime();

/// Frames through one ring, both sides on one thread: what a message costs when nobody waits.
void one_way(benchmark::State& state) {
  auto pair = LanePair::greeted();
  const lane::Up note = lane::up::Note{std::nullopt, std::string(static_cast<std::size_t>(state.range(0)), 'n')};
  constexpr int kBatch = 64;
  for (auto _ : state) {
    for (int i = 0; i < kBatch; ++i) pair.worker.send(note);
    pair.worker.flush();
    lane::Up m;
    for (int i = 0; i < kBatch; ++i) benchmark::DoNotOptimize(pair.coordinator.receive(m));
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
  state.SetBytesProcessed(state.iterations() * kBatch * state.range(0));
}
BENCHMARK(one_way)->Arg(32)->Arg(1000)->Arg(10'000);

}  // namespace
}  // namespace rota
