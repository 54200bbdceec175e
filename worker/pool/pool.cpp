// Lanes in, outcomes out: the loop of a pool worker.
#include "worker/pool/pool.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <deque>
#include <optional>
#include <unordered_map>

#include "worker/pool/crash.h"
#include "worker/pool/household.h"
#include "worker/pool/loop_meter.h"
#include "worker/pool/mourner.h"
#include "worker/pool/on_loop.h"
#include "worker/pool/reports.h"
#include "worker/pool/threads.h"
#include "worker/pool/warm.h"
#include "worker/targets/plugin.h"

namespace rota::worker {

namespace asio = boost::asio;

namespace {

constexpr int kExitUsage = 64, kExitBroken = 70;
constexpr int kMessagesPerLook = 256;  // then executors' events get their turn
constexpr Duration kPromise = std::chrono::milliseconds(1);

class Pool {
 public:
  Pool(lane::WorkerEnd lane, const PoolFlags& flags, TargetTable targets, posix::Fd coordinator);
  int serve();

 private:
  void take(lane::down::OpenRun& m);
  void take(lane::down::CloseRun& m);
  void take(lane::down::Start& m);
  void take(lane::down::StartMany& m);
  void take(lane::down::Stop& m);
  void take(lane::down::Retract& m);
  void take(lane::down::End& m);
  // Words for launchers, from a coordinator that has lost its way.
  void take(lane::down::Hello&) { leave(kExitBroken, "was greeted as a launcher"); }
  void take(lane::down::Ack&) {}
  void take(lane::down::Signal&) {}
  void take(lane::down::Freeze&) {}
  void take(const Event& e);

  asio::awaitable<void> serve_lanes();
  asio::awaitable<void> watch_coordinator();
  bool look();
  void look_at_mail();
  void take_mail();
  void keep_promise();
  void arm_growth();
  void tell();
  void admit();
  void start(const std::shared_ptr<const Common>& common, AttemptId id, const lane::Member& member);
  void begin(Attempt& attempt);
  void start_daemons();
  bool revoke(Attempt& attempt, StopCause cause);
  void finish(Attempt& attempt);
  void forget(Attempt& attempt);
  void wear_out(std::string why);
  int shortage() const;
  void tell_shortage();
  void wait_out_shortage();
  void leave(int exit_code, const std::string& why = {});

  lane::WorkerEnd lane_;
  const PoolFlags flags_;
  asio::io_context loop_{1};
  Mailbox mailbox_;
  Offspring offspring_;
  Mourner mourner_;
  Household household_;
  Warm warm_;
  const Surroundings surroundings_;
  Reports reports_;
  std::unordered_map<RunId, Run> runs_;
  std::unordered_map<AttemptId, Attempt> attempts_;
  std::deque<Attempt*> waiting_;  // for a ledger entry
  std::deque<Attempt*> daemons_;  // for a thread
  std::unordered_map<const Attempt*, int> stalled_;  // whose commands cannot be started yet, with the errno
  int told_shortage_ = 0;
  Threads threads_;
  LoopMeter meter_;
  asio::posix::stream_descriptor bell_, coordinator_;
  asio::steady_timer promise_, growth_, shortage_;
  std::vector<Event> mail_;
  bool promised_ = false;
  bool worn_ = false;  // starts nothing more
  bool ending_ = false;
  std::optional<int> exit_code_;
};

Pool::Pool(lane::WorkerEnd lane, const PoolFlags& flags, TargetTable targets, posix::Fd coordinator)
    : lane_(std::move(lane)),
      flags_(flags),
      mailbox_([this] { asio::post(loop_, [this] { look_at_mail(); }); }),
      mourner_(lane_.coordinator_pid(), offspring_),
      warm_(targets),
      surroundings_{targets, lane_, mailbox_, offspring_, household_, warm_},
      reports_(lane_),
      threads_(flags.threads, surroundings_),
      meter_(lane_.blame(0)),
      bell_(loop_, lane_.bell()),
      coordinator_(loop_, coordinator.release()),
      promise_(loop_),
      growth_(loop_),
      shortage_(loop_) {}

int Pool::serve() {
  lane_.send(lane::up::Hello{lane::kProtocol, flags_.worker, ::getpid(), {}});
  lane_.flush();
  if (!flags_.libraries.empty()) threads_.prepare(flags_.libraries);
  const auto rethrow = [](std::exception_ptr e) {
    if (e) std::rethrow_exception(e);
  };
  asio::co_spawn(loop_, serve_lanes(), rethrow);
  asio::co_spawn(loop_, watch_coordinator(), rethrow);
  loop_.run();
  bell_.release();
  return exit_code_.value_or(0);
}

void Pool::leave(int exit_code, const std::string& why) {
  if (!why.empty()) std::fprintf(stderr, "rota-worker: %s\n", why.c_str());
  // Anything but an orderly end leaves at once, with threads in the middle of user code: they cannot be waited for.
  if (exit_code != 0) {
    if (exit_code != lane::kExitDeaf) lane_.blame(0).left();  // of deafness whoever runs is suspect
    ::_exit(exit_code);
  }
  exit_code_ = exit_code;
  loop_.stop();
}

asio::awaitable<void> Pool::watch_coordinator() {
  boost::system::error_code ec;
  co_await coordinator_.async_wait(asio::posix::stream_descriptor::wait_read,
                                   asio::redirect_error(asio::use_awaitable, ec));
  mourner_.mourn();
}

asio::awaitable<void> Pool::serve_lanes() {
  boost::system::error_code ec;
  while (!exit_code_) {
    const bool more = look();
    tell();
    if (!more && lane_.about_to_sleep()) {
      co_await bell_.async_wait(asio::posix::stream_descriptor::wait_read,
                                asio::redirect_error(asio::use_awaitable, ec));
      lane_.awake();
    } else {
      co_await asio::post(loop_, asio::use_awaitable);  // everybody else's turn
    }
  }
}

/// Takes messages; true if there may be more.
bool Pool::look() {
  for (int i = 0; i < kMessagesPerLook; ++i) {
    lane::Down m;
    const auto got = lane_.receive(m);
    if (!got) leave(kExitBroken, to_text(got.error()));
    if (!*got) return false;
    std::visit([this](auto& x) { take(x); }, m);
  }
  return true;
}

/// A task may have closed what is not its own. Then this worker is deaf, and another is to take its place: what had
/// ended before is still told.
void Pool::take_mail() {
  const bool is_deaf = ::fcntl(lane_.bell(), F_GETFD) < 0;
  mailbox_.take(mail_);
  for (const auto& e : mail_) take(e);
  tell();
  if (is_deaf) leave(lane::kExitDeaf, "a task has closed descriptors that are not its own");
}

void Pool::look_at_mail() {
  take_mail();
  if (mail_.empty() || promised_) return;
  // Short attempts come in crowds: for a while the loop looks by itself instead of being woken for each.
  promised_ = true;
  mailbox_.promise(true);
  keep_promise();
}

void Pool::keep_promise() {
  promise_.expires_after(kPromise);
  promise_.async_wait([this](boost::system::error_code ec) {
    if (ec) return;
    take_mail();
    if (!mail_.empty()) return keep_promise();
    promised_ = false;
    mailbox_.promise(false);
  });
}

void Pool::tell() {
  threads_.hand_over();
  start_daemons();
  wait_out_shortage();
  reports_.flush();
  tell_shortage();
  lane_.flush();
  admit();
  arm_growth();
  if (ending_ && attempts_.empty() && !lane_.wants_flush()) leave(0);
}

int Pool::shortage() const {
  const bool waits = threads_.is_waited_for() || !daemons_.empty();
  if (waits && threads_.shortage() != 0) return threads_.shortage();
  return stalled_.empty() ? 0 : stalled_.begin()->second;
}

void Pool::tell_shortage() {
  const int now = shortage();
  if ((now != 0) == (told_shortage_ != 0)) return;
  told_shortage_ = now;
  if (now != 0) lane_.send(lane::up::Note{{}, "cannot start processes or threads, and tries again: " +
                                                  to_text(system_error("clone", {}, now))});
  lane_.send(lane::up::Shortage{now});
}

/// There is not one thread for what has come: it is tried again.
void Pool::wait_out_shortage() {
  const auto due = threads_.due();
  const std::chrono::steady_clock::time_point at{Duration(due ? due->ns : 0)};
  if (!due || shortage_.expiry() == at) return;
  shortage_.expires_at(at);
  shortage_.async_wait([this](boost::system::error_code ec) {
    if (!ec) tell();
  });
}

void Pool::arm_growth() {
  const auto due = reports_.due();
  const std::chrono::steady_clock::time_point at{Duration(due ? due->ns : 0)};
  if (!due || growth_.expiry() == at) return;
  growth_.expires_at(at);
  growth_.async_wait([this](boost::system::error_code ec) {
    if (ec) return;
    reports_.flush();
    reports_.tell_due(monotonic_now());
    lane_.flush();
  });
}

void Pool::take(lane::down::OpenRun& m) {
  runs_.try_emplace(m.run, m.run, std::move(m.env), m.segment, std::move(m.segment_path));
}

void Pool::take(lane::down::CloseRun& m) {
  const auto at = runs_.find(m.run);
  if (at == runs_.end()) return;
  at->second.closed = true;
  if (at->second.attempts > 0) return;
  reports_.forget(at->second);
  runs_.erase(at);
}

void Pool::take(lane::down::Start& m) {
  const auto id = m.assignment.id;
  start(std::make_shared<const Common>(Common{std::move(m.assignment), {}}), id, {});
}

void Pool::take(lane::down::StartMany& m) {
  auto id = m.common.id;
  const auto common = std::make_shared<const Common>(Common{std::move(m.common), std::move(m.own)});
  for (const auto& member : m.members) {
    id.task.task = member.task;
    id.number = member.attempt;
    start(common, id, member);
  }
}

void Pool::start(const std::shared_ptr<const Common>& common, AttemptId id, const lane::Member& member) {
  const auto run = runs_.find(id.task.run);
  if (run == runs_.end() || run->second.closed)
    return reports_.refused(id, fail(Code::internal, "the run was not opened at this worker"));
  if (common->assignment.mode == Mode::process && (!common->assignment.argv.empty() || flags_.threads != 1))
    return reports_.refused(id, fail(Code::internal, "a pool worker of one thread runs targets under process"));
  if (worn_) return reports_.revoked(id, StopCause::none);
  const auto [at, added] = attempts_.try_emplace(id, common, id, member, run->second);
  if (!added) leave(kExitBroken, "an attempt was started twice");
  ++run->second.attempts;
  if (!waiting_.empty()) return waiting_.push_back(&at->second);
  begin(at->second);
}

/// Gives the attempt to its executor, if the ledger has room for it.
void Pool::begin(Attempt& attempt) {
  attempt.ledger_entry = lane_.claim();
  if (!attempt.ledger_entry) return waiting_.push_front(&attempt);
  if (attempt.assignment.mode == Mode::async) {
    attempt.leave_queue(Attempt::Phase::begun);
    if (attempt.assignment.argv.empty()) return begin_target_on_loop(attempt, surroundings_, loop_, meter_);
    return begin_command_on_loop(attempt, surroundings_, loop_);
  }
  if (!attempt.assignment.daemon) return threads_.add(attempt);
  daemons_.push_back(&attempt);
  start_daemons();
}

void Pool::start_daemons() {
  while (!daemons_.empty() && threads_.may_start()) {
    auto& daemon = *daemons_.front();
    daemons_.pop_front();
    if (!daemon.leave_queue(Attempt::Phase::begun)) {
      forget(daemon);
      continue;
    }
    const auto started = threads_.start_daemon(daemon);
    if (started) continue;
    if (started.error().os_errno == EAGAIN) {
      daemon.phase.store(Attempt::Phase::queued, std::memory_order_release);
      return daemons_.push_front(&daemon);
    }
    reports_.refused(daemon.id(), started.error());
    forget(daemon);
  }
}

void Pool::admit() {
  while (!waiting_.empty()) {
    auto& attempt = *waiting_.front();
    waiting_.pop_front();
    if (attempt.phase.load(std::memory_order_acquire) == Attempt::Phase::revoked) {
      forget(attempt);
      continue;
    }
    begin(attempt);
    if (!attempt.ledger_entry) return;
  }
}

/// Takes back an attempt that has not begun. It stays in its queue until that is served.
bool Pool::revoke(Attempt& attempt, StopCause cause) {
  if (!attempt.leave_queue(Attempt::Phase::revoked)) return false;
  reports_.revoked(attempt.id(), cause);
  return true;
}

void Pool::take(lane::down::Stop& m) {
  const auto at = attempts_.find(m.attempt);
  if (at == attempts_.end() || at->second.phase.load(std::memory_order_acquire) == Attempt::Phase::revoked) return;
  auto& attempt = at->second;
  if (revoke(attempt, m.cause)) return;
  const StopRequest request{m.cause, Duration(m.grace_ns), m.now};
  attempt.stop.request(request);
  if (attempt.on_loop) attempt.on_loop->stop(attempt.stop.latest());
}

void Pool::take(lane::down::Retract& m) {
  const auto at = attempts_.find(m.attempt);
  if (at != attempts_.end()) revoke(at->second, StopCause::none);
}

void Pool::take(lane::down::End&) { ending_ = true; }

void Pool::take(const Event& e) {
  switch (e.kind) {
    case Event::Kind::started:
      stalled_.erase(e.attempt);
      return reports_.started(*e.attempt, e.at);
    case Event::Kind::stalled: stalled_.emplace(e.attempt, e.error); return;
    case Event::Kind::progressed: return reports_.progressed(*e.attempt, monotonic_now());
    case Event::Kind::ready: return reports_.ready(*e.attempt);
    case Event::Kind::finished: return finish(*e.attempt);
    case Event::Kind::discarded: return forget(*e.attempt);
    case Event::Kind::grown: return reports_.grown(*e.run, monotonic_now());
  }
}

/// After the end that has worn it out was told: what has not begun is given back.
void Pool::wear_out(std::string why) {
  worn_ = true;
  reports_.flush();
  lane_.send(lane::up::Worn{std::move(why)});
  for (auto& [id, attempt] : attempts_) revoke(attempt, StopCause::none);
}

void Pool::finish(Attempt& attempt) {
  const bool coroutine = attempt.assignment.mode == Mode::async && attempt.assignment.argv.empty();
  if (coroutine) {
    const auto elsewhere = attempt.report.usage;  // on another language's loop
    auto& usage = attempt.report.usage = meter_.take(*attempt.ledger_entry);
    usage.cpu_us += std::max<std::int64_t>(0, elsewhere.cpu_us);
    usage.loop_us += std::max<std::int64_t>(0, elsewhere.loop_us);
  }
  reports_.finished(attempt);
  if (attempt.extra_thread) threads_.end_daemon(attempt);
  forget(attempt);
  if (worn_) return;
  if (auto why = mailbox_.worn()) wear_out(std::move(*why));
}

void Pool::forget(Attempt& attempt) {
  stalled_.erase(&attempt);
  if (attempt.ledger_entry) lane_.ended(*attempt.ledger_entry);
  auto& run = attempt.run;
  attempts_.erase(attempt.id());
  if (--run.attempts > 0 || !run.closed) return;
  reports_.forget(run);
  runs_.erase(run.id);
}

Result<posix::Fd> find_coordinator(const lane::WorkerEnd& lane) {
  Mourner::keep_death_signal();
  ::prctl(PR_SET_PDEATHSIG, Mourner::death_signal());
  auto pidfd = posix::open_pidfd(lane.coordinator_pid());
  if (!pidfd) return pidfd;
  // Checked after the pidfd was had: as long as it is our parent, the number means the same process.
  if (::getppid() != lane.coordinator_pid()) return fail(Code::unreachable, "the coordinator is gone");
  return pidfd;
}

int broken(const Error& e) {
  std::fprintf(stderr, "rota-worker: %s\n", to_text(e).c_str());
  return kExitBroken;
}

}  // namespace

int run_pool(int argc, char** argv, TargetTable targets) {
  const auto flags = parse_pool_flags({argv, static_cast<std::size_t>(argc)});
  if (!flags) {
    std::fprintf(stderr, "rota-worker: pool: %s; it is started by the coordinator\n", to_text(flags.error()).c_str());
    return kExitUsage;
  }
  auto lane = lane::WorkerEnd::attach(flags->worker, lane::WorkerEnd::inherited());
  if (!lane) return broken(lane.error());
  auto coordinator = find_coordinator(*lane);
  if (!coordinator) return broken(coordinator.error());
  std::signal(SIGPIPE, SIG_IGN);
  install_crash_handler();
  Plugin::after_load = expect_exit;
  const CrashWitness witness(lane->blame(0));
  if (targets.python) targets.python->use_slot(lane->blame(lane::kLanguageSlot));
  try {
    return Pool(std::move(*lane), *flags, targets, std::move(*coordinator)).serve();
  } catch (const std::exception& e) {
    return broken(fail(Code::system, e.what(), "pool worker"));
  }
}

}  // namespace rota::worker
