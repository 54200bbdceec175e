// The part of the fleet that tells what workers there are.
#include <algorithm>

#include "scheduler/daemon/fleet.h"

namespace rota::daemon {

bool Fleet::is_worker(int pid) const {
  return std::any_of(seats_.begin(), seats_.end(), [&](const Seat& s) { return s.port && s.port->child().pid == pid; });
}

std::size_t Fleet::living() const {
  return static_cast<std::size_t>(
      std::count_if(seats_.begin(), seats_.end(), [](const Seat& s) { return s.port && s.leaving; }));
}

std::size_t Fleet::busy_in_pool() const {
  std::size_t busy = 0;
  for (const auto& seat : seats_) busy += seat.kind == Kind::pool && seat.port ? seat.port->in_flight() : 0;
  return busy;
}

std::vector<control::answer::Workers::Worker> Fleet::list() const {
  static constexpr const char* kPhases[] = {"empty", "starting", "recovering", "up", "condemned"};
  std::vector<control::answer::Workers::Worker> out;
  for (const auto& seat : seats_) {
    if (seat.phase == Phase::empty) continue;
    auto& worker = out.emplace_back();
    worker.worker = seat.id();
    worker.kind = seat.kind == Kind::pool ? "pool" : "launcher";
    if (seat.kind == Kind::pool) worker.crew = to_text(seat.crew);
    worker.state = kPhases[static_cast<std::size_t>(seat.phase)];
    if (seat.draining && seat.phase == Phase::up) worker.state = "draining";
    if (seat.standby && seat.phase == Phase::up) worker.state = "standby";
    worker.pid = seat.port ? std::max(seat.port->child().pid, 0) : 0;
    worker.slots = seat.width;
    worker.busy = seat.port ? static_cast<std::uint32_t>(seat.port->in_flight()) : 0;
    worker.since = seat.since;
    worker.tree_level = seat.tree_level;
    worker.note = seat.note;
  }
  return out;
}

}  // namespace rota::daemon
