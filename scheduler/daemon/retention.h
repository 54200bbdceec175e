// How long the service remembers: finished runs go by number, by age and by the bytes of their output. Rows are deleted
// by the journal's own thread, which is the coordinator's; the files behind them by a thread of this object's own.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "scheduler/control/settings.h"
#include "scheduler/daemon/service_log.h"
#include "scheduler/store/journal.h"
#include "shared/clock.h"

namespace rota::daemon {

class Retention {
 public:
  Retention(store::Journal& journal, std::string instance_directory, const control::ServiceSettings& settings,
            ServiceLog& log);
  /// Waits for a deletion that is under way.
  ~Retention();

  void run_folded() { folded_ = true; }
  /// Prunes when it is time. Once a turn. An error is the journal's.
  Status keep(Now now);
  Instant next() const { return due_; }

  /// By order of a person.
  Result<store::Pruned> prune(store::PruneOrder order, Now now);

 private:
  void delete_set_aside();
  void work(const std::stop_token& stop);

  store::Journal& journal_;
  const std::string directory_;
  const control::ServiceSettings& settings_;
  ServiceLog& log_;
  bool folded_ = true;
  Instant due_;
  Instant looked_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  bool wanted_ = true;  // under mutex_; what an earlier life has set aside goes too
  std::jthread thread_;
};

}  // namespace rota::daemon
