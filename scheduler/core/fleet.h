// The workers as the core knows them: what each can hold, and which live attempts it holds. What is held follows from
// the tasks (State::move keeps it); capacities and retracts come from the world and are not part of any record.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "scheduler/core/event.h"
#include "scheduler/core/line.h"
#include "scheduler/core/task.h"

namespace rota::core {

struct Seat {
  WorkerId worker;
  event::Capacity capacity;
  /// Who may get work. `known`: attempts name it, but it has not said hello (in this life of the coordinator).
  enum class Life : std::uint8_t { vacant, known, up, dying } life = Life::vacant;
  std::array<std::vector<TaskRef>, kLines> held;  // by line: daemons apart, as they take no slot, and commands
  std::vector<AttemptId> retracting;              // asked back and not answered
  std::uint32_t brought = 0;  // process attempts that it came with, where they are more than it may be given now
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
  bool takes(Mode mode) const { return life == Life::up && slots(mode) > 0; }
};

class Fleet {
 public:
  /// The seat of a worker, made when unknown. Indices stay valid while the seat is up or holds anything; `hint` is one
  /// that was right before.
  std::uint32_t seat_of(WorkerId worker, std::uint32_t hint = kNone);
  std::uint32_t find(WorkerId worker) const;  // kNone when unknown

  void up(WorkerId worker, const event::Capacity& capacity);
  void down(std::uint32_t seat);
  void dying(std::uint32_t seat);
  /// A new life of the coordinator: nobody has said hello yet, and recovery begins.
  void all_unknown();
  /// Process attempts that were held when this life began, and those of them that are accounted for.
  std::uint32_t recovery_total() const { return recovery_total_; }
  std::uint32_t recovery_known() const { return recovery_known_; }

  /// Lists an attempt at hold.seat and notes its place in `hold`.
  void add(TaskRef task, std::size_t line, Hold& hold);
  /// Unlists it. Returns the task that took its place (its Hold::place is to be set to hold.place), or run 0.
  TaskRef remove(std::size_t line, const Hold& hold);

  void retract(std::uint32_t seat, AttemptId attempt) { seats_[seat].retracting.push_back(attempt); }
  void answered(std::uint32_t seat, AttemptId attempt);

  void bound_commands(std::uint32_t slots) { command_slots_ = slots; }
  std::uint32_t command_slots() const { return command_slots_; }
  /// That can be running now under thread and async; never more than there are slots.
  std::uint32_t commands() const;
  bool has_command_slot() const { return command_slots_ == kNone || commands() < command_slots_; }

  const std::vector<Seat>& seats() const { return seats_; }
  const Seat& seat(std::uint32_t i) const { return seats_[i]; }
  /// At most this many slot-taking attempts of the mode can be running now, wherever more were granted ahead.
  std::uint32_t can_run(Mode mode) const;
  /// At most this many could be, were every worker that takes work granted more than it has slots.
  std::uint32_t could_run(Mode mode) const;

 private:
  void vacate_if_empty(std::uint32_t seat);
  void heard(Seat& seat);

  std::vector<Seat> seats_;
  std::uint32_t command_slots_ = kNone;
  std::uint32_t recovery_total_ = 0, recovery_known_ = 0;
};

}  // namespace rota::core
