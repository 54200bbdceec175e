// The part of the fleet that lets the task of a warm process stand still. Such a process has one task at a time, so the
// whole of it is stopped, with all that it has started: by SIGSTOP from here, as it could not wake itself. Before that
// it gives back what it would come to next (the core asks for that); after that it is looked at whether the task that
// is meant is still the one in it. One that has ended meanwhile lets the process go on: its end is on its way.
#include <algorithm>

#include "scheduler/daemon/fleet.h"
#include "shared/process/tree.h"

namespace rota::daemon {
namespace {

constexpr Duration kFirstPause = std::chrono::milliseconds(1), kLongestPause = std::chrono::milliseconds(50);
constexpr Duration kAnswersWithin = std::chrono::seconds(5);  // what it was asked to give back

}  // namespace

void Fleet::freeze(WorkerId id, AttemptId attempt, bool on) {
  const auto at = std::find_if(seats_.begin(), seats_.end(), [&](const Seat& s) { return s.port && s.id() == id; });
  if (at == seats_.end() || at->phase != Phase::up) return;
  if (at->kind == Kind::launcher) return at->port->send(lane::down::Freeze{attempt, on});
  if (!core::is_warm(at->crew)) return;
  const bool is_known = at->still && at->still->attempt == attempt;
  const Instant now = monotonic_now();
  if (!on) {
    if (is_known) end_standstill(*at);
    return listener_.event(core::event::Frozen{id, attempt, false, now});
  }
  if (is_known && at->still->told) return listener_.event(core::event::Frozen{id, attempt, true, at->still->since});
  if (is_known) return;
  if (at->still) end_standstill(*at);
  at->still = Standstill{attempt, now, now, kFirstPause, false, false, {}};
}

void Fleet::look_at_standstill(Seat& seat, Now now) {
  auto& still = *seat.still;
  if (still.told || now.mono < still.next) return;
  still.next = now.mono + still.pause;
  still.pause = std::min(still.pause * 2, kLongestPause);
  if (!still.signalled && seat.port->in_flight() > 1 && now.mono < still.asked + kAnswersWithin) return;
  const auto is_in_it = [&] {
    const auto running = seat.port->suspects();
    return std::find(running.begin(), running.end(), still.attempt) != running.end();
  };
  if (!is_in_it()) return end_standstill(seat);
  still.signalled = true;
  if (!process::stop_with_descendants(seat.port->child().pid)) return;
  if (!is_in_it()) return end_standstill(seat);  // nothing of it changes any more
  still.told = true;
  still.since = now.mono;
  seat.note = "stands still: its task is paused";
  listener_.event(core::event::Frozen{seat.id(), still.attempt, true, still.since});
}

void Fleet::interrupt_standstill(Seat& seat) {
  const Instant now = monotonic_now();
  seat.still = Standstill{seat.still->attempt, now, now + kFirstPause, kFirstPause, false, false, {}};
  if (!seat.dead) process::continue_with_descendants(seat.port->child().pid);
}

void Fleet::end_standstill(Seat& seat) {
  const bool signalled = seat.still->signalled;
  seat.still.reset();
  seat.note.clear();
  if (signalled && !seat.dead) process::continue_with_descendants(seat.port->child().pid);
}

}  // namespace rota::daemon
