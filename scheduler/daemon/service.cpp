// The start: what is taken in which order, and what it means when something cannot be had.
#include "scheduler/daemon/service.h"

#include <unistd.h>

#include "scheduler/daemon/service_life.h"
#include "scheduler/daemon/worker_path.h"
#include "shared/failpoint.h"

namespace rota::daemon {
namespace {

constexpr Duration kPoolGoneWithin = std::chrono::seconds(10);

std::vector<std::string> own_environment() {
  std::vector<std::string> out;
  for (char** e = environ; e && *e; ++e) out.emplace_back(*e);
  return out;
}

enum class Ended : int {
  stopped = 0,
  unusable = 2,
  already_running = 69,
  storage_failed = 75,
};

Ended refuse(ServiceLog& log, const Error& why, Ended end) {
  log.error(to_text(why));
  return end;
}

/// A service that cannot have its instance: because another has it, or because it cannot be used.
Ended no_instance(const control::ServicePlaces& places, ServiceLog& log, const Error& why) {
  const auto other = store::find_service(places.state_directory);
  const bool runs = other && *other && (*other)->live;
  return refuse(log, why, runs ? Ended::already_running : Ended::storage_failed);
}

class Preparation {
 public:
  Preparation(const control::ServicePlaces& places, const control::ServiceSettings& settings, ServiceLog& log)
      : places_(places), settings_(settings), log_(log) {}

  /// The lock first, before anything in the instance is read. `end_`: why there is no ground.
  std::optional<ServiceGround> ground();
  Ended end() const { return end_; }

 private:
  template <class T>
  bool have(const Result<T>& got, Ended otherwise) {
    if (!got) end_ = refuse(log_, got.error(), otherwise);
    return got.has_value();
  }
  /// A stop that came so early counts as one in order: nothing was begun.
  bool stopped(StopSignals& signals, Starts& starts) {
    int signal = 0;
    while ((signal = signals.take()) == SIGHUP) {
    }
    if (signal == 0) return false;
    log_.info("stopped while starting");
    if (auto s = starts.ended_in_order(); !s) log_.warning(to_text(s.error()));
    return true;
  }

  const control::ServicePlaces& places_;
  const control::ServiceSettings& settings_;
  ServiceLog& log_;
  Ended end_ = Ended::stopped;
};

std::optional<ServiceGround> Preparation::ground() {
  auto signals = StopSignals::create();
  if (!have(signals, Ended::unusable)) return std::nullopt;
  auto binary = find_worker_binary();
  if (!have(binary, Ended::unusable)) return std::nullopt;
  auto instance = store::open_service_instance(places_.state_directory);
  if (!instance) {
    end_ = no_instance(places_, log_, instance.error());
    return std::nullopt;
  }
  const auto& directory = instance->directory;
  auto starts = Starts::note(directory + "/starts", SystemClock().now().wall);
  if (!have(starts, Ended::storage_failed)) return std::nullopt;
  ROTA_FAILPOINT("service.locked");
  auto journal = store::open_service_journal(directory);
  if (!have(journal, Ended::storage_failed)) return std::nullopt;
  bool gave_up = false;
  auto pool = PoolLock::take(directory + "/pool.lock", kPoolGoneWithin,
                             [&] { return gave_up = gave_up || stopped(*signals, *starts); });
  if (gave_up || !have(pool, Ended::storage_failed)) return std::nullopt;
  auto numbers = Numbers::open(directory + "/numbers");
  if (!have(numbers, Ended::storage_failed)) return std::nullopt;
  auto segment = highest_segment(store::output_directory(directory));
  if (!have(segment, Ended::storage_failed)) return std::nullopt;
  numbers->at_least(*segment, 0);
  auto loop = Loop::create();
  if (!have(loop, Ended::unusable)) return std::nullopt;
  auto probes = Probes::create();
  if (!have(probes, Ended::unusable)) return std::nullopt;
  if (stopped(*signals, *starts)) return std::nullopt;
  return ServiceGround{places_,
                       settings_,
                       log_,
                       std::move(*signals),
                       std::move(*instance),
                       std::move(*starts),
                       std::move(*journal),
                       std::move(*pool),
                       std::move(*numbers),
                       std::move(*binary),
                       own_environment(),
                       std::move(*loop),
                       std::move(*probes)};
}

Ended carry_on(ServiceGround& ground, ServiceLog& log) {
  ServiceLife life(ground);
  const auto start = life.begin();
  if (!start.recovered) return refuse(log, start.recovered.error(), Ended::storage_failed);
  if (!start.opened) {
    const bool taken = start.opened.error().os_errno == EADDRINUSE;
    return refuse(log, start.opened.error(), taken ? Ended::already_running : Ended::unusable);
  }
  if (auto s = life.live(); !s) return refuse(log, s.error(), Ended::storage_failed);
  return Ended::stopped;
}

}  // namespace

int run_service(const control::ServicePlaces& places, const control::ServiceSettings& settings, ServiceLog& log) {
  Preparation preparation(places, settings, log);
  auto ground = preparation.ground();
  if (!ground) return static_cast<int>(preparation.end());
  return static_cast<int>(carry_on(*ground, log));
}

}  // namespace rota::daemon
