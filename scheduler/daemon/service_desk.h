// The service as its clients may use it: the Desk over a coordinator, its journal and its instance directory.
// Coordinator's thread only.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "scheduler/control/settings.h"
#include "scheduler/daemon/api/desk.h"
#include "scheduler/daemon/coordinator.h"
#include "scheduler/daemon/fleet_shape.h"
#include "scheduler/daemon/retention.h"
#include "scheduler/daemon/service_log.h"
#include "scheduler/daemon/starts.h"
#include "scheduler/daemon/timetable.h"

namespace rota::daemon {

class ServiceDesk final : public Desk {
 public:
  struct World {
    Coordinator& coordinator;
    store::Journal& journal;
    Retention& retention;
    Starts& starts;
    ServiceLog& log;
    const control::ServicePlaces& places;
    const control::ServiceSettings& settings;
    const std::string& instance_directory;
    FleetShape shape;  // in force
    WallTime since;
    const std::unique_ptr<Timetable>& timetable;
  };
  explicit ServiceDesk(World world) : world_(std::move(world)) {}

  const core::Scheduler& scheduler() const override { return world_.coordinator.scheduler(); }
  Now now() const override { return world_.coordinator.now(); }
  void post(core::Event event) override { world_.coordinator.post(std::move(event)); }
  Status check_space() const override;
  Result<std::optional<RunId>> take_number() override;
  Result<core::Terms> open_run(RunId run, const jobs::Plan& plan, core::Terms asked,
                               const std::vector<std::string>& caller_env) override;
  std::optional<RunId> find_key(const std::string& key) override;
  Result<Known> recall(RunId run, const core::Wanted& wanted) override;
  std::string output_directory(RunId run) const override;
  std::optional<jobs::Occurrence> next_occurrence(const std::string& name, std::uint32_t entry) const override;
  bool signal_attempt(AttemptId attempt, int signal) override;
  control::answer::Workers workers() const override;
  control::answer::Status status() const override;
  void drain(bool drain) override;
  void stop(bool all) override;
  void prune(const control::ask::Prune& what, PruneThen then) override;

  /// What clients asked for by stop(): nothing, to end, or to cancel everything first.
  enum class Stop : std::uint8_t { no, yes, all };
  Stop asked_to_stop() const { return stop_; }

 private:
  World world_;
  Stop stop_ = Stop::no;
};

/// The settings in force, "threads" -> "2 (default)".
std::vector<std::pair<std::string, std::string>> describe(const control::ServiceSettings& settings,
                                                          const FleetShape& shape);

}  // namespace rota::daemon
