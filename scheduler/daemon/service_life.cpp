// From recovery to the last word.
#include "scheduler/daemon/service_life.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "scheduler/daemon/worker_path.h"
#include "shared/failpoint.h"

namespace rota::daemon {
namespace {

constexpr Duration kStopWithin = std::chrono::seconds(7);        // for thread and async work, all of it
constexpr Duration kFarewell = std::chrono::seconds(1);          // for workers with nothing left to do
constexpr Duration kAfterCancelNow = std::chrono::seconds(15);   // for what was killed to be gone, and for launchers
                                                                 // that do not answer to be killed as well
constexpr std::uint64_t kOwnDescriptors = 64;                    // journal, loop, timers, and a reserve
constexpr std::uint64_t kPerPoolWorker = 5, kPerLauncher = 4;    // lanes, bells, pidfd; socket, pidfd, and its start
constexpr std::uint64_t kPerClient = 2;                          // its socket, and a file on its way
constexpr std::uint64_t kFewestClients = 8;

/// What workers get of this process's environment: not the words that are meant for it alone.
std::vector<std::string> worker_environment(std::vector<std::string> env) {
  std::erase_if(env, [](const std::string& entry) {
    return entry.starts_with("NOTIFY_SOCKET=") || entry.starts_with("JOURNAL_STREAM=") ||
           entry.starts_with("WATCHDOG_") || entry.starts_with("LISTEN_");
  });
  return env;
}

WorkerCall call_of(const ServiceGround& ground) {
  WorkerCall call;
  call.binary = ground.worker_binary;
  call.env = worker_environment(ground.env);
  call.launchers = ground.instance.directory + "/launchers";
  call.pool_lock = ground.pool_lock.fd();
  call.pool_mark = ground.pool_lock.mark();
  return call;
}

TermsOfService terms_of(const ServiceGround& ground) {
  return {[directory = ground.instance.directory](RunId run) { return store::output_directory(directory, run); },
          ground.pool_lock.mark(), ground.settings.log_max_bytes.value};
}

/// Descriptors that this process may have: the soft limit is raised as far as it must be, and no further, since jobs
/// inherit it.
std::uint64_t descriptors_up_to(std::uint64_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit)) return 0;
  if (limit.rlim_cur >= wanted) return wanted;
  limit.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
  if (::setrlimit(RLIMIT_NOFILE, &limit)) ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

}  // namespace

ServiceLife::ServiceLife(ServiceGround& ground)
    : ground_(ground),
      watch_(ground.log),
      shape_(shape_for(ground.settings, available_cores())),
      coordinator_({ground.loop, clock_, *ground.journal, watch_, *ground.probes, orphans_, ground.numbers}, shape_,
                   call_of(ground), terms_of(ground)),
      retention_(*ground.journal, ground.instance.directory, ground.settings, ground.log),
      desk_({coordinator_, *ground.journal, retention_, ground.starts, ground.log, ground.places, ground.settings,
             ground.instance.directory, shape_, clock_.now().wall, timetable_}),
      notify_(ground.env) {}

ServiceLife::~ServiceLife() {
  watch_.tell({});
  server_.reset();
  timetable_.reset();
  ground_.loop.forget(ground_.signals.fd());
  ground_.loop.forget(ground_.probes->bell());
}

ServiceLife::Start ServiceLife::begin() {
  auto& loop = ground_.loop;
  auto s = loop.watch(ground_.signals.fd(), EPOLLIN, [this](std::uint32_t) { take_signals(); });
  if (s) s = loop.watch(ground_.probes->bell(), EPOLLIN, [](std::uint32_t) {});
  if (s) s = coordinator_.recover();
  if (!s) return {s, {}};
  if (ground_.starts.too_many()) {
    ground_.log.error(fmt::format(
        "safe mode: the service ended {} times within a minute without being stopped, so nothing is started; find out "
        "why above, then `rota daemon drain --off`",
        ground_.starts.unordered()));
    coordinator_.post(core::event::Admission{ReasonKind::safe_mode});
  }
  Server::Options options;
  options.socket = ground_.places.socket;
  options.hello = {control::kControlProtocol, ROTA_VERSION, ::getpid(), ground_.instance.directory};
  options.clients = client_budget();
  options.python = ground_.settings.python.value;
  options.log = [this](std::string_view line) { ground_.log.info(line); };
  auto server = Server::create(loop, desk_, std::move(options));
  if (!server) return {{}, server.error()};
  server_ = std::move(*server);
  watch_.tell([this](std::span<const core::Record> records) {
    timetable_->after_turn(records);
    server_->after_turn(records);
  });
  return {{}, open_timetable()};
}

Status ServiceLife::open_timetable() {
  Timetable::Ways ways;
  ways.post = [this](core::Event event) { coordinator_.post(std::move(event)); };
  ways.take_number = [this]() -> Result<std::optional<RunId>> {
    if (auto s = desk_.check_space(); !s) return s.error();
    return desk_.take_number();
  };
  ways.open_run = [this](RunId run, const jobs::Plan& plan, core::Terms terms) {
    const auto env = std::exchange(terms.env, {});
    return desk_.open_run(run, plan, std::move(terms), env);
  };
  ways.warn = [this](const std::string& text) { ground_.log.warning(text); };
  auto made = Timetable::create(ground_.loop, coordinator_.scheduler(), clock_.now().wall, std::move(ways));
  if (!made) return made.error();
  timetable_ = std::move(*made);
  return {};
}

/// Workers come first: clients that find no place are told so.
std::size_t ServiceLife::client_budget() const {
  const auto ours = kOwnDescriptors + kPerPoolWorker * shape_.pool_workers + kPerLauncher * shape_.launchers;
  const auto have = descriptors_up_to(ours + kPerClient * limits::kClients);
  const auto left = have > ours ? (have - ours) / kPerClient : 0;
  const auto clients = std::clamp<std::uint64_t>(left, kFewestClients, limits::kClients);
  if (clients < limits::kClients) {
    ground_.log.warning(fmt::format("only {} open files are allowed (ulimit -n): at most {} clients are served at once",
                                    have, clients));
  }
  return clients;
}

void ServiceLife::take_signals() {
  while (const int signal = ground_.signals.take()) {
    if (signal == SIGHUP) {
      ground_.log.info("SIGHUP is ignored: settings are read at the start");
      continue;
    }
    ++signals_;
    ground_.log.info(fmt::format("{}: {}", signal == SIGTERM ? "SIGTERM" : "SIGINT",
                                 at_once() ? "stopping at once" : "stopping; once more stops at once"));
  }
}

Status ServiceLife::turn() {
  if (!leaving_) timetable_->look(coordinator_.now());
  if (auto s = coordinator_.turn(); !s) return s;
  if (watch_.take_ended()) retention_.run_folded();
  return retention_.keep(coordinator_.now());
}

Status ServiceLife::turns_until(Instant deadline, const std::function<bool()>& over) {
  for (;;) {
    if (auto s = turn(); !s) return s;
    if (over() || at_once() || monotonic_now() >= deadline) return {};
    coordinator_.sleep(std::min(deadline, retention_.next()));
  }
}

Status ServiceLife::live() {
  notify_.ready("ready");
  ground_.log.info("ready: clients connect at " + ground_.places.socket);
  const auto to_stop = [this] { return signals_ > 0 || desk_.asked_to_stop() != ServiceDesk::Stop::no; };
  while (!to_stop()) {
    if (auto s = turns_until(monotonic_now() + std::chrono::hours(1), to_stop); !s) return s;
  }
  leaving_ = true;
  notify_.stopping("stopping");
  if (desk_.asked_to_stop() == ServiceDesk::Stop::all) {
    if (auto s = cancel_everything(); !s) return s;
  }
  return leave_in_order();
}

Status ServiceLife::cancel_everything() {
  ground_.log.info("stopping: every run is cancelled");
  coordinator_.post(core::event::Admission{ReasonKind::drained});
  const auto none_left = [this] { return coordinator_.scheduler().runs().empty(); };
  const auto cancel = [this](bool now) {
    for (const RunId run : coordinator_.scheduler().runs())
      coordinator_.post(core::event::CancelRun{run, StopCause::cancel_user, now});
  };
  cancel(false);
  auto s = turns_until(monotonic_now() + ground_.settings.stop_grace.value, none_left);
  if (!s || none_left() || at_once()) return s;
  cancel(true);
  s = turns_until(monotonic_now() + kAfterCancelNow, none_left);
  if (s && !none_left()) ground_.log.warning("some runs could not be ended in time; the next start goes on with it");
  return s;
}

/// Thread and async work gets its grace and is queued again; process attempts stay with their launchers.
Status ServiceLife::leave_in_order() {
  coordinator_.post(core::event::ShutDown{});
  const auto pool_is_idle = [this] { return coordinator_.fleet().busy_in_pool() == 0; };
  const auto within = std::min(ground_.settings.stop_grace.value, kStopWithin);
  if (auto s = turns_until(monotonic_now() + within, pool_is_idle); !s) return s;
  if (!at_once()) {
    // What was told meanwhile is made durable; what begins now begins after the next start.
    if (auto s = turn(); !s) return s;
    if (auto s = coordinator_.snapshot(); !s) return s;
    coordinator_.dismiss(kFarewell);
  }
  ROTA_FAILPOINT("service.leaving");
  if (auto s = ground_.starts.ended_in_order(); !s) ground_.log.warning(to_text(s.error()));
  ground_.log.info("stopped");
  return {};
}

}  // namespace rota::daemon
