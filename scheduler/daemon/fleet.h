// All workers: spawned on first need, watched by pidfd, replaced when they die. Turns what they say and how they end
// into events. Coordinator's main thread only (the death signal of pool workers follows the thread that spawned them).
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scheduler/core/scheduler.h"
#include "scheduler/daemon/loop.h"
#include "scheduler/daemon/worker_port.h"

namespace rota::daemon {

struct FleetShape {
  std::uint32_t pool_workers = 1;
  std::uint32_t threads_each = 1;
  std::uint32_t process_slots = 1;
  std::uint32_t launchers = 1;
};

/// What the file asks for where it does, the machine's measure elsewhere.
FleetShape shape_for(const jobs::Plan& plan, std::uint32_t cores);

class Fleet {
 public:
  struct Listener {
    std::function<void(core::Event)> event;
    std::function<void(std::uint32_t segment, std::uint64_t end)> output;
    std::function<void(const std::string&)> note;
  };

  Fleet(Loop& loop, FleetShape shape, std::string worker_binary, std::vector<std::string> env, Listener listener);
  /// Kills what is left and waits for it (SIGKILL does not ask).
  ~Fleet();

  /// Spawns what the demand needs and is not there.
  void want(const core::Demand& demand, Now now);
  /// Takes everything workers have said; buries the dead.
  void collect(Now now);
  /// False: somebody has spoken meanwhile, do not sleep.
  bool about_to_sleep();
  void flush();
  std::optional<Instant> next_deadline() const;

  /// Null when that generation does not sit there any more.
  WorkerPort* port(WorkerId id);
  void kill(WorkerId id);
  bool is_worker(int pid) const;
  std::size_t living() const;
  /// Tells everybody that no work will follow; they leave when they have nothing running.
  void end_all();
  /// Workers that died since the last call (for the sweep of what they left).
  bool take_deaths();

 private:
  enum class Kind : std::uint8_t { pool, launcher };
  enum class Phase : std::uint8_t {
    empty,     // nobody sits here
    starting,  // spawned, has not said hello
    up,
    condemned,  // killed for corruption or silence: heard no more, buried when its pidfd speaks
  };
  struct Seat {
    Kind kind = Kind::pool;
    std::uint32_t width = 1;  // threads or processes
    std::uint32_t generation = 0;
    Phase phase = Phase::empty;
    std::unique_ptr<WorkerPort> port;
    bool announced = false;       // the core knows of it
    bool dead = false;            // its pidfd has spoken
    Instant greet_by;             // when starting
    std::uint32_t stillborn = 0;  // deaths before the first word, in a row
    Instant retry_at;             // not spawned again before
  };

  void want_kind(Kind kind, std::uint32_t seats, Now now);
  void spawn(std::uint32_t number, Now now);
  void stillborn(Seat& seat, int error, const std::string& why, Now now);
  void receive(std::uint32_t number, Seat& seat);
  void take(std::uint32_t number, Seat& seat, lane::Up& message);
  void greet(std::uint32_t number, Seat& seat, const lane::up::Hello& hello);
  void condemn(std::uint32_t number, Seat& seat, const std::string& why);
  void bury(std::uint32_t number, Seat& seat, Now now);
  Status watch(std::uint32_t number, Seat& seat);
  static std::string name_of(const Seat& seat, std::uint32_t number);

  Loop& loop_;
  FleetShape shape_;
  std::string binary_;
  std::vector<std::string> env_;
  Listener listener_;
  std::vector<Seat> seats_;  // number of a seat = index; pool workers first, then launchers
  bool ending_ = false;
  bool deaths_ = false;
};

}  // namespace rota::daemon
