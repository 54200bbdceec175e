// A seeded world around the real core: fake clock, fake journal, fake workers, and a nemesis. One seed is one story.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scheduler/core/scheduler.h"
#include "tests/sim/doorkeeper.h"
#include "tests/sim/fake_worker.h"

namespace rota::sim {

/// Where in a turn the coordinator dies.
enum class CrashPoint : std::uint8_t { before_commit, before_act, amid_act, after_act };

struct Script {
  std::uint64_t seed = 1;
  bool faults = true;
  /// Kill and restart the coordinator in exactly this turn; none: by chance, if faults are on.
  std::optional<std::uint32_t> crash_turn;
  CrashPoint crash_point = CrashPoint::before_commit;
};

struct Story {
  std::string broken;          // the first broken promise, with the last steps; empty: none
  std::uint64_t trace = 0;     // a hash of every record and action
  std::uint32_t turns = 0;
  std::uint32_t steps = 0;
  std::uint32_t crashes = 0;
  std::map<std::string, std::uint64_t> seen;  // how often each outcome and action came about
};

class Simulation {
 public:
  explicit Simulation(const Script& script);
  Story tell();

 private:
  bool turn();
  bool advance_clock();
  std::vector<core::Event> gather();
  /// Wall time runs beside the monotonic clock, and is stepped now and then.
  Now now() const { return {around_.now, {around_.now.ns + wall_offset_}}; }
  core::event::Submit next_submit();
  TaskId some_task();
  core::event::Pause some_pause();
  void add_wishes(std::vector<core::Event>& events);
  std::vector<core::Event> what_to_lift() const;
  void check_reasons();
  void add_nemesis(std::vector<core::Event>& events);
  void add_lies(std::vector<core::Event>& events);
  void strike_worker();
  void step(core::Event event, core::Effects& out);
  void observe(const core::Event& event);
  void finish_turn(core::Effects& out);
  void commit(const core::Effects& out);
  void act(const core::Effects& out, std::size_t count);
  void staff();
  void bound(core::Effects& out);
  void spawn(core::event::Capacity capacity, core::CrewId crew);
  void staff_crews();
  std::optional<CrashPoint> choose_crash();
  void crash(CrashPoint point, const core::Effects& out);
  void restart();
  void compare_with_replay();
  void compact();
  void tally(const core::Effects& out);
  void check(const char* when);
  void broke(const std::string& what);
  void note(const std::string& line);
  bool all_over() const;
  std::string what_is_left() const;

  Script script_;
  Dice dice_;
  Witness witness_;
  Doorkeeper doorkeeper_;
  Surroundings around_;
  core::Scheduler scheduler_;
  std::vector<core::Record> journal_;  // what a restart finds
  std::deque<std::unique_ptr<FakeWorker>> workers_;
  std::vector<core::Event> heard_;     // for telling again what is stale by now
  std::deque<std::string> tail_;
  std::vector<WorkerId> downs_;        // told dead in this turn
  std::uint32_t generation_ = 0;
  std::uint32_t epoch_ = 1;
  std::uint32_t submitted_ = 0;
  std::int64_t wall_offset_ = 1'700'000'000'000'000'000;
  bool shutting_down_ = false;
  bool still_ = false;  // nothing happens any more by itself
  std::uint32_t runs_;
  std::uint32_t pools_ = 1, launchers_ = 1, threads_ = 1, width_ = 1, ahead_ = 0, command_slots_ = 1;
  std::uint32_t process_slots_ = 1;
  Story story_;
};

}  // namespace rota::sim
