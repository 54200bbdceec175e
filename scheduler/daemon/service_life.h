// One life of the service: the wiring, the turns, and the end in order. Main thread only.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "scheduler/daemon/api/server.h"
#include "scheduler/daemon/coordinator.h"
#include "scheduler/daemon/notify.h"
#include "scheduler/daemon/pool_lock.h"
#include "scheduler/daemon/retention.h"
#include "scheduler/daemon/service_desk.h"
#include "scheduler/daemon/service_watch.h"
#include "scheduler/daemon/starts.h"
#include "scheduler/daemon/stop_signals.h"
#include "scheduler/daemon/timetable.h"
#include "scheduler/store/instances.h"

namespace rota::daemon {

/// Everything a life stands on that can fail to be had. The instance's lock is held by it.
struct ServiceGround {
  const control::ServicePlaces& places;
  const control::ServiceSettings& settings;
  ServiceLog& log;
  StopSignals signals;
  store::Instance instance;
  Starts starts;
  std::unique_ptr<store::Journal> journal;
  PoolLock pool_lock;
  Numbers numbers;
  std::string worker_binary;
  std::vector<std::string> env;  // of this process
  Loop loop;
  std::unique_ptr<Probes> probes;
};

class ServiceLife {
 public:
  explicit ServiceLife(ServiceGround& ground);
  ~ServiceLife();

  /// Recovers and opens the door to clients. `unusable` in the error's place: the socket cannot be had.
  struct Start {
    Status recovered, opened;
  };
  Start begin();
  /// Turns until it is to stop, then the end in order. An error is the journal's.
  Status live();

 private:
  void take_signals();
  bool at_once() const { return signals_ > 1; }
  Status turn();
  Status open_timetable();
  Status turns_until(Instant deadline, const std::function<bool()>& over);
  Status cancel_everything();
  Status leave_in_order();
  std::size_t client_budget() const;

  ServiceGround& ground_;
  SystemClock clock_;
  Orphans orphans_;
  ServiceWatch watch_;
  const FleetShape shape_;
  Coordinator coordinator_;
  Retention retention_;
  ServiceDesk desk_;
  std::unique_ptr<Timetable> timetable_;
  Notify notify_;
  std::unique_ptr<Server> server_;
  int signals_ = 0;
  bool leaving_ = false;  // nothing is begun by the calendar any more
};

}  // namespace rota::daemon
