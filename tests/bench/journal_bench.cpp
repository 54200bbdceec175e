// The store on this disk: opening, committing, folding, and reading back.
#include <benchmark/benchmark.h>

#include <filesystem>

#include "scheduler/control/view_json.h"
#include "scheduler/core/scheduler.h"
#include "scheduler/store/events.h"
#include "scheduler/store/history.h"
#include "scheduler/store/instances.h"
#include "scheduler/store/journal.h"
#include "scheduler/store/schema.h"
#include "tests/journal_writer/records.h"
#include "tests/support/scratch.h"

namespace {

using namespace rota;
using test::Scratch;

std::unique_ptr<store::Journal> a_journal(const std::string& directory) {
  return std::move(store::open_journal(directory).value());
}

void must(const Status& s, benchmark::State& state) {
  if (!s) state.SkipWithError(to_text(s.error()).c_str());
}

/// What `rota run` pays before its first job may start: a number, a directory, a journal, one durable turn.
void instance_and_first_commit(benchmark::State& state) {
  Scratch scratch;
  const std::vector turn{test::submitted(1, test::a_plan(1))};
  for (auto _ : state) {
    auto instance = store::create_run_instance(scratch.path()).value();
    auto journal = a_journal(instance.directory);
    must(journal->commit({turn, {}}), state);
    state.PauseTiming();
    journal.reset();
    state.ResumeTiming();
  }
}
BENCHMARK(instance_and_first_commit)->Unit(benchmark::kMillisecond)->UseRealTime();

/// What it pays at the end: the fold, an empty snapshot, the close.
void fold_and_close(benchmark::State& state) {
  Scratch scratch;
  for (auto _ : state) {
    state.PauseTiming();
    auto instance = store::create_run_instance(scratch.path()).value();
    auto journal = a_journal(instance.directory);
    must(journal->commit({std::vector{test::submitted(1, test::a_plan(1))}, {}}), state);
    state.ResumeTiming();
    must(journal->commit({std::vector{test::run_ended(1, Outcome::succeeded)}, test::folded({test::ended_view(1, 1)})}),
         state);
    must(journal->replace({}), state);
    journal.reset();
  }
}
BENCHMARK(fold_and_close)->Unit(benchmark::kMillisecond)->UseRealTime();

/// Records a second, by records a turn.
void commit(benchmark::State& state) {
  Scratch scratch;
  auto journal = a_journal(scratch.path());
  std::vector<core::Record> turn;
  for (std::uint32_t i = 0; i < state.range(0); ++i)
    turn.push_back(test::attempt_ended({{1, 70'000 + i, 0}, 1}, Outcome::succeeded));
  for (auto _ : state) must(journal->commit({turn, {}}), state);
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["bytes/record"] = static_cast<double>(test::bytes_of(turn).size()) / static_cast<double>(turn.size());
  state.counters["commits/s"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(commit)->Arg(1)->Arg(10)->Arg(100)->Arg(1000)->UseRealTime()->Unit(benchmark::kMicrosecond);

void commit_a_plan(benchmark::State& state) {
  Scratch scratch;
  auto journal = a_journal(scratch.path());
  const std::vector turn{test::submitted(1, test::a_plan(static_cast<std::size_t>(state.range(0))))};
  for (auto _ : state) must(journal->commit({turn, {}}), state);
  state.counters["MB"] = static_cast<double>(test::bytes_of(turn).size()) / 1e6;
}
BENCHMARK(commit_a_plan)->Arg(1000)->Arg(100'000)->UseRealTime()->Unit(benchmark::kMillisecond)->Iterations(5);

/// One dead instance with a run of this many jobs: folded, or still in its turns.
void put_run(const std::string& root, std::size_t jobs, bool folded) {
  auto instance = store::create_run_instance(root).value();
  auto journal = a_journal(instance.directory);
  std::vector<store::FoldedRun> views;
  if (folded) views.push_back({test::ended_view(instance.run, jobs)});
  std::vector records{test::submitted(instance.run, test::a_plan(jobs))};
  for (std::uint32_t i = 0; i < jobs; ++i) {
    records.push_back(test::granted({{instance.run, i, 0}, 1}));
    records.push_back(test::attempt_ended({{instance.run, i, 0}, 1}, Outcome::succeeded));
  }
  if (folded) records.push_back(test::run_ended(instance.run, Outcome::succeeded));
  static_cast<void>(journal->commit({records, views}).value());
  if (folded) static_cast<void>(journal->replace({}).value());
}

void view(benchmark::State& state) {
  Scratch scratch;
  put_run(scratch.path(), static_cast<std::size_t>(state.range(0)), state.range(1) != 0);
  for (auto _ : state) benchmark::DoNotOptimize(store::view(scratch.path(), 1).value());
  state.counters["file_MB"] =
      static_cast<double>(std::filesystem::file_size(store::journal_path(scratch.path("runs") + "/1"))) / 1e6;
}
BENCHMARK(view)->ArgNames({"jobs", "folded"})->Args({100, 1})->Args({100, 0})->Args({100'000, 1})->Args({100'000, 0})
    ->UseRealTime()->Unit(benchmark::kMillisecond);

/// `rota ps -a` over a hundred runs.
void list_100_runs(benchmark::State& state) {
  Scratch scratch;
  for (int i = 0; i < 100; ++i) put_run(scratch.path(), 4, true);
  for (auto _ : state) benchmark::DoNotOptimize(store::summaries(scratch.path(), {}).value());
}
BENCHMARK(list_100_runs)->UseRealTime()->Unit(benchmark::kMillisecond);

/// What `rota submit` waits for in the service: a number, an output directory, one durable turn.
void submit_to_the_service(benchmark::State& state) {
  Scratch scratch;
  auto instance = store::open_service_instance(scratch.path()).value();
  auto journal = store::open_service_journal(instance.directory).value();
  for (auto _ : state) {
    const RunId run = store::take_run_number(scratch.path(), journal->highest_run()).value();
    benchmark::DoNotOptimize(store::make_output_directory(instance.directory, run).value());
    must(journal->commit({std::vector{test::submitted(run, test::a_plan(1), std::to_string(run), 0)}, {}}), state);
  }
}
BENCHMARK(submit_to_the_service)->Unit(benchmark::kMicrosecond)->UseRealTime();

/// A service with so many finished runs.
void put_finished(const std::string& root, RunId runs) {
  auto instance = store::open_service_instance(root).value();
  auto journal = store::open_service_journal(instance.directory).value();
  const auto plan = test::a_plan(4);
  const core::Terms terms;
  std::vector<store::FoldedRun> folded;
  for (RunId run = 1; run <= runs; ++run) {
    folded.push_back({test::ended_view(run, 4), &plan, &terms});
    if (folded.size() < 100 && run < runs) continue;
    static_cast<void>(journal->commit({{}, folded}).value());
    folded.clear();
  }
}

/// `rota ps` beside a live service: what it reads from the file. Limit 0: all of them.
void list_finished_of_the_service(benchmark::State& state) {
  Scratch scratch;
  put_finished(scratch.path(), 10'000);
  store::HistoryFilter filter;
  filter.limit = static_cast<std::size_t>(state.range(0));
  filter.service_folded_only = true;
  if (state.range(1)) filter.ended_since = test::wall_of(state.range(1) == 1 ? 0 : 10);  // all, none
  for (auto _ : state) benchmark::DoNotOptimize(store::summaries(scratch.path(), filter).value());
}
BENCHMARK(list_finished_of_the_service)
    ->ArgNames({"limit", "since"})
    ->Args({20, 0})->Args({20, 1})->Args({20, 2})->Args({0, 0})
    ->UseRealTime()->Unit(benchmark::kMicrosecond);

/// Recovery: opening, and the replay of 10,000 queued jobs in so many runs into a scheduler.
void recover_10000_queued(benchmark::State& state) {
  Scratch scratch;
  auto instance = store::open_service_instance(scratch.path()).value();
  const auto runs = static_cast<RunId>(state.range(0));
  {
    auto journal = store::open_service_journal(instance.directory).value();
    for (RunId run = 1; run <= runs; ++run)
      must(journal->commit({std::vector{test::submitted(run, test::a_plan(10'000 / runs))}, {}}), state);
  }
  for (auto _ : state) {
    auto journal = store::open_service_journal(instance.directory).value();
    core::Scheduler scheduler;
    must(journal->replay([&](const core::Record& r) { scheduler.replay(r); }), state);
    if (scheduler.runs().size() != runs) state.SkipWithError("not all runs came back");
  }
}
BENCHMARK(recover_10000_queued)->ArgName("runs")->Arg(1)->Arg(100)->Arg(10'000)->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// The last twenty events of 100,000.
void read_newest_events(benchmark::State& state) {
  Scratch scratch;
  auto journal = store::open_service_journal(scratch.path()).value();
  for (std::uint32_t i = 0; i < 1000; ++i) {
    std::vector<core::Record> turn;
    for (std::uint32_t j = 0; j < 100; ++j) turn.push_back(test::attempt_ended({{1, i, j}, 1}, Outcome::succeeded));
    must(journal->commit({turn, {}}), state);
  }
  auto reader = store::EventReader::open(scratch.path()).value();
  const auto next = reader.range()->next;
  for (auto _ : state) benchmark::DoNotOptimize(reader.read(next - 20, 0).value());
}
BENCHMARK(read_newest_events)->UseRealTime()->Unit(benchmark::kMicrosecond);

void prune_9900_runs(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    Scratch scratch;
    put_finished(scratch.path(), 10'000);
    state.ResumeTiming();
    auto journal = store::open_service_journal(store::service_directory(scratch.path())).value();
    benchmark::DoNotOptimize(journal->prune({.keep_runs = 100}).value());
  }
}
BENCHMARK(prune_9900_runs)->UseRealTime()->Unit(benchmark::kMillisecond)->Iterations(3);

void json_of_a_run(benchmark::State& state) {
  const auto run = test::ended_view(1, static_cast<std::size_t>(state.range(0)));
  std::size_t bytes = 0;
  for (auto _ : state) bytes = control::run_json(run).size();
  state.counters["MB"] = static_cast<double>(bytes) / 1e6;
}
BENCHMARK(json_of_a_run)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
