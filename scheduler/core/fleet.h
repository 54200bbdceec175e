// The workers as the core knows them: what each can hold, and which live attempts it holds. What is held follows from
// the tasks (State::move keeps it); capacities and retracts come from the world and are not part of any record.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "scheduler/core/event.h"
#include "scheduler/core/line.h"
#include "scheduler/core/task.h"

namespace rota::core {

struct Seat {
  WorkerId worker;
  CrewId crew;
  event::Capacity capacity;
  /// Who may get work. `known`: attempts name it, but it has not said hello (in this life of the coordinator).
  /// `draining`: it holds one that does not end, and is killed at `kill_at` or when nothing else of it runs.
  enum class Life : std::uint8_t { vacant, known, up, draining, dying } life = Life::vacant;
  Instant kill_at;
  std::array<std::vector<TaskRef>, kLines> held;  // by line: daemons apart, as they take no slot, and commands
  std::vector<AttemptId> retracting;              // asked back and not answered
  std::uint32_t brought = 0;  // process attempts that it came with, where they are more than it may be given now
  std::uint32_t given = 0;    // grants in its life
  std::int32_t shortage = 0;  // errno: it cannot start what it was granted
  std::uint32_t pausing = 0;  // of what it holds, how many are to stand still
  std::uint32_t owed = 0;  // process attempts that it held when this life began, until it is heard of

  std::uint32_t slots(Mode mode) const;
  std::uint32_t ahead(Mode mode) const;
  /// How much of what it holds can be running.
  std::uint32_t can_run(Mode mode) const;
  std::uint32_t load(Mode mode) const {
    return static_cast<std::uint32_t>(held[line_index(mode, false)].size() + held[command_line_index(mode)].size());
  }
  /// How many of the commands that it holds under thread and async can be running.
  std::uint32_t commands() const;
  std::uint32_t processes() const;  // that it holds, daemons too
  bool takes(Mode mode) const { return life == Life::up && slots(mode) > 0 && !is_spent(); }
  /// It has been given all that it takes in its life.
  bool is_spent() const { return capacity.tasks > 0 && given >= capacity.tasks; }
  bool holds_nothing() const;
  /// A warm process as a whole is to stand still: what is behind the one in it would wait for as long.
  bool is_to_stand_still() const { return pausing > 0 && !crew.is_common(); }
};

class Fleet {
 public:
  /// The seat of a worker, made when unknown. Indices stay valid while the seat is up or holds anything; `hint` is one
  /// that was right before.
  std::uint32_t seat_of(WorkerId worker, std::uint32_t hint = kNone);
  std::uint32_t find(WorkerId worker) const;  // kNone when unknown

  void up(WorkerId worker, const event::Capacity& capacity, CrewId crew);
  void down(std::uint32_t seat);
  void dying(std::uint32_t seat);
  void drain(std::uint32_t seat, Instant kill_at);
  /// The next instant at which one that drains is to be killed.
  std::optional<Instant> next_kill() const;
  /// A new life of the coordinator: nobody has said hello yet, and recovery begins.
  void all_unknown();
  /// Process attempts that were held when this life began, and those of them that are accounted for.
  std::uint32_t recovery_total() const { return recovery_total_; }
  std::uint32_t recovery_known() const { return recovery_known_; }

  /// Lists an attempt at hold.seat and notes its place in `hold`.
  void add(TaskRef task, std::size_t line, Hold& hold);
  /// Unlists it. Returns the task that took its place (its Hold::place is to be set to hold.place), or run 0.
  TaskRef remove(std::size_t line, const Hold& hold);
  /// An attempt that is listed is to stand still from now on, or to go on.
  void pausing(const Hold& hold, bool pause);

  void retract(std::uint32_t seat, AttemptId attempt) { seats_[seat].retracting.push_back(attempt); }
  void answered(std::uint32_t seat, AttemptId attempt);

  void gave(std::uint32_t seat) { ++seats_[seat].given; }
  /// It takes nothing more in its life.
  void spend(std::uint32_t seat) {
    Seat& s = seats_[seat];
    s.capacity.tasks = s.given = s.given == 0 ? 1 : s.given;
  }

  void bound(std::uint32_t command_slots, std::uint32_t process_slots) {
    command_slots_ = command_slots;
    process_slots_ = process_slots;
  }
  std::uint32_t command_slots() const { return command_slots_; }
  /// That can be running now under thread and async; never more than there are slots.
  std::uint32_t commands() const;
  bool has_command_slot() const { return command_slots_ == kNone || commands() < command_slots_; }

  /// Whether process attempts run elsewhere than at launchers, so that their slots are to be counted.
  bool has_warm() const;
  std::uint32_t process_slots() const { return process_slots_; }
  bool has_process_slot() const { return process_slots_ == kNone || can_run(Mode::process) < process_slots_; }

  /// Of the world, and no record: an errno, or 0 when it is over.
  void lack_process(std::uint32_t seat, std::int32_t error) { seats_[seat].shortage = error; }
  void lack_worker(bool of_pool, std::int32_t error) { (of_pool ? no_pool_worker_ : no_launcher_) = error; }
  /// What keeps workers of the crew from starting what they were granted in this mode, or any more of them from being
  /// had; 0: nothing.
  std::int32_t shortage(CrewId crew, Mode mode, bool of_pool) const;
  bool has_shortage() const;

  const std::vector<Seat>& seats() const { return seats_; }
  const Seat& seat(std::uint32_t i) const { return seats_[i]; }
  /// The seats of a crew, ascending; those that have not said hello count as common.
  const std::vector<std::uint32_t>& of(CrewId crew) const;
  const std::map<CrewId, std::vector<std::uint32_t>>& crews() const { return crews_; }
  /// At most this many slot-taking attempts of the mode can be running now, wherever more were granted ahead.
  std::uint32_t can_run(Mode mode) const;
  std::uint32_t can_run(CrewId crew, Mode mode) const;
  /// At most this many could be, were every worker that takes work granted more than it has slots.
  std::uint32_t could_run(CrewId crew, Mode mode) const;

 private:
  void vacate_if_empty(std::uint32_t seat);
  void heard(Seat& seat);
  void join(std::uint32_t seat, CrewId crew);
  void part(std::uint32_t seat);

  std::vector<Seat> seats_;
  std::map<CrewId, std::vector<std::uint32_t>> crews_;
  std::uint32_t command_slots_ = kNone, process_slots_ = kNone;
  std::int32_t no_pool_worker_ = 0, no_launcher_ = 0;  // errno: none can be started
  std::uint32_t draining_ = 0;  // workers
  std::uint32_t recovery_total_ = 0, recovery_known_ = 0;
};

}  // namespace rota::core
