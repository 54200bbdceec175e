// Wiring of one foreground run.
#include "scheduler/daemon/foreground.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <optional>

#include "scheduler/daemon/assign.h"
#include "scheduler/daemon/coordinator.h"
#include "scheduler/daemon/pool_lock.h"
#include "scheduler/daemon/stop_signals.h"
#include "scheduler/daemon/worker_path.h"
#include "scheduler/store/instances.h"

namespace rota::daemon {
namespace {

constexpr auto kFarewell = std::chrono::seconds(5);  // for workers with nothing left to do

bool has_pool_commands(const jobs::Plan& plan) {
  return std::any_of(plan.jobs.begin(), plan.jobs.end(), [](const jobs::Job& job) {
    return job.mode != Mode::process && !std::holds_alternative<jobs::TargetCall>(job.action);
  });
}

/// Workers get this process's own environment: it is the user's, and no job sees it through them.
std::vector<std::string> own_environment() {
  std::vector<std::string> out;
  for (char** e = environ; e && *e; ++e) out.emplace_back(*e);
  return out;
}

/// Everything the wait and the turn need that can fail to be made.
struct Ground {
  store::Instance instance;
  std::unique_ptr<store::Journal> journal;
  std::string worker_binary;
  Loop loop;
  std::unique_ptr<Probes> probes;
  std::optional<StopSignals> signals;
};

Result<Ground> prepare(const control::ForegroundOptions& options) {
  auto binary = find_worker_binary();
  if (!binary) return binary.error();
  auto instance = store::create_run_instance(options.state_directory);
  if (!instance) return instance.error();
  auto journal = store::open_journal(instance->directory);
  if (!journal) return journal.error();
  auto loop = Loop::create();
  if (!loop) return loop.error();
  auto probes = Probes::create();
  if (!probes) return probes.error();
  std::optional<StopSignals> signals;
  if (options.handle_signals) {
    auto made = StopSignals::create();
    if (!made) return made.error();
    signals.emplace(std::move(*made));
  }
  return Ground{std::move(*instance), std::move(*journal), std::move(*binary), std::move(*loop), std::move(*probes),
                std::move(signals)};
}

/// Ctrl-C needs no reason: whoever pressed it knows. Of the others it says who asked.
std::string reason_of(int signal) {
  if (signal == SIGHUP) return "SIGHUP: its terminal was closed";
  return signal == SIGTERM ? "SIGTERM from elsewhere" : "";
}

/// A stop signal cancels the run; the next one does not wait for anybody.
class Interrupts {
 public:
  Interrupts(StopSignals& signals, RunId run, Coordinator& coordinator, control::RunObserver& observer)
      : signals_(signals), run_(run), coordinator_(coordinator), observer_(observer) {}
  int first() const { return first_; }
  void take() {
    while (const int signal = signals_.take()) {
      ++times_;
      if (times_ == 1) first_ = signal;
      observer_.on_interrupt(signal, times_);
      coordinator_.post(core::event::CancelRun{run_, StopCause::cancel_user, times_ > 1, {}, reason_of(signal)});
    }
  }

 private:
  StopSignals& signals_;
  RunId run_;
  Coordinator& coordinator_;
  control::RunObserver& observer_;
  int first_ = 0;
  int times_ = 0;
};

/// The run from submission to history; every worker is gone when it returns.
Result<core::RunView> carry_out(Ground& ground, Coordinator::World world, jobs::Plan plan,
                                const control::ForegroundOptions& options, int& first_signal) {
  const RunId run = ground.instance.run;
  Coordinator coordinator(world, shape_for(plan, available_cores()), {ground.worker_binary, own_environment()});
  std::optional<Interrupts> interrupts;
  if (ground.signals) {
    interrupts.emplace(*ground.signals, run, coordinator, world.observer);
    auto s = ground.loop.watch(ground.signals->fd(), EPOLLIN, [&](std::uint32_t) { interrupts->take(); });
    if (!s) return s.error();
  }
  if (auto s = ground.loop.watch(ground.probes->bell(), EPOLLIN, [](std::uint32_t) {}); !s) return s.error();

  const auto output = store::output_directory(ground.instance.directory);
  const auto random = random_key();  // unique among all runs of all machines
  if (!random) return random.error();
  const auto& key = *random;
  auto env = base_environment(plan, options.env);
  env.push_back("ROTA_RUN_KEY=" + key);
  coordinator.open_run(run, {key, std::move(env), output}, has_pool_commands(plan));
  coordinator.post(core::event::Submit{run, std::move(plan)});
  auto view = coordinator.run_until_folded();
  if (interrupts) first_signal = interrupts->first();
  if (view) coordinator.dismiss(kFarewell);
  return view;
}

}  // namespace

Result<control::ForegroundEnd> run_foreground(jobs::Plan plan, const control::ForegroundOptions& options,
                                              control::RunObserver& observer) {
  if (auto s = check_environment(base_environment(plan, options.env)); !s) return s.error();
  auto ground = prepare(options);
  if (!ground) return ground.error();
  SystemClock clock;
  Orphans orphans;
  const RunId run = ground->instance.run;
  observer.on_opened(run, ground->instance.directory);

  control::ForegroundEnd end;
  end.run = run;
  Numbers numbers;
  store::NamedOrder own{plan.name.text(), plan.history, {}, run};
  auto view = carry_out(*ground, {ground->loop, clock, *ground->journal, observer, *ground->probes, orphans, numbers},
                        std::move(plan), options, end.signal);
  orphans.sweep([](int) { return false; });  // also after a failure: nothing of the run stays behind
  if (!view) return view.error();
  end.view = std::move(*view);
  own.now = clock.now().wall;
  if (auto pruned = store::prune_finished(options.state_directory, {.keep_runs = limits::kRunsKept}, own); !pruned)
    observer.on_note("old runs could not be removed: " + to_text(pruned.error()));
  return end;
}

}  // namespace rota::daemon
