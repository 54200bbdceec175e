// How long the service remembers: finished runs go by number, by age and by the bytes of their output. Rows go by
// the journal's own thread, which is the coordinator's, a few in each turn, so that nothing waits for them; the files
// behind them by a thread of this object's own.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
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
  /// Prunes when it is time, and goes on with what it was ordered. Once a turn. An error is the journal's.
  Status keep(Now now);
  /// At once while there is something left to do.
  Instant next() const { return orders_.empty() ? due_ : Instant{}; }

  /// By order of a person; `then` hears from a later turn what went.
  using Then = std::function<void(Result<store::Pruned>)>;
  void prune(store::PruneOrder order, Now now, Then then);

  /// Runs that go in one turn.
  static constexpr std::uint32_t kAtOnce = 64;

 private:
  struct Order {
    store::PruneOrder what;
    Then then;
    bool own = false;  // no person waits for it
    store::Pruned so_far;
  };
  void order_up(store::PruneOrder order, Now now, bool own, Then then);
  Status go_on();
  void delete_set_aside();
  void work(const std::stop_token& stop);

  store::Journal& journal_;
  const std::string directory_;
  const control::ServiceSettings& settings_;
  ServiceLog& log_;
  bool folded_ = true;
  Instant due_;
  Instant looked_;
  std::deque<Order> orders_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  bool wanted_ = true;  // under mutex_; what an earlier life has set aside goes too
  std::jthread thread_;
};

}  // namespace rota::daemon
