// Taking over launchers that outlived their coordinator: connect, hello, what do you hold.
#include <algorithm>

#include "scheduler/daemon/fleet.h"

namespace rota::daemon {
namespace {

constexpr auto kAnswerWithin = std::chrono::seconds(1);  // then new launchers are started beside it
constexpr auto kConnectAgain = std::chrono::milliseconds(50);
constexpr auto kConnectLater = std::chrono::seconds(1);

/// Its lock is free: it is dead, whatever else can be seen.
bool is_dead(const std::string& home) {
  const auto locked = posix::is_locked(home + "/lock");
  return locked && !*locked;
}

}  // namespace

void Fleet::adopt(const std::vector<lane::LauncherHomeEntry>& homes, Now now) {
  for (const auto& home : homes) {
    if (!home.alive) continue;
    const auto at = seat_for(home.worker);
    auto& seat = seats_[at];
    seat.number = home.worker.seat;
    seat.generation = home.worker.generation;
    seat.home = home.directory;
    seat.former = true;
    seat.phase = Phase::recovering;
    seat.since = now.mono;
    connect(at, now);
  }
}

/// The one it had if that is free, else any, else one more, which has no slots of its own.
std::size_t Fleet::seat_for(WorkerId launcher) {
  const auto is_free = [](const Seat& s) { return s.kind == Kind::launcher && s.phase == Phase::empty; };
  auto at = std::find_if(seats_.begin(), seats_.end(),
                         [&](const Seat& s) { return is_free(s) && s.number == launcher.seat; });
  if (at == seats_.end()) at = std::find_if(seats_.begin(), seats_.end(), is_free);
  if (at != seats_.end()) return static_cast<std::size_t>(at - seats_.begin());
  Seat& more = seats_.emplace_back();
  more.kind = Kind::launcher;
  more.width = 0;
  return seats_.size() - 1;
}

void Fleet::connect(std::size_t at, Now now) {
  auto& seat = seats_[at];
  seat.due = now.mono + (seat.told ? kConnectLater : kConnectAgain);
  auto port = connect_launcher(seat.home, call_.epoch);
  if (!port) {
    seat.dead = is_dead(seat.home);
    return;
  }
  seat.launcher = port->get();
  seat.port = std::move(*port);
  if (auto s = watch_bell(at); !s) lose_touch(seat);
}

/// What it told it tells again, to the next connection or in its journal.
void Fleet::lose_touch(Seat& seat) {
  unwatch(seat);
  seat.port.reset();
  seat.launcher = nullptr;
  seat.stops.clear();
  seat.phase = Phase::recovering;
  seat.due = monotonic_now() + (seat.told ? kConnectLater : kConnectAgain);
}

std::optional<Instant> Fleet::next_step(const Seat& former) const {
  std::optional<Instant> next;
  if (!former.told) next = former.since + kAnswerWithin;
  if (!former.port && (!next || former.due < *next)) next = former.due;
  return next;
}

/// What time asks for. A connection that was made is kept: the launcher hears our hello when it runs again, and would
/// refuse a second one of the same epoch.
void Fleet::recover(std::size_t at, Now now) {
  auto& seat = seats_[at];
  if (seat.dead) return;
  if (!seat.told && seat.since + kAnswerWithin <= now.mono) {
    listener_.note(name_of(seat) + " does not answer; what it holds is not known until it does");
    seat.told = true;
  }
  if (!seat.port && seat.due <= now.mono) connect(at, now);
}

void Fleet::greet_former(std::size_t at, const lane::up::Hello& hello) {
  auto& seat = seats_[at];
  if (seat.phase != Phase::recovering || seat.port->child().pid >= 0) return condemn(seat, "said hello twice");
  if (hello.protocol != lane::kProtocol || hello.worker != seat.id()) {
    if (!seat.foreign)
      listener_.note(name_of(seat) + " is of another version of Rota: what it holds is known when it ends");
    seat.told = seat.foreign = true;
    return lose_touch(seat);
  }
  seat.tree_level = hello.tree_level;
  auto pidfd = posix::open_pidfd(hello.pid);
  // While its lock is held it lives, so that the number was its own when the descriptor was made. Where none can be
  // had, its end is seen at the socket and at the lock.
  if (is_dead(seat.home)) return lose_touch(seat);
  const bool has_pidfd = pidfd.has_value();
  seat.launcher->is_process({hello.pid, has_pidfd ? std::move(*pidfd) : posix::Fd()});
  if (!has_pidfd) return;
  if (auto s = watch_child(at); !s) lose_touch(seat);  // tried again when there is room
}

void Fleet::take_over(Seat& seat, const lane::up::Holds& holds) {
  if (seat.phase != Phase::recovering || seat.port->child().pid < 0)
    return condemn(seat, "told what it holds without being asked");
  const auto given = std::min(holds.width, seat.width + spare_slots_);
  spare_slots_ += seat.width;
  spare_slots_ -= given;
  seat.width = given;
  const auto ahead = given == holds.width ? static_cast<std::uint32_t>(limits::kLauncherAhead) : 0u;
  seat.launcher->has(holds.attempts, {0, 0, 0, given, ahead});
  seat.phase = Phase::up;
  seat.announced = true;
  seat.told = false;
  listener_.holds(seat.id(), holds);
  listener_.event(core::event::WorkerUp{seat.id(), seat.port->capacity(), holds.attempts});
}

}  // namespace rota::daemon
