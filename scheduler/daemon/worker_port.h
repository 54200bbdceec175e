// One living worker as the coordinator sees it: an interface at the edge of the world. Real ones talk over lanes (pool
// worker) or a socket (launcher). Coordinator's thread only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scheduler/core/event.h"
#include "shared/ids.h"
#include "shared/lane/blame.h"
#include "shared/lane/message.h"
#include "shared/process/spawn.h"
#include "shared/result.h"

namespace rota::daemon {

/// How workers are started.
struct WorkerCall {
  std::string binary;            // rota-worker
  std::vector<std::string> env;  // the worker's own
  std::uint32_t epoch = 0;       // of the coordinator
  std::string launchers;         // where launchers have their homes; empty: they end with their coordinator
  int pool_lock = -1;            // inherited by pool workers; see pool_lock.h
  std::string pool_mark;         // in their environment and in that of what they start; empty: none
  Duration greet_within = std::chrono::seconds(10);  // a worker that has not said hello by then is ended
};

class WorkerPort {
 public:
  virtual ~WorkerPort() = default;
  /// Never blocks and never fails: what the worker cannot take yet waits here.
  virtual void send(const lane::Down& message) = 0;
  /// Pushes what waits, wakes the worker.
  virtual void flush() = 0;
  /// False: nothing now. Code::corrupt: the worker must die.
  virtual Result<bool> receive(lane::Up& message) = 0;
  /// Descriptor that becomes readable when the worker has spoken.
  virtual int bell() const = 0;
  /// Whether the loop should also wait for the bell to become writable.
  virtual bool wants_write() const = 0;
  /// Called before the loop sleeps; false: there is something to receive.
  virtual bool about_to_sleep() = 0;
  virtual void awake() = 0;
  /// After death: attempts that must be taken as begun among those in flight, and the one that crashed it.
  virtual std::vector<AttemptId> begun() const = 0;
  virtual std::optional<core::event::WorkerDown::Guilty> guilty() const = 0;
  /// Of one that ended by itself: what was running; of one that lives: what is, now. And where the thread was that took a deadly signal, for people.
  virtual std::vector<AttemptId> suspects() const { return {}; }
  virtual std::string trace() const { return {}; }
  /// What the loop of a pool worker is at.
  virtual std::optional<lane::OnLoop> on_loop() const { return std::nullopt; }
  /// Attempts that were sent and whose end was not heard.
  virtual std::size_t in_flight() const = 0;
  /// Its process; pid -1 while that is not known (a launcher of an earlier life that has not said hello).
  virtual const process::Child& child() const = 0;
  virtual core::event::Capacity capacity() const = 0;
};

}  // namespace rota::daemon
