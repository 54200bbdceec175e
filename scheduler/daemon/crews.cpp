// The part of the fleet that belongs to single runs: workers of a crew come when there is work for it, and go when
// there has been none for a while, with the end of their run, or when they have been given all the attempts of
// their life.
#include <algorithm>

#include "scheduler/daemon/fleet.h"
#include "scheduler/daemon/pool_port.h"

namespace rota::daemon {
namespace {

constexpr auto kFarewell = std::chrono::seconds(5);  // of a worker with nothing left to do

/// How many workers would have enough to do.
std::uint32_t workers_for(const core::Demand::OfCrew& demand, const CrewCall& call) {
  std::uint32_t workers = 0;
  if (call.tasks == 1) {
    workers = demand.thread + demand.process + demand.async;
  } else {
    workers = (demand.thread + call.threads - 1) / call.threads + demand.process;
    if (demand.async) workers = std::max(workers, 1u);
  }
  return std::min(workers, call.workers);
}

}  // namespace

bool Fleet::serves(const Seat& seat, core::CrewId crew) const {
  return seat.kind == Kind::pool && seat.crew == crew && !seat.leaving && !seat.draining && !seat.standby &&
         (seat.phase == Phase::starting || seat.phase == Phase::up);
}

void Fleet::want_crews(const core::Demand& demand, Now now) {
  for (const auto& of : demand.crews) want_crew(of, now);
  rest_crews(demand, now);
}

void Fleet::want_crew(const core::Demand::OfCrew& demand, Now now) {
  const auto* plan = listener_.plan(demand.crew.run);
  if (!plan) return;
  const auto wanted = workers_for(demand, crew_call(demand.crew, plan, shape_));
  auto there = static_cast<std::uint32_t>(
      std::count_if(seats_.begin(), seats_.end(), [&](const Seat& s) { return serves(s, demand.crew); }));
  for (; there < wanted; ++there) {
    if (call_up(demand.crew)) continue;
    const auto at = seat_for(demand.crew);
    if (seats_[at].retry_at > now.mono) return;  // what it failed of may pass
    spawn(at, now);
    if (seats_[at].phase == Phase::empty) return;
  }
}

/// The one where it was tried before and failed, else any that no other crew has tried in vain, else one more.
std::size_t Fleet::seat_for(core::CrewId crew) {
  const auto is_free = [](const Seat& s) {
    return s.kind == Kind::pool && !s.crew.is_common() && s.phase == Phase::empty;
  };
  auto at = std::find_if(seats_.begin(), seats_.end(),
                         [&](const Seat& s) { return is_free(s) && s.crew == crew && s.stillborn > 0; });
  if (at == seats_.end())
    at = std::find_if(seats_.begin(), seats_.end(), [&](const Seat& s) { return is_free(s) && s.stillborn == 0; });
  if (at == seats_.end()) {
    const auto number = next_number();
    at = seats_.emplace(seats_.end());
    at->number = number;
  }
  at->crew = crew;
  return static_cast<std::size_t>(at - seats_.begin());
}

Result<std::unique_ptr<WorkerPort>> Fleet::spawn_pool(Seat& seat) {
  const auto* plan = seat.crew.is_common() ? nullptr : listener_.plan(seat.crew.run);
  auto call = crew_call(seat.crew, plan, shape_);
  if (plan) call.env = listener_.environment(seat.crew.run);  // code of users sees nothing of ours
  if (plan && seat.standby && seat.crew.number == core::crew_number::kPlugin) call.libraries = libraries_of(*plan);
  seat.width = call.threads;
  return spawn_pool_worker(call_, call, seat.id());
}

/// What no run needs now goes after a while; what could not be had for one is forgotten with its need.
void Fleet::rest_crews(const core::Demand& demand, Now now) {
  for (auto& seat : seats_) {
    if (seat.crew.is_common()) continue;
    const bool wanted = std::any_of(demand.crews.begin(), demand.crews.end(),
                                    [&](const auto& of) { return of.crew == seat.crew; });
    if (seat.phase == Phase::empty && !wanted) {
      seat.stillborn = 0;
      seat.retry_at = {};
    }
    if (seat.phase != Phase::up || seat.leaving) continue;
    const bool busy = wanted || seat.port->in_flight() > 0;
    if (busy) seat.idle_since = {};
    else if (seat.idle_since.ns == 0) seat.idle_since = now.mono;
    else if (seat.idle_since + kCrewIdle <= now.mono) retire(seat);
  }
}

void Fleet::retire(WorkerId id) {
  const auto at = std::find_if(seats_.begin(), seats_.end(), [&](const Seat& s) { return s.port && s.id() == id; });
  if (at != seats_.end()) retire(*at);
}

void Fleet::retire(Seat& seat) {
  if (seat.leaving || seat.kind != Kind::pool) return;
  seat.leaving = true;
  seat.due = monotonic_now() + kFarewell;
  seat.port->send(lane::down::End{});
}

void Fleet::end_crews(RunId run) {
  for (auto& seat : seats_)
    if (seat.port && !seat.crew.is_common() && seat.crew.run == run) retire(seat);
}

void Fleet::lose_crew(const Seat& seat, const Error& why) {
  for (const Mode mode : {Mode::thread, Mode::process, Mode::async})
    listener_.event(core::event::NoWorker{mode, why.os_errno, seat.crew});
}

}  // namespace rota::daemon
