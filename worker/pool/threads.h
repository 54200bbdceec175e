// The pool threads: a queue of thread-mode attempts, a fixed number of threads that serve it, and an extra thread for
// each daemon. All functions are for the loop's thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "worker/pool/attempt.h"
#include "worker/pool/surroundings.h"

namespace rota::worker {

class RunClock;

class Threads {
 public:
  /// Threads are started at the first attempt, or by prepare(). Slots 1..count are theirs in the lane's blame table.
  Threads(std::uint32_t count, const Surroundings& with);
  /// Ends the idle threads and waits for them; the attempts must have ended.
  ~Threads();
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

  /// Starts them now, and has one of them load these libraries before it does anything else. What is wrong with a
  /// library, the attempts that need it will say.
  void prepare(std::vector<std::string> libraries);
  /// Queues an attempt; the threads see it after hand_over(), so that a batch costs one wake-up.
  void add(Attempt& attempt) { batch_.push_back(&attempt); }
  /// Where not even one thread can be had, the batch stays here, and the next call from due() on tries again.
  void hand_over();
  std::optional<Instant> due() const { return retry_at_; }
  /// Something waits for the first thread.
  bool is_waited_for() const { return !batch_.empty(); }
  /// Whether it is time to try again.
  bool may_start() const;
  /// The errno for which no thread could be had; 0: there is one.
  int shortage() const { return shortage_; }
  /// Starts a daemon on a thread of its own; Code::refused at limits::kDaemonThreads, Code::system with EAGAIN where no
  /// thread can be had just now.
  Status start_daemon(Attempt& attempt);
  /// The daemon's finished event has come: joins its thread.
  void end_daemon(const Attempt& attempt);

 private:
  bool start_threads();
  void load_libraries();
  void wait_out(const Error& why);
  void end_shortage();
  void serve(std::uint32_t slot);
  void begin_and_run(Attempt& attempt, lane::Blame& blame, RunClock& clock);
  std::optional<std::string> run(Attempt& attempt, lane::Blame& blame);
  Attempt* next(RunClock& clock);
  bool queue_is_empty();
  /// This thread is about to wait.
  void rest();

  const std::uint32_t count_;
  const Surroundings& with_;
  std::vector<std::string> libraries_;  // the first thread's
  std::vector<Attempt*> batch_;
  std::optional<Instant> retry_at_;
  Duration pause_{0};
  int shortage_ = 0;
  std::mutex mutex_;
  std::condition_variable queued_;
  std::deque<Attempt*> queue_;
  std::uint32_t idle_ = 0;
  bool closing_ = false;
  std::vector<std::thread> threads_;
  std::map<std::uint32_t, std::thread> daemons_;  // by slot
  std::vector<std::uint32_t> free_daemon_slots_;
};

}  // namespace rota::worker
