// All workers: spawned on first need, watched by pidfd, replaced when they die. Turns what they say and how they end
// into events. Coordinator's main thread only (the death signal of pool workers follows the thread that spawned them).
//
// Launchers with a home outlive this object: one of an earlier life is adopted (adoption.cpp). It keeps its width as
// far as the slots of this life reach, and what it does not take of them goes to new launchers; one that is wider is
// given no more than its share, and nothing ahead.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scheduler/control/protocol.h"
#include "scheduler/core/scheduler.h"
#include "scheduler/daemon/crew_call.h"
#include "scheduler/daemon/fleet_shape.h"
#include "scheduler/daemon/launcher_port.h"
#include "scheduler/daemon/loop.h"
#include "scheduler/daemon/numbers.h"
#include "scheduler/daemon/worker_port.h"
#include "shared/lane/launcher_home.h"

namespace rota::daemon {

class Fleet {
 public:
  struct Listener {
    std::function<void(core::Event)> event;
    std::function<void(std::uint32_t segment, std::uint64_t end)> output;
    std::function<void(const std::string&)> note;
    /// A launcher of an earlier life has said what it has, just before its WorkerUp.
    std::function<void(WorkerId, const lane::up::Holds&)> holds;
    /// Of a run that is alive; null: it is not.
    std::function<const jobs::Plan*(RunId)> plan;
    /// What the jobs of such a run get of an environment, whole.
    std::function<std::vector<std::string>(RunId)> environment;
    /// A launcher with a home is dead: its journal there tells what its attempts came to. Without `begun`.
    std::function<void(core::event::WorkerDown, const std::string& home)> gone;
  };

  Fleet(Loop& loop, FleetShape shape, WorkerCall call, Numbers& numbers, Listener listener);
  /// As kill_all; leaves those that outlive us alone.
  ~Fleet();

  /// A new life begins; before anything else.
  void begin(std::uint32_t epoch) { call_.epoch = epoch; }
  /// Takes over the living launchers of earlier lives, as soon as each answers. One that does not answer holds up
  /// nobody, and is never started a second time.
  void adopt(const std::vector<lane::LauncherHomeEntry>& homes, Now now);

  /// Spawns what the demand needs and is not there; crews that have had no work for a while go.
  void want(const core::Demand& demand, Now now);
  /// Takes everything workers have said; buries the dead.
  void collect(Now now);
  /// False: somebody has spoken meanwhile, do not sleep.
  bool about_to_sleep();
  void flush();
  std::optional<Instant> next_deadline() const;

  /// Null when that generation does not sit there any more, or does not answer yet.
  WorkerPort* port(WorkerId id);
  /// The same, for a launcher that has a home.
  WorkerPort* lasting(WorkerId id);
  bool is_pool(WorkerId id) const;
  void kill(WorkerId id);
  /// It holds what does not end, and gets nothing more: its successor is started beside it.
  void drain(WorkerId id);
  /// It has done its work: it is told to go, and killed when it does not.
  void retire(WorkerId id);
  /// The run is over: so are the crews that belong to it.
  void end_crews(RunId run);
  /// Tells a worker to end an attempt. A launcher that neither does it in the time that its ladder takes nor says
  /// anything else meanwhile (it was stopped, or hangs) is killed, as the core has pool workers killed.
  void stop(WorkerId id, const lane::down::Stop& wish);
  /// Lets an attempt stand still, or go on. A launcher does so itself, and says when it is done; a warm process is
  /// stopped by us, with all that it has started (standstill.cpp). What is told to end goes on.
  void freeze(WorkerId id, AttemptId attempt, bool on);
  bool is_worker(int pid) const;
  /// Tells everybody that no work will follow, except launchers that have work and outlive us. They leave when they
  /// have nothing running.
  void end_all();
  /// Kills the workers that do not outlive us and waits for them (SIGKILL does not ask).
  void kill_all();
  /// Of those that are to leave.
  std::size_t living() const;
  /// Attempts at pool workers that were sent and have not ended.
  std::size_t busy_in_pool() const;
  /// Workers that died since the last call (for the sweep of what they left).
  bool take_deaths();
  std::vector<control::answer::Workers::Worker> list() const;

 private:
  enum class Kind : std::uint8_t { pool, launcher };
  enum class Phase : std::uint8_t {
    empty,       // nobody sits here
    starting,    // spawned, has not said hello
    recovering,  // of an earlier life, has not said what it has
    up,
    condemned,  // killed for corruption or silence: heard no more, buried when its pidfd speaks
  };
  /// Of a warm process whose task is to stand still, or does.
  struct Standstill {
    AttemptId attempt;
    Instant asked;
    Instant next;     // look
    Duration pause;   // until the one after it
    bool signalled = false;
    bool told = false;  // it stands
    Instant since;
  };
  struct Seat {
    Kind kind = Kind::pool;
    core::CrewId crew;  // of a pool worker
    Instant idle_since;  // of one of a run: it has had no work since; 0: it has
    std::uint32_t number = 0;
    std::uint32_t width = 1;  // threads, or processes that it may be given
    std::uint32_t generation = 0;
    Phase phase = Phase::empty;
    std::unique_ptr<WorkerPort> port;
    LauncherPort* launcher = nullptr;  // the port, where it is one
    std::string home;                  // of a launcher that outlives us
    bool former = false;               // of an earlier life: no child of ours
    bool announced = false;            // the core knows of it
    bool dead = false;                 // its pidfd has spoken
    bool leaving = false;              // was told to end
    bool draining = false;             // gets nothing more, and will be killed
    std::optional<lane::OnLoop> held;  // what its loop was at, at the last look
    Instant held_since;
    bool held_told = false;
    std::uint32_t stopped_looks = 0;   // in a row that found its process stopped
    std::string note;                  // what is the matter with it
    bool told = false;                 // that it does not answer
    bool foreign = false;              // it is of another version, and that was told
    Instant due;                       // starting: for its hello. recovering: for the next try to connect
    Instant since;
    std::string tree_level;
    std::optional<Standstill> still;
    std::map<AttemptId, Instant> stops;  // of a launcher: when these should have ended
    Instant heard;                       // its last word
    bool fallen = false;                 // a task has crashed it: its place is taken, it is about to die
    bool standby = false;                // the core does not know of it: it waits for one of its crew to crash
    std::uint32_t stillborn = 0;  // deaths before the first word, in a row
    Instant retry_at;             // not spawned again before
    WorkerId id() const { return {number, generation}; }
  };

  // Warm processes that stand still (standstill.cpp).
  void look_at_standstill(Seat& seat, Now now);
  void end_standstill(Seat& seat);
  /// It goes on until it has heard of what becomes of another attempt, and is stopped again.
  void interrupt_standstill(Seat& seat);

  // Workers that are held up (hung.cpp).
  void look_at_workers(Now now);
  void look_at(Seat& seat, Now now);
  void look_at_loop(Seat& seat, Now now);
  bool is_stopped(const Seat& seat) const;
  std::string name_of_task(AttemptId attempt) const;
  bool has_busy_pool() const;

  // Crews of runs (crews.cpp).
  void want_crews(const core::Demand& demand, Now now);
  void want_crew(const core::Demand::OfCrew& demand, Now now);
  std::size_t seat_for(core::CrewId crew);
  void rest_crews(const core::Demand& demand, Now now);
  void retire(Seat& seat);
  void lose_crew(const Seat& seat, const Error& why);
  bool serves(const Seat& seat, core::CrewId crew) const;

  // Workers that stand by (standby.cpp).
  void look_for_crash(Seat& seat);
  void bereave(Seat& seat);
  bool call_up(core::CrewId crew);
  void want_standbys(Now now);
  void want_standby(core::CrewId crew, Now now);
  std::size_t seat_beside();
  void dismiss_standbys(Now now);
  std::vector<Seat>::iterator standby_of(core::CrewId crew);
  void announce(Seat& seat);

  void want_kind(Kind kind, std::uint32_t wanted, Now now);
  void add_spare_seat();
  std::uint32_t next_number() const;
  void spawn(std::size_t at, Now now);
  Result<std::unique_ptr<WorkerPort>> spawn_pool(Seat& seat);
  void stillborn(Seat& seat, const Error& why, Now now);
  void tell_shortage(Kind kind, int error);
  void receive(std::size_t at);
  void take(std::size_t at, lane::Up& message);
  void greet(Seat& seat, const lane::up::Hello& hello);
  void condemn(Seat& seat, const std::string& why);
  void lose_patience(Seat& seat, Now now);
  void bury(Seat& seat, Now now);
  static void note_exit(const process::Child& child, core::event::WorkerDown& down);
  void unwatch(const Seat& seat);
  Status watch_child(std::size_t at);
  Status watch_bell(std::size_t at);
  void hung_up(std::size_t at, int bell);
  const Seat* find(WorkerId id) const;
  std::optional<Instant> deadline_of(const Seat& seat) const;
  static std::string name_of(const Seat& seat);

  // Launchers of earlier lives (adoption.cpp).
  std::size_t seat_for(WorkerId launcher);
  void connect(std::size_t at, Now now);
  void recover(std::size_t at, Now now);
  void lose_touch(Seat& seat);
  std::optional<Instant> next_step(const Seat& former) const;
  bool is_awaited(const Seat& seat) const { return seat.phase == Phase::recovering && !seat.told; }
  void greet_former(std::size_t at, const lane::up::Hello& hello);
  void take_over(Seat& seat, const lane::up::Holds& holds);

  static constexpr Duration kStandsBy = std::chrono::milliseconds(limits::kStandbyMs);
  static constexpr Duration kCrewIdle = std::chrono::milliseconds(limits::kCrewIdleMs);

  Loop& loop_;
  FleetShape shape_;
  WorkerCall call_;
  Numbers& numbers_;
  Listener listener_;
  std::vector<Seat> seats_;  // pool workers first, then launchers; a place in it never changes
  std::uint32_t spare_slots_ = 0;  // process slots that no seat has
  std::vector<core::CrewId> bereaved_;  // have lost a worker by a crash since the last look
  std::optional<Instant> next_look_;
  std::array<int, 2> lacking_{};  // by kind: the errno for which none can be started
  bool ending_ = false;
  bool deaths_ = false;
};

}  // namespace rota::daemon
