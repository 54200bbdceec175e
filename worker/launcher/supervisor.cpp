// The loop of the launcher, and what it hears from the coordinator and the system.
#include "worker/launcher/supervisor.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "shared/failpoint.h"
#include "shared/limits.h"
#include "worker/launcher/complaint.h"

namespace rota::worker {
namespace {

constexpr std::size_t kReadBytes = 64u << 10;
constexpr std::size_t kPathBytes = limits::kLaneMessageBytes / 2;  // of segments, in one answer to Hello
constexpr Duration kCloseGrace = std::chrono::seconds(10);         // nobody waits longer for a launcher to go
constexpr auto kLastFlush = std::chrono::milliseconds(2000);
constexpr auto kLastKill = std::chrono::milliseconds(5000);

std::optional<Instant> earlier(std::optional<Instant> a, std::optional<Instant> b) {
  if (!a) return b;
  if (!b) return a;
  return std::min(*a, *b);
}

posix::Fd listener_of(std::optional<Home>& home) { return home ? std::move(home->listener) : posix::Fd(); }

std::optional<lane::LauncherJournal> journal_of(std::optional<Home>& home) {
  if (!home) return std::nullopt;
  return std::move(home->journal);
}

}  // namespace

Supervisor::Supervisor(const Call& call, lane::PacketLink link, posix::Fd signals, Poll poll, std::optional<Home> home)
    : self_(call.self),
      width_(std::clamp<std::uint32_t>(call.width, 1, limits::kLauncherAttempts)),
      epoch_(call.epoch),
      has_home_(home.has_value()),
      signals_(std::move(signals)),
      poll_(std::move(poll)),
      uplink_(poll_, std::move(link)),
      doorway_(poll_, listener_of(home), call.self),
      account_(journal_of(home)),
      trees_(call.self.seat),
      buffer_(kReadBytes) {}

void Supervisor::run() {
  static_cast<void>(poll_.watch(signals_.get(), Poll::What::signals, 0));
  say_hello();
  uplink_.flush();
  while (!is_done()) turn();
  leave();
}

/// Where ends wait for their acknowledgement and nobody is there to give it, the journal tells them.
bool Supervisor::is_done() const {
  if (!running_.empty() || !granted_.empty() || !granted_daemons_.empty()) return false;
  switch (course_) {
    case Course::serving: return has_home_ && !uplink_.there() && account_.whole();
    case Course::ending: return account_.unacked() == 0 || (!uplink_.there() && account_.whole());
    case Course::closing: break;
  }
  return true;
}

void Supervisor::turn() {
  const auto events = poll_.wait(next());
  const auto now = monotonic_now();
  for (const auto& event : events) {
    if (event.what == Poll::What::link) ROTA_FAILPOINT("launcher.read");
  }
  if (has_home_) answer_the_door(now);
  for (const auto& event : events) dispatch(event, now);
  account_.step(now);
  settle(now);
  start_granted(now);
  announce_output(now);
  uplink_.flush();
}

void Supervisor::dispatch(const Poll::Event& event, Instant now) {
  switch (event.what) {
    case Poll::What::door: return;  // was answered before all else
    case Poll::What::link: return read_link(now);
    case Poll::What::signals: return read_signals(now);
    case Poll::What::exit:
      if (auto* a = find(event.key)) a->exited(now);
      return;
    case Poll::What::progress:
      if (auto* a = find(event.key)) a->progressed();
      return;
    case Poll::What::out:
    case Poll::What::err:
      if (auto* a = find(event.key)) {
        const auto stream = event.what == Poll::What::out ? output::Stream::out : output::Stream::err;
        if (!a->readable(stream, buffer_)) return;
        account_.ready(a->assignment().id);
        uplink_.say(lane::up::Ready{a->assignment().id});
      }
  }
}

ProcessAttempt* Supervisor::find(std::uint64_t key) {
  const auto found = running_.find(key);
  return found == running_.end() ? nullptr : found->second.get();
}

ProcessAttempt* Supervisor::find(const AttemptId& id) {
  const auto found = std::find_if(running_.begin(), running_.end(),
                                  [&](const auto& entry) { return entry.second->assignment().id == id; });
  return found == running_.end() ? nullptr : found->second.get();
}

std::optional<Instant> Supervisor::next() const {
  auto at = earlier(earlier(shortage_until_, doorway_.due()), account_.due());
  for (const auto& [key, attempt] : running_) at = earlier(at, attempt->next());
  if (!uplink_.there() || uplink_.backed_up()) return at;
  for (const auto& [id, run] : runs_) at = earlier(at, run->due());
  return at;
}

// ---- who coordinates ----

/// Before a word of the present coordinator is read: what an older one said counts for nothing once a newer one is
/// here.
void Supervisor::answer_the_door(Instant now) {
  auto caller = doorway_.newest(epoch_, now);
  if (!caller) return;
  adopt_coordinator(std::move(*caller));
  read_link(now);  // more words may have come with its Hello
}

void Supervisor::adopt_coordinator(Doorway::Caller caller) {
  epoch_ = caller.epoch;
  uplink_.replace(std::move(caller.link));
  granted_.clear();
  granted_daemons_.clear();
  shortage_until_.reset();
  shortage_pause_ = Duration::zero();  // what is told once is told to the new one as well
  told_of_shortage_ = false;
  told_of_unacked_ = false;
  if (course_ == Course::ending) course_ = Course::serving;
  say_hello();
  uplink_.say(lane::up::Holds{width_, account_.attempts(), runs_.described(kPathBytes)});
  account_.repeat([this](const lane::Up& word) { uplink_.say(word); });
  announce_progress(monotonic_now(), true);
}

void Supervisor::lose_coordinator(Instant now) {
  uplink_.drop();
  if (!has_home_) close_all(now);
}

void Supervisor::read_link(Instant now) {
  for (;;) {
    lane::Down word;
    switch (uplink_.read(word)) {
      case Uplink::Got::word: std::visit([&](auto& m) { take(m, now); }, word); break;
      case Uplink::Got::nothing: return;
      case Uplink::Got::end: return lose_coordinator(now);
      case Uplink::Got::nonsense:
        complain(std::string("the coordinator's words cannot be read; ") +
                 (has_home_ ? "going on without it" : "stopping all jobs"));
        return lose_coordinator(now);
    }
  }
}

void Supervisor::read_signals(Instant now) {
  std::array<signalfd_siginfo, 8> infos;  // more than the signals we take: one read empties it
  const auto n = ::read(signals_.get(), infos.data(), sizeof infos);
  for (std::size_t i = 0; n > 0 && i < static_cast<std::size_t>(n) / sizeof infos[0]; ++i) {
    if (infos[i].ssi_signo != SIGCHLD) close_all(now);
  }
  trees_.reap_orphans();
}

// ---- what the coordinator says ----

void Supervisor::take(lane::down::Start& m, Instant) {
  auto& a = m.assignment;
  if (course_ == Course::closing) return revoke(a.id, StopCause::none);
  (a.daemon ? granted_daemons_ : granted_).push_back(std::move(a));
}

void Supervisor::take(lane::down::Stop& m, Instant now) {
  if (take_back(m.attempt)) return revoke(m.attempt, m.cause);
  if (auto* a = find(m.attempt)) a->stop(m.cause, Duration{m.grace_ns}, m.now, now);
}

void Supervisor::take(lane::down::Retract& m, Instant) {
  if (take_back(m.attempt)) revoke(m.attempt, StopCause::none);
}

void Supervisor::take(lane::down::Signal& m, Instant) {
  if (auto* a = find(m.attempt)) a->signal(m.signal);
}

void Supervisor::take(lane::down::Freeze& m, Instant now) {
  if (auto* a = find(m.attempt)) a->freeze(m.freeze, now);
}

void Supervisor::take(lane::down::End&, Instant) {
  if (course_ == Course::serving) course_ = Course::ending;
}

void Supervisor::close_all(Instant now) {
  if (course_ == Course::closing) return;
  course_ = Course::closing;
  for (auto* queue : {&granted_, &granted_daemons_}) {
    for (const auto& a : *queue) revoke(a.id, StopCause::none);
    queue->clear();
  }
  shortage_until_.reset();
  // With a home the other launchers of the same runs live on, and so may the coordinator: its affair.
  if (!has_home_) end_pool_commands();
  for (const auto& [key, attempt] : running_) {
    const Duration grace{attempt->assignment().grace_ns};
    attempt->stop(StopCause::cancel_user, std::min(grace, kCloseGrace), false, now);
  }
}

void Supervisor::end_pool_commands() {
  for (const auto& [run, open] : runs_) {
    for (const auto& entry : open->env()) {
      if (entry.starts_with("ROTA_RUN_KEY=")) process::kill_named_everywhere(entry, kLastKill);
    }
  }
}

// ---- what we say ----

void Supervisor::say_hello() {
  uplink_.say(lane::up::Hello{lane::kProtocol, self_, ::getpid(), std::string(to_text(trees_.level()))});
}

void Supervisor::announce_output(Instant now) {
  if (const auto trouble = account_.take_trouble()) {
    complain(to_text(*trouble));
    uplink_.say(lane::up::Note{{}, "ends of attempts wait to be written down: " + to_text(*trouble)});
  }
  if (!uplink_.there() || uplink_.backed_up()) return;
  announce_progress(now, false);
  for (const auto& [id, run] : runs_) {
    if (const auto news = run->news_if_due(now)) uplink_.say(*news);
  }
}

void Supervisor::announce_progress(Instant now, bool again) {
  for (const auto& [key, attempt] : running_) {
    if (const auto progress = attempt->take_progress(now, again))
      uplink_.say(lane::up::Progressed{attempt->assignment().id, *progress});
    if (const auto frozen = attempt->take_frozen(again)) uplink_.say(*frozen);
  }
}

void Supervisor::leave() {
  const auto kill_until = std::chrono::steady_clock::now() + kLastKill;
  while (process::any_live_child() && std::chrono::steady_clock::now() < kill_until) {
    process::kill_children_except({});
    trees_.reap_orphans();
    ::poll(nullptr, 0, 1);
  }
  if (const auto due = account_.due()) account_.step(*due);
  uplink_.flush_all(kLastFlush);
}

}  // namespace rota::worker
