// Seats and what they hold.
#include "scheduler/core/fleet.h"

#include <algorithm>
#include <utility>

namespace rota::core {

std::uint32_t Seat::slots(Mode mode) const {
  switch (mode) {
    case Mode::thread: return capacity.threads;
    case Mode::process: return capacity.processes;
    case Mode::async: return capacity.async;
  }
  return 0;
}

std::uint32_t Seat::ahead(Mode mode) const {
  switch (mode) {
    case Mode::thread: return capacity.thread_ahead;
    case Mode::process: return capacity.process_ahead;
    case Mode::async: return 0;
  }
  return 0;
}

bool Seat::holds_nothing() const {
  return std::all_of(held.begin(), held.end(), [](const auto& list) { return list.empty(); });
}

std::uint32_t Seat::processes() const {
  return static_cast<std::uint32_t>(held[line_index(Mode::process, false)].size() +
                                    held[line_index(Mode::process, true)].size());
}

std::uint32_t Seat::can_run(Mode mode) const {
  // A worker that has not said hello in this life may be running all that it holds.
  if (life == Life::known) return load(mode);
  return std::min(load(mode), std::max(slots(mode), mode == Mode::process ? brought : 0));
}

std::uint32_t Seat::commands() const {
  const auto held_by = [&](Mode mode) { return static_cast<std::uint32_t>(held[command_line_index(mode)].size()); };
  const auto threads = held_by(Mode::thread);
  // Those that were granted ahead wait for a thread before they start anything.
  return held_by(Mode::async) + (life == Life::known ? threads : std::min(threads, slots(Mode::thread)));
}

std::uint32_t Fleet::find(WorkerId worker) const {
  for (std::uint32_t i = 0; i < seats_.size(); ++i)
    if (seats_[i].life != Seat::Life::vacant && seats_[i].worker == worker) return i;
  return kNone;
}

std::uint32_t Fleet::seat_of(WorkerId worker, std::uint32_t hint) {
  if (hint < seats_.size() && seats_[hint].life != Seat::Life::vacant && seats_[hint].worker == worker) return hint;
  if (const std::uint32_t known = find(worker); known != kNone) return known;
  std::uint32_t i = 0;
  while (i < seats_.size() && seats_[i].life != Seat::Life::vacant) ++i;
  if (i == seats_.size()) seats_.emplace_back();
  seats_[i].worker = worker;
  seats_[i].life = Seat::Life::known;
  join(i, {});
  return i;
}

void Fleet::join(std::uint32_t seat, CrewId crew) {
  seats_[seat].crew = crew;
  auto& members = crews_[crew];
  members.insert(std::lower_bound(members.begin(), members.end(), seat), seat);
}

void Fleet::part(std::uint32_t seat) {
  const auto at = crews_.find(seats_[seat].crew);
  std::erase(at->second, seat);
  if (at->second.empty()) crews_.erase(at);
}

const std::vector<std::uint32_t>& Fleet::of(CrewId crew) const {
  static const std::vector<std::uint32_t> kNobody;
  const auto at = crews_.find(crew);
  return at == crews_.end() ? kNobody : at->second;
}

void Fleet::up(WorkerId worker, const event::Capacity& capacity, CrewId crew) {
  const std::uint32_t i = seat_of(worker);
  if (seats_[i].crew != crew) {
    part(i);
    join(i, crew);
  }
  Seat& seat = seats_[i];
  seat.capacity = capacity;
  const std::uint32_t load = seat.load(Mode::process);
  seat.brought = load > capacity.processes + capacity.process_ahead ? load : 0;
  heard(seat);
  if (seat.life == Seat::Life::known) seat.life = Seat::Life::up;
}

void Fleet::down(std::uint32_t seat) {
  if (seats_[seat].life == Seat::Life::vacant) return;  // what it held was all that was known of it
  seats_[seat].capacity = {};
  seats_[seat].brought = 0;
  seats_[seat].shortage = 0;
  seats_[seat].retracting.clear();
  if (seats_[seat].life == Seat::Life::draining) --draining_;
  seats_[seat].life = Seat::Life::known;
  heard(seats_[seat]);
  vacate_if_empty(seat);
}

void Fleet::dying(std::uint32_t seat) {
  if (seats_[seat].life == Seat::Life::draining) --draining_;
  seats_[seat].life = Seat::Life::dying;
}

void Fleet::drain(std::uint32_t seat, Instant kill_at) {
  if (seats_[seat].life != Seat::Life::up) return;
  seats_[seat].life = Seat::Life::draining;
  seats_[seat].kill_at = kill_at;
  ++draining_;
}

std::optional<Instant> Fleet::next_kill() const {
  std::optional<Instant> next;
  if (draining_ == 0) return next;
  for (const Seat& s : seats_)
    if (s.life == Seat::Life::draining && (!next || s.kill_at < *next)) next = s.kill_at;
  return next;
}

void Fleet::all_unknown() {
  for (std::uint32_t i = 0; i < seats_.size(); ++i)
    if (seats_[i].life != Seat::Life::vacant) down(i);
  recovery_total_ = recovery_known_ = 0;
  no_pool_worker_ = no_launcher_ = 0;
  for (Seat& seat : seats_) recovery_total_ += seat.owed = seat.processes();
}

void Fleet::heard(Seat& seat) {
  recovery_known_ += std::exchange(seat.owed, 0);
}

void Fleet::add(TaskRef task, std::size_t line, Hold& hold) {
  auto& list = seats_[hold.seat].held[line];
  hold.place = static_cast<std::uint32_t>(list.size());
  list.push_back(task);
  if (hold.pause) ++seats_[hold.seat].pausing;
}

void Fleet::pausing(const Hold& hold, bool pause) {
  if (hold.pause == pause) return;
  auto& n = seats_[hold.seat].pausing;
  n = pause ? n + 1 : n - 1;
}

TaskRef Fleet::remove(std::size_t line, const Hold& hold) {
  auto& list = seats_[hold.seat].held[line];
  const TaskRef moved = list.back();
  list[hold.place] = moved;
  list.pop_back();
  if (hold.pause) --seats_[hold.seat].pausing;
  const bool was_last = hold.place == list.size();
  vacate_if_empty(hold.seat);
  return was_last ? TaskRef{} : moved;
}

void Fleet::answered(std::uint32_t seat, AttemptId attempt) {
  auto& list = seats_[seat].retracting;
  if (!list.empty()) std::erase(list, attempt);
}

std::uint32_t Fleet::can_run(Mode mode) const {
  std::uint32_t n = 0;
  for (const Seat& s : seats_) n += s.can_run(mode);
  return n;
}

std::uint32_t Fleet::can_run(CrewId crew, Mode mode) const {
  std::uint32_t n = 0;
  for (const std::uint32_t i : of(crew)) n += seats_[i].can_run(mode);
  return n;
}

std::uint32_t Fleet::could_run(CrewId crew, Mode mode) const {
  std::uint32_t n = 0;
  for (const std::uint32_t i : of(crew)) {
    const Seat& s = seats_[i];
    n += s.life == Seat::Life::up ? s.slots(mode) : s.can_run(mode);
  }
  return n;
}

bool Fleet::has_warm() const {
  if (process_slots_ == kNone) return false;
  for (const auto& [crew, seats] : crews_) {
    if (crew.is_common()) continue;
    for (const std::uint32_t i : seats)
      if (seats_[i].capacity.processes > 0) return true;
  }
  return false;
}

std::uint32_t Fleet::commands() const {
  std::uint32_t n = 0;
  for (const Seat& s : seats_) n += s.commands();
  return n;
}

std::int32_t Fleet::shortage(CrewId crew, Mode mode, bool of_pool) const {
  for (const std::uint32_t i : of(crew))
    if (seats_[i].shortage != 0 && seats_[i].takes(mode)) return seats_[i].shortage;
  return of_pool ? no_pool_worker_ : no_launcher_;
}

bool Fleet::has_shortage() const {
  return no_pool_worker_ != 0 || no_launcher_ != 0 ||
         std::any_of(seats_.begin(), seats_.end(), [](const Seat& s) { return s.shortage != 0; });
}

void Fleet::vacate_if_empty(std::uint32_t i) {
  Seat& s = seats_[i];
  if (s.life != Seat::Life::known || !s.holds_nothing()) return;
  heard(s);
  part(i);
  s = Seat{};
}

}  // namespace rota::core
