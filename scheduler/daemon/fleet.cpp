// Spawning, hearing and burying workers.
#include "scheduler/daemon/fleet.h"

#include <poll.h>
#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "scheduler/core/blame.h"
#include "scheduler/daemon/pool_port.h"
#include "shared/lane/layout.h"
#include "shared/text/text.h"

namespace rota::daemon {
namespace {

static_assert(core::kExitDeaf == lane::kExitDeaf, "the core, which knows nothing of lanes, tells what it means");

constexpr std::uint32_t kStillbornMax = 3;  // then the work that waits for this kind fails with the reason
constexpr int kMessagesPerTurn = 4096;      // of one worker: the others have their turn too
constexpr Duration kLongestGrace = std::chrono::hours(24 * 365);  // so that sums of times stay times
constexpr auto kSilentFor = std::chrono::seconds(10);  // of a launcher, beyond the time that a stop takes
constexpr auto kRetryFirst = std::chrono::milliseconds(50);

template <class... F>
struct Match : F... {
  using F::operator()...;
};

}  // namespace

Fleet::Fleet(Loop& loop, FleetShape shape, WorkerCall call, Numbers& numbers, Listener listener)
    : loop_(loop), shape_(shape), call_(std::move(call)), numbers_(numbers), listener_(std::move(listener)) {
  const auto add = [&](Kind kind, std::uint32_t width) {
    Seat& seat = seats_.emplace_back();
    seat.kind = kind;
    seat.number = static_cast<std::uint32_t>(seats_.size() - 1);
    seat.width = width;
  };
  for (std::uint32_t i = 0; i < shape.pool_workers; ++i) add(Kind::pool, shape.threads_each);
  for (std::uint32_t i = 0; i < shape.launchers; ++i) {
    const auto extra = i < shape.process_slots % shape.launchers ? 1u : 0u;
    add(Kind::launcher, shape.process_slots / shape.launchers + extra);
  }
}

Fleet::~Fleet() {
  kill_all();
  for (auto& seat : seats_) unwatch(seat);
}

void Fleet::kill_all() {
  const auto ends_with_us = [](const Seat& seat) { return seat.port && seat.home.empty(); };
  for (auto& seat : seats_) {
    if (ends_with_us(seat)) process::signal(seat.port->child(), SIGKILL);
  }
  for (auto& seat : seats_) {
    if (!ends_with_us(seat)) continue;
    unwatch(seat);
    pollfd gone{seat.port->child().pidfd.get(), POLLIN, 0};
    while (::poll(&gone, 1, -1) < 0 && errno == EINTR) {
    }
    (void)process::reap(seat.port->child());
    seat.port.reset();
    seat.phase = Phase::empty;
  }
}

void Fleet::unwatch(const Seat& seat) {
  if (!seat.port) return;
  loop_.forget(seat.port->child().pidfd.get());
  loop_.forget(seat.port->bell());
}

std::string Fleet::name_of(const Seat& seat) {
  const auto pid = seat.port && seat.port->child().pid > 0 ? " (pid " + std::to_string(seat.port->child().pid) + ")"
                                                           : std::string();
  return (seat.kind == Kind::pool ? "pool worker " : "launcher ") + std::to_string(seat.number) + pid;
}

void Fleet::want(const core::Demand& demand, Now now) {
  if (ending_) return;
  auto pool = (demand.thread + shape_.threads_each - 1) / shape_.threads_each;
  if (demand.async) pool = std::max(pool, 1u);
  want_kind(Kind::pool, pool, now);
  want_crews(demand, now);
  want_standbys(now);
  // Those of the last life that will answer in a moment take their work first.
  if (std::any_of(seats_.begin(), seats_.end(), [&](const Seat& s) { return is_awaited(s); })) return;
  while (demand.process && spare_slots_) add_spare_seat();
  want_kind(Kind::launcher, demand.process, now);
}

void Fleet::want_kind(Kind kind, std::uint32_t wanted, Now now) {
  const auto serves = [&](const Seat& s) {
    const bool is_there = s.phase != Phase::empty && s.phase != Phase::recovering && !s.draining && !s.standby;
    return s.kind == kind && s.crew.is_common() && is_there && s.width > 0;
  };
  const auto there = static_cast<std::uint32_t>(std::count_if(seats_.begin(), seats_.end(), serves));
  if (kind == Kind::pool) wanted = std::min(wanted, shape_.pool_workers);
  wanted -= std::min(wanted, there);
  while (kind == Kind::pool && wanted && call_up({})) --wanted;
  for (std::size_t i = 0; i < seats_.size(); ++i) {
    auto& seat = seats_[i];
    if (seat.kind != kind || !seat.crew.is_common() || seat.phase != Phase::empty || seat.width == 0) continue;
    if (wanted == 0) {  // what it failed of is forgotten with the need for it
      seat.stillborn = 0;
      seat.retry_at = {};
      continue;
    }
    --wanted;
    if (seat.retry_at <= now.mono) spawn(i, now);
  }
  // Beside those that drain.
  const auto drains = [&](const Seat& s) { return s.kind == kind && s.crew.is_common() && s.draining && s.port; };
  if (wanted == 0 || kind != Kind::pool || std::none_of(seats_.begin(), seats_.end(), drains)) return;
  spawn(seat_beside(), now);
}

/// Slots that adopted launchers left over get a launcher of their own.
void Fleet::add_spare_seat() {
  const auto number = next_number();
  Seat& seat = seats_.emplace_back();
  seat.kind = Kind::launcher;
  seat.number = number;
  seat.width = std::min(spare_slots_, static_cast<std::uint32_t>(limits::kLauncherAttempts));
  spare_slots_ -= seat.width;
}

std::uint32_t Fleet::next_number() const {
  std::uint32_t number = 0;
  for (const auto& seat : seats_) number = std::max(number, seat.number + 1);
  return number;
}

void Fleet::spawn(std::size_t at, Now now) {
  auto& seat = seats_[at];
  seat.generation = numbers_.next_generation();
  seat.launcher = nullptr;
  seat.former = seat.announced = seat.dead = seat.leaving = seat.told = seat.foreign = false;
  seat.home.clear();
  seat.idle_since = {};
  seat.draining = seat.held_told = seat.fallen = false;
  seat.held.reset();
  seat.stopped_looks = 0;
  seat.still.reset();
  seat.note.clear();
  if (seat.kind == Kind::pool) {
    auto port = spawn_pool(seat);
    if (!port) return stillborn(seat, port.error(), now);
    seat.port = std::move(*port);
  } else {
    auto port = spawn_launcher(call_, seat.id(), seat.width);
    if (!port) return stillborn(seat, port.error(), now);
    seat.launcher = port->get();
    seat.home = (*port)->home();
    seat.port = std::move(*port);
  }
  seat.phase = Phase::starting;
  seat.since = now.mono;
  seat.due = now.mono + call_.greet_within;
  auto s = watch_child(at);
  if (s) s = watch_bell(at);
  if (!s) condemn(seat, to_text(s.error()));
}

Status Fleet::watch_child(std::size_t at) {
  const int pidfd = seats_[at].port->child().pidfd.get();
  return loop_.watch(pidfd, EPOLLIN, [this, at, pidfd](std::uint32_t) {
    seats_[at].dead = true;
    loop_.forget(pidfd);
  });
}

Status Fleet::watch_bell(std::size_t at) {
  const int bell = seats_[at].port->bell();
  return loop_.watch(bell, EPOLLIN, [this, at, bell](std::uint32_t events) {
    auto& heard = seats_[at];
    if (heard.port) heard.port->awake();
    if (events & (EPOLLHUP | EPOLLERR)) hung_up(at, bell);
  });
}

/// Its end is closed: the pidfd will tell the rest.
void Fleet::hung_up(std::size_t at, int bell) {
  auto& seat = seats_[at];
  loop_.forget(bell);
  if (!seat.port) return;
  if (seat.phase == Phase::recovering || !seat.port->child().pidfd) {
    receive(at);  // it may have said why it sends us away
    if (seat.port) lose_touch(seat);
    return;
  }
  if (!ending_ && !seat.leaving) process::signal(seat.port->child(), SIGKILL);
}

void Fleet::stillborn(Seat& seat, const Error& why, Now now) {
  seat.phase = Phase::empty;
  if (std::exchange(seat.standby, false)) return;  // nothing waits for it
  ++seat.stillborn;
  seat.retry_at = now.mono + kRetryFirst * (1 << std::min(seat.stillborn, 10u));
  const bool last_straw = seat.stillborn % kStillbornMax == 0;
  auto kind = std::string(seat.kind == Kind::pool ? "pool worker" : "launcher");
  if (!seat.crew.is_common()) kind += " (" + to_text(seat.crew) + ")";
  // A shortage may pass, and is not the work's fault: it waits.
  const bool waits = process::is_shortage(why);
  if (waits) tell_shortage(seat.kind, why.os_errno);
  if (last_straw || (waits && seat.stillborn == 1))
    listener_.note("no " + kind + " can be started: " + to_text(why) + (waits ? "; it is tried again" : ""));
  if (!last_straw || waits) return;
  if (!seat.crew.is_common()) return lose_crew(seat, why);
  if (seat.kind == Kind::launcher) return listener_.event(core::event::NoWorker{Mode::process, why.os_errno});
  listener_.event(core::event::NoWorker{Mode::thread, why.os_errno});
  listener_.event(core::event::NoWorker{Mode::async, why.os_errno});
}

/// What waits for a worker of this kind says why; 0: one has come.
void Fleet::tell_shortage(Kind kind, int error) {
  auto& told = lacking_[static_cast<std::size_t>(kind)];
  if (std::exchange(told, error) != error)
    listener_.event(core::event::Shortage{std::nullopt, kind == Kind::pool, error});
}

void Fleet::collect(Now now) {
  look_at_workers(now);
  const bool relief = std::any_of(seats_.begin(), seats_.end(), [](const Seat& s) { return s.standby; });
  for (std::size_t i = 0; i < seats_.size(); ++i) {
    if (seats_[i].port) receive(i);
    if (relief) look_for_crash(seats_[i]);
    auto& seat = seats_[i];
    if (seat.phase == Phase::recovering) recover(i, now);
    if (seat.phase == Phase::starting && !seat.dead && seat.due <= now.mono)
      condemn(seat, "did not say hello within " + text::format_duration(call_.greet_within));
    const bool stays = seat.leaving && !ending_ && !seat.dead && seat.phase == Phase::up && seat.due <= now.mono;
    if (stays) condemn(seat, "was told to go and did not");
    if (!seat.stops.empty() && seat.phase == Phase::up && !seat.dead) lose_patience(seat, now);
    if (seat.still && seat.phase == Phase::up && !seat.dead) look_at_standstill(seat, now);
    if (seat.dead) bury(seat, now);
  }
}

void Fleet::receive(std::size_t at) {
  lane::Up message;
  auto& seat = seats_[at];
  for (int n = 0; seat.port && seat.phase != Phase::condemned && (seat.dead || n < kMessagesPerTurn); ++n) {
    auto got = seat.port->receive(message);
    if (!got) return condemn(seat, to_text(got.error()));
    if (!*got) return;
    seat.heard = monotonic_now();
    take(at, message);
  }
}

void Fleet::take(std::size_t at, lane::Up& message) {
  auto& seat = seats_[at];
  const WorkerId id = seat.id();
  const bool may_report = seat.phase == Phase::up;
  std::visit(Match{[&](lane::up::Hello& m) { seat.former ? greet_former(at, m) : greet(seat, m); },
                   [&](lane::up::Holds& m) { take_over(seat, m); },
                   [](lane::up::FinishedMany&) {},  // comes apart, as Started and Finished
                   [&](lane::up::Output& m) { listener_.output(m.segment, m.end); },
                   [&](lane::up::Note& m) { listener_.note(m.text); },
                   [&](lane::up::Started& m) {
                     if (may_report) listener_.event(core::event::Started{id, m.attempt, m.pid, m.at});
                   },
                   [&](lane::up::Ready& m) {
                     if (may_report) listener_.event(core::event::BecameReady{id, m.attempt});
                   },
                   [&](lane::up::Worn& m) {
                     if (!may_report || seat.kind != Kind::pool) return;
                     listener_.note(name_of(seat) + ": " + m.why + "; it is replaced");
                     listener_.event(core::event::WorkerWorn{id});
                   },
                   [&](lane::up::Shortage& m) {
                     if (!may_report) return;
                     seat.note = m.error ? "cannot start processes: " + std::string(strerrordesc_np(m.error)) : "";
                     listener_.event(core::event::Shortage{id, false, m.error});
                   },
                   [&](lane::up::Frozen& m) {
                     if (may_report) listener_.event(core::event::Frozen{id, m.attempt, m.frozen, m.at});
                   },
                   [&](lane::up::Progressed& m) {
                     if (may_report) listener_.event(core::event::Progressed{id, m.attempt, m.progress});
                   },
                   [&](lane::up::Finished& m) {
                     seat.stops.erase(m.attempt);
                     if (seat.still && seat.still->attempt == m.attempt) end_standstill(seat);
                     if (may_report) listener_.event(core::event::Finished{id, m.attempt, std::move(m.report)});
                   }},
             message);
}

void Fleet::greet(Seat& seat, const lane::up::Hello& hello) {
  if (hello.protocol != lane::kProtocol || hello.worker != seat.id())
    return condemn(seat, "is of another version of Rota: reinstall rota and rota-worker together");
  if (seat.phase != Phase::starting) return condemn(seat, "said hello twice");
  tell_shortage(seat.kind, 0);
  seat.phase = Phase::up;
  seat.stillborn = 0;
  seat.tree_level = hello.tree_level;
  if (!seat.standby) return announce(seat);
  seat.due = monotonic_now() + kStandsBy;
}

void Fleet::announce(Seat& seat) {
  seat.announced = true;
  listener_.event(core::event::WorkerUp{seat.id(), seat.port->capacity(), std::nullopt, seat.crew});
}

void Fleet::condemn(Seat& seat, const std::string& why) {
  listener_.note(name_of(seat) + ": " + why + "; it is replaced");
  // One whose process is not known cannot be ended: what it says next time may be better.
  if (!seat.port->child().pidfd) return lose_touch(seat);
  seat.phase = Phase::condemned;
  process::signal(seat.port->child(), SIGKILL);
}

void Fleet::stop(WorkerId id, const lane::down::Stop& wish) {
  auto* worker = port(id);
  if (!worker) return;
  worker->send(wish);
  const auto at = std::find_if(seats_.begin(), seats_.end(), [&](const Seat& s) { return s.port && s.id() == id; });
  // What stands still is not woken to do what is to be done anew.
  const bool is_meant = at->still && at->still->attempt == wish.attempt;
  const bool was_stopped = at->still && at->still->signalled;
  if (is_meant && was_stopped && wish.cause == StopCause::shutdown) return kill(id);
  if (is_meant) end_standstill(*at);  // or it would not hear of it
  else if (was_stopped) interrupt_standstill(*at);
  if (!at->launcher || !at->launcher->holds(wish.attempt)) return;  // its end may have come just before
  const Duration grace{wish.now ? 0 : std::max<std::int64_t>(0, wish.grace_ns)};
  const auto due = monotonic_now() + std::min(grace, kLongestGrace) + kSilentFor;
  const auto [stop, fresh] = at->stops.emplace(wish.attempt, due);
  stop->second = std::min(stop->second, due);
}

/// A launcher that works ends what it was told to end, or says that it cannot; and one that has much to do says much.
void Fleet::lose_patience(Seat& seat, Now now) {
  const auto late = [&](const auto& stop) { return stop.second <= now.mono; };
  if (std::none_of(seat.stops.begin(), seat.stops.end(), late)) return;
  if (now.mono < seat.heard + kSilentFor) {
    for (auto& [attempt, due] : seat.stops) due = std::max(due, seat.heard + kSilentFor);
    return;
  }
  condemn(seat, "was told to end a job and has said nothing for " +
                    std::to_string((now.mono - seat.heard) / std::chrono::seconds(1)) + " s; it is killed");
}

void Fleet::note_exit(const process::Child& child, core::event::WorkerDown& down) {
  const auto exit = process::reap(child);
  if (exit) (exit->ending.kind == Ending::Kind::signalled ? down.signal : down.exit) = exit->ending.value;
}

void Fleet::bury(Seat& seat, Now now) {
  core::event::WorkerDown down{seat.id(), 0, -1, {}, {}, {}, {}};
  unwatch(seat);
  if (seat.port) {
    down.begun = seat.port->begun();
    down.guilty = seat.port->guilty();
    if (!seat.former) note_exit(seat.port->child(), down);  // one of an earlier life is no child of ours
    const bool by_itself = !down.guilty && down.signal == 0 && down.exit >= 0;
    if (by_itself) down.suspects = seat.port->suspects();
    if (down.guilty || !down.suspects.empty() || down.signal != 0) down.trace = seat.port->trace();
  }
  if (seat.announced && !seat.leaving && (!down.begun.empty() || !seat.home.empty())) {
    listener_.note(name_of(seat) + " died" + (down.signal ? " by signal " + std::to_string(down.signal) : "") +
                   "; it is replaced");
  }
  const bool known = seat.announced || seat.former;
  // One that was told to end had nothing to tell.
  const bool has_left = seat.leaving && down.begun.empty();
  const bool crashed = seat.kind == Kind::pool && seat.announced && !seat.leaving;
  const bool stood_by = std::exchange(seat.standby, false);
  const auto home = std::exchange(seat.home, {});
  seat.port.reset();
  seat.launcher = nullptr;
  seat.phase = Phase::empty;
  seat.dead = seat.former = seat.announced = false;
  seat.stops.clear();
  deaths_ = true;
  if (!home.empty() && known && !has_left) return listener_.gone(std::move(down), home);
  if (!home.empty()) static_cast<void>(lane::remove_launcher_home(home));  // the next start finds it if this one fails
  if (known) listener_.event(std::move(down));
  if (crashed && !seat.fallen) bereave(seat);
  if (!known && !stood_by && !ending_) stillborn(seat, system_error("it ends before it says hello", {}, ECHILD), now);
}

bool Fleet::about_to_sleep() {
  bool quiet = true;
  for (auto& seat : seats_) {
    if (seat.dead) quiet = false;
    if (seat.port && seat.phase != Phase::condemned && !seat.port->about_to_sleep()) quiet = false;
  }
  return quiet;
}

void Fleet::flush() {
  for (auto& seat : seats_) {
    if (!seat.port) continue;
    seat.port->flush();
    if (seat.kind == Kind::launcher)
      loop_.change(seat.port->bell(), seat.port->wants_write() ? EPOLLIN | EPOLLOUT : EPOLLIN);
  }
}

std::optional<Instant> Fleet::deadline_of(const Seat& seat) const {
  if (seat.phase == Phase::starting) return seat.due;
  if (seat.standby && !seat.leaving && seat.phase == Phase::up) return seat.due;
  if (seat.leaving && !ending_ && seat.phase == Phase::up) return seat.due;
  if (seat.idle_since.ns != 0 && seat.phase == Phase::up) return seat.idle_since + kCrewIdle;
  if (seat.phase == Phase::up && !seat.stops.empty()) {
    const auto sooner = [](const auto& a, const auto& b) { return a.second < b.second; };
    return std::min_element(seat.stops.begin(), seat.stops.end(), sooner)->second;
  }
  if (seat.phase == Phase::up && seat.still && !seat.still->told) return seat.still->next;
  if (seat.phase == Phase::recovering) return next_step(seat);
  if (seat.phase == Phase::empty && seat.stillborn && !ending_) return seat.retry_at;
  return std::nullopt;
}

std::optional<Instant> Fleet::next_deadline() const {
  std::optional<Instant> next = next_look_;
  for (const auto& seat : seats_) {
    const auto at = deadline_of(seat);
    if (at && (!next || *at < *next)) next = at;
  }
  return next;
}

const Fleet::Seat* Fleet::find(WorkerId id) const {
  const auto at = std::find_if(seats_.begin(), seats_.end(), [&](const Seat& s) { return s.port && s.id() == id; });
  return at == seats_.end() ? nullptr : &*at;
}

WorkerPort* Fleet::port(WorkerId id) {
  const auto* seat = find(id);
  return seat && seat->phase != Phase::recovering ? seat->port.get() : nullptr;
}

WorkerPort* Fleet::lasting(WorkerId id) {
  const auto* seat = find(id);
  return seat && !seat->home.empty() && seat->phase == Phase::up ? seat->port.get() : nullptr;
}

bool Fleet::is_pool(WorkerId id) const {
  const auto* seat = find(id);
  return seat && seat->kind == Kind::pool;
}

void Fleet::kill(WorkerId id) {
  if (auto* p = port(id)) process::signal(p->child(), SIGKILL);
}

void Fleet::end_all() {
  ending_ = true;
  for (auto& seat : seats_) {
    if (!seat.port) continue;
    const bool is_known = seat.phase == Phase::starting || seat.phase == Phase::up;  // what it holds
    const bool stays = !seat.home.empty() && (!is_known || seat.port->in_flight() > 0);
    if (stays) continue;
    seat.leaving = true;
    seat.port->send(lane::down::End{});
  }
  flush();
}

bool Fleet::take_deaths() { return std::exchange(deaths_, false); }

}  // namespace rota::daemon
