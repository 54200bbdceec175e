// The part of the fleet that stands by. A crew of threads and coroutines that has lost a worker by a crash is likely to
// lose another: one more worker is started for it, which the core hears of when the next one dies, in the same turn. So
// that a crash costs the others what they had begun, and not the start of a process.
#include <algorithm>

#include "scheduler/daemon/fleet.h"

namespace rota::daemon {
namespace {

/// A warm process and a quarantine have one task, which nobody else waits behind.
bool may_have_standby(core::CrewId crew) { return !core::is_quarantine(crew) && !core::is_warm(crew); }

}  // namespace

std::vector<Fleet::Seat>::iterator Fleet::standby_of(core::CrewId crew) {
  return std::find_if(seats_.begin(), seats_.end(), [&](const Seat& s) {
    return s.standby && s.crew == crew && !s.leaving && !s.dead && s.phase != Phase::condemned;
  });
}

/// A crash handler rings before it writes down where it was. What the worker had begun is not given to anybody before
/// its death; what had not begun elsewhere need not wait for that.
void Fleet::look_for_crash(Seat& seat) {
  if (seat.kind != Kind::pool || seat.phase != Phase::up || seat.fallen || !seat.announced) return;
  const auto at = standby_of(seat.crew);
  if (at != seats_.end() && at->phase == Phase::up && seat.port->guilty()) bereave(seat);
}

void Fleet::bereave(Seat& seat) {
  if (ending_ || seat.draining || !may_have_standby(seat.crew)) return;  // one that drains has its successor
  seat.fallen = true;
  bereaved_.push_back(seat.crew);
  const auto at = standby_of(seat.crew);
  if (at != seats_.end() && at->phase == Phase::up) call_up(seat.crew);
}

/// False: nobody stands by. One that has not said hello yet is announced when it does.
bool Fleet::call_up(core::CrewId crew) {
  const auto at = standby_of(crew);
  if (at == seats_.end()) return false;
  at->standby = false;
  if (at->phase == Phase::up) announce(*at);
  return true;
}

void Fleet::want_standbys(Now now) {
  for (const auto crew : std::exchange(bereaved_, {})) want_standby(crew, now);
  dismiss_standbys(now);
}

/// Of the common crew, beside those of its measure.
std::size_t Fleet::seat_beside() {
  const auto is_free = [](const Seat& s) {
    return s.kind == Kind::pool && s.crew.is_common() && s.phase == Phase::empty && s.stillborn == 0;
  };
  auto at = std::find_if(seats_.begin(), seats_.end(), is_free);
  if (at == seats_.end()) {
    const auto number = next_number();
    at = seats_.emplace(seats_.end());
    at->number = number;
    at->width = shape_.threads_each;
  }
  return static_cast<std::size_t>(at - seats_.begin());
}

void Fleet::want_standby(core::CrewId crew, Now now) {
  if (!crew.is_common() && !listener_.plan(crew.run)) return;
  if (const auto at = standby_of(crew); at != seats_.end()) {
    if (at->phase == Phase::up) at->due = now.mono + kStandsBy;
    return;
  }
  const auto place = crew.is_common() ? seat_beside() : seat_for(crew);
  if (seats_[place].retry_at > now.mono) return;
  seats_[place].standby = true;
  spawn(place, now);
}

void Fleet::dismiss_standbys(Now now) {
  for (auto& seat : seats_)
    if (seat.standby && seat.phase == Phase::up && !seat.leaving && seat.due <= now.mono) retire(seat);
}

}  // namespace rota::daemon
