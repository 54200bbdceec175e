// Spawning, hearing and burying workers.
#include "scheduler/daemon/fleet.h"

#include <poll.h>
#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "scheduler/daemon/launcher_port.h"
#include "scheduler/daemon/pool_port.h"

namespace rota::daemon {
namespace {

constexpr auto kGreetWithin = std::chrono::seconds(10);
constexpr std::uint32_t kStillbornMax = 3;  // then the work that waits for this kind fails with the reason
constexpr int kMessagesPerTurn = 4096;      // of one worker: the others have their turn too
constexpr auto kRetryFirst = std::chrono::milliseconds(50);

template <class... F>
struct Match : F... {
  using F::operator()...;
};

}  // namespace

FleetShape shape_for(const jobs::Plan& plan, std::uint32_t cores) {
  const auto or_else = [](std::uint32_t asked, std::uint32_t own) { return asked ? asked : own; };
  FleetShape shape;
  shape.pool_workers = or_else(plan.workers.pool, std::min(cores, 4u));
  shape.threads_each =
      or_else(plan.workers.threads, std::max(1u, (cores + shape.pool_workers - 1) / shape.pool_workers));
  shape.process_slots = or_else(plan.workers.process_slots, cores);
  // Launchers start the next attempt on their own: with no more slots than the run may use, no limit can be passed.
  if (plan.max_parallel) shape.process_slots = std::min(shape.process_slots, *plan.max_parallel);
  const auto most = static_cast<std::uint32_t>(limits::kLauncherAttempts);
  const auto least = (shape.process_slots + most - 1) / most;
  shape.launchers = std::clamp(or_else(plan.workers.launchers, std::max(2u, least)), least, shape.process_slots);
  return shape;
}

Fleet::Fleet(Loop& loop, FleetShape shape, std::string worker_binary, std::vector<std::string> env, Listener listener)
    : loop_(loop),
      shape_(shape),
      binary_(std::move(worker_binary)),
      env_(std::move(env)),
      listener_(std::move(listener)) {
  for (std::uint32_t i = 0; i < shape.pool_workers; ++i) seats_.push_back({Kind::pool, shape.threads_each});
  for (std::uint32_t i = 0; i < shape.launchers; ++i) {
    const auto extra = i < shape.process_slots % shape.launchers ? 1u : 0u;
    seats_.push_back({Kind::launcher, shape.process_slots / shape.launchers + extra});
  }
}

Fleet::~Fleet() {
  for (auto& seat : seats_) {
    if (seat.port) process::signal(seat.port->child(), SIGKILL);
  }
  for (auto& seat : seats_) {
    if (!seat.port) continue;
    loop_.forget(seat.port->child().pidfd.get());
    loop_.forget(seat.port->bell());
    pollfd gone{seat.port->child().pidfd.get(), POLLIN, 0};
    while (::poll(&gone, 1, -1) < 0 && errno == EINTR) {
    }
    (void)process::reap(seat.port->child());
  }
}

std::string Fleet::name_of(const Seat& seat, std::uint32_t number) {
  const auto pid = seat.port ? " (pid " + std::to_string(seat.port->child().pid) + ")" : std::string();
  return (seat.kind == Kind::pool ? "pool worker " : "launcher ") + std::to_string(number) + pid;
}

void Fleet::want(const core::Demand& demand, Now now) {
  if (ending_) return;
  auto pool = (demand.thread + shape_.threads_each - 1) / shape_.threads_each;
  if (demand.async) pool = std::max(pool, 1u);
  want_kind(Kind::pool, std::min(pool, shape_.pool_workers), now);
  want_kind(Kind::launcher, std::min(demand.process, shape_.launchers), now);
}

void Fleet::want_kind(Kind kind, std::uint32_t wanted, Now now) {
  for (const auto& seat : seats_) {
    if (seat.kind == kind && seat.phase != Phase::empty && wanted) --wanted;
  }
  for (std::uint32_t i = 0; i < seats_.size() && wanted; ++i) {
    auto& seat = seats_[i];
    if (seat.kind != kind || seat.phase != Phase::empty) continue;
    --wanted;
    if (seat.retry_at <= now.mono) spawn(i, now);
  }
}

void Fleet::spawn(std::uint32_t number, Now now) {
  auto& seat = seats_[number];
  const WorkerId id{number, ++seat.generation};
  auto port = seat.kind == Kind::pool ? spawn_pool_worker(binary_, id, seat.width, env_)
                                      : spawn_launcher(binary_, id, seat.width, env_);
  if (!port) return stillborn(seat, port.error().os_errno, to_text(port.error()), now);
  seat.port = std::move(*port);
  seat.phase = Phase::starting;
  seat.greet_by = now.mono + kGreetWithin;
  seat.announced = false;
  seat.dead = false;
  if (auto s = watch(number, seat); !s) condemn(number, seat, to_text(s.error()));
}

Status Fleet::watch(std::uint32_t number, Seat& seat) {
  const int pidfd = seat.port->child().pidfd.get();
  auto s = loop_.watch(pidfd, EPOLLIN, [this, number, pidfd](std::uint32_t) {
    seats_[number].dead = true;
    loop_.forget(pidfd);
  });
  if (!s) return s;
  const int bell = seat.port->bell();
  return loop_.watch(bell, EPOLLIN, [this, number, bell](std::uint32_t events) {
    auto& heard = seats_[number];
    if (heard.port) heard.port->awake();
    if (!(events & (EPOLLHUP | EPOLLERR))) return;
    loop_.forget(bell);  // its end is closed: the pidfd will tell the rest
    if (heard.port && !ending_) process::signal(heard.port->child(), SIGKILL);
  });
}

void Fleet::stillborn(Seat& seat, int error, const std::string& why, Now now) {
  ++seat.stillborn;
  seat.retry_at = now.mono + kRetryFirst * (1 << std::min(seat.stillborn, 10u));
  if (seat.stillborn % kStillbornMax) return;
  listener_.note("no " + std::string(seat.kind == Kind::pool ? "pool worker" : "launcher") + " can be started: " + why);
  if (seat.kind == Kind::launcher) return listener_.event(core::event::NoWorker{Mode::process, error});
  listener_.event(core::event::NoWorker{Mode::thread, error});
  listener_.event(core::event::NoWorker{Mode::async, error});
}

void Fleet::collect(Now now) {
  for (std::uint32_t i = 0; i < seats_.size(); ++i) {
    auto& seat = seats_[i];
    if (!seat.port) continue;
    receive(i, seat);
    if (seat.phase == Phase::starting && !seat.dead && seat.greet_by <= now.mono)
      condemn(i, seat, "did not say hello within 10 s");
    if (seat.dead) bury(i, seat, now);
  }
}

void Fleet::receive(std::uint32_t number, Seat& seat) {
  lane::Up message;
  for (int n = 0; seat.phase != Phase::condemned && (seat.dead || n < kMessagesPerTurn); ++n) {
    auto got = seat.port->receive(message);
    if (!got) return condemn(number, seat, to_text(got.error()));
    if (!*got) return;
    take(number, seat, message);
  }
}

void Fleet::take(std::uint32_t number, Seat& seat, lane::Up& message) {
  const WorkerId id{number, seat.generation};
  std::visit(Match{[&](lane::up::Hello& m) { greet(number, seat, m); },
                   [&](lane::up::Started& m) {
                     listener_.event(core::event::Started{id, m.attempt, m.pid, m.at});
                   },
                   [&](lane::up::Ready& m) {
                     listener_.event(core::event::BecameReady{id, m.attempt});
                   },
                   [&](lane::up::Finished& m) {
                     listener_.event(core::event::Finished{id, m.attempt, std::move(m.report)});
                   },
                   [&](lane::up::Output& m) { listener_.output(m.segment, m.end); },
                   [&](lane::up::Note& m) { listener_.note(m.text); },
                   [&](lane::up::Holds&) { condemn(number, seat, "told what it holds without being asked"); }},
             message);
}

void Fleet::greet(std::uint32_t number, Seat& seat, const lane::up::Hello& hello) {
  const WorkerId id{number, seat.generation};
  if (hello.protocol != lane::kProtocol || hello.worker != id)
    return condemn(number, seat, "is of another version of Rota: reinstall rota and rota-worker together");
  if (seat.phase != Phase::starting) return condemn(number, seat, "said hello twice");
  seat.phase = Phase::up;
  seat.stillborn = 0;
  seat.announced = true;
  listener_.event(core::event::WorkerUp{id, seat.port->capacity()});
}

void Fleet::condemn(std::uint32_t number, Seat& seat, const std::string& why) {
  listener_.note(name_of(seat, number) + ": " + why + "; it is replaced");
  seat.phase = Phase::condemned;
  process::signal(seat.port->child(), SIGKILL);
}

void Fleet::bury(std::uint32_t number, Seat& seat, Now now) {
  loop_.forget(seat.port->bell());
  loop_.forget(seat.port->child().pidfd.get());
  const auto exit = process::reap(seat.port->child());
  core::event::WorkerDown down{{number, seat.generation}, 0, 0, seat.port->begun(), seat.port->guilty()};
  if (exit) (exit->ending.kind == Ending::Kind::signalled ? down.signal : down.exit) = exit->ending.value;
  const bool announced = seat.announced;
  if (announced && !ending_ && !down.begun.empty()) {
    listener_.note(name_of(seat, number) + " died" + (down.signal ? " by signal " + std::to_string(down.signal) : "") +
                   "; it is replaced");
  }
  seat.port.reset();
  seat.phase = Phase::empty;
  seat.dead = false;
  deaths_ = true;
  if (announced) return listener_.event(std::move(down));
  if (!ending_) stillborn(seat, ECHILD, "it ends before it says hello", now);
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

std::optional<Instant> Fleet::next_deadline() const {
  std::optional<Instant> next;
  for (const auto& seat : seats_) {
    const bool due = seat.phase == Phase::starting || (seat.phase == Phase::empty && seat.stillborn && !ending_);
    if (!due) continue;
    const auto at = seat.phase == Phase::starting ? seat.greet_by : seat.retry_at;
    if (!next || at < *next) next = at;
  }
  return next;
}

WorkerPort* Fleet::port(WorkerId id) {
  if (id.seat >= seats_.size() || seats_[id.seat].generation != id.generation) return nullptr;
  return seats_[id.seat].port.get();
}

void Fleet::kill(WorkerId id) {
  if (auto* p = port(id)) process::signal(p->child(), SIGKILL);
}

bool Fleet::is_worker(int pid) const {
  return std::any_of(seats_.begin(), seats_.end(), [&](const Seat& s) { return s.port && s.port->child().pid == pid; });
}

std::size_t Fleet::living() const {
  return static_cast<std::size_t>(
      std::count_if(seats_.begin(), seats_.end(), [](const Seat& s) { return s.port != nullptr; }));
}

void Fleet::end_all() {
  ending_ = true;
  for (auto& seat : seats_) {
    if (seat.port) seat.port->send(lane::down::End{});
  }
  flush();
}

bool Fleet::take_deaths() { return std::exchange(deaths_, false); }

}  // namespace rota::daemon
