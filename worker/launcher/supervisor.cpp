// The loop of the launcher.
#include "worker/launcher/supervisor.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>

#include "shared/limits.h"
#include "shared/wire/codec.h"

namespace rota::worker {
namespace {

constexpr std::size_t kReadBytes = 64u << 10;
constexpr Duration kCloseGrace = std::chrono::seconds(10);  // nobody waits longer for a launcher to go
constexpr Duration kShortageFirst = std::chrono::milliseconds(10);
constexpr Duration kShortageLongest = std::chrono::seconds(1);
constexpr auto kLastFlush = std::chrono::milliseconds(2000);
constexpr auto kLastKill = std::chrono::milliseconds(5000);
constexpr std::size_t kOutputBacklog = 1u
                                       << 20;  // past this, growth of segments is not announced: the next word says it

std::optional<Instant> earlier(std::optional<Instant> a, std::optional<Instant> b) {
  if (!a) return b;
  if (!b) return a;
  return std::min(*a, *b);
}

std::string capped(std::string text) {
  if (text.size() > limits::kMessageBytes) text.resize(limits::kMessageBytes);
  return text;
}

}  // namespace

Supervisor::Supervisor(WorkerId self, std::uint32_t width, lane::PacketLink link, posix::Fd signals, Poll poll)
    : self_(self),
      width_(std::clamp<std::uint32_t>(width, 1, limits::kLauncherAttempts)),
      link_(std::move(link)),
      signals_(std::move(signals)),
      poll_(std::move(poll)),
      trees_(self.seat),
      buffer_(kReadBytes) {}

void Supervisor::run() {
  static_cast<void>(poll_.watch(link_.fd(), Poll::What::link, 0));
  static_cast<void>(poll_.watch(signals_.get(), Poll::What::signals, 0));
  say(lane::up::Hello{lane::kProtocol, self_, ::getpid(), std::string(to_text(trees_.level()))});
  flush();
  while (course_ == Course::serving || !running_.empty() || !granted_.empty() || !granted_daemons_.empty()) turn();
  leave();
}

void Supervisor::turn() {
  const auto events = poll_.wait(next());
  const auto now = monotonic_now();
  for (const auto& event : events) dispatch(event, now);
  settle(now);
  start_granted(now);
  announce_output(now);
  flush();
}

void Supervisor::dispatch(const Poll::Event& event, Instant now) {
  switch (event.what) {
    case Poll::What::link: return read_link(now);
    case Poll::What::signals: return read_signals(now);
    case Poll::What::exit:
      if (auto* a = find(event.key)) a->exited(now);
      return;
    case Poll::What::out:
    case Poll::What::err:
      if (auto* a = find(event.key)) {
        const auto stream = event.what == Poll::What::out ? output::Stream::out : output::Stream::err;
        if (a->readable(stream, buffer_)) say(lane::up::Ready{a->assignment().id});
      }
  }
}

Attempt* Supervisor::find(std::uint64_t key) {
  const auto found = running_.find(key);
  return found == running_.end() ? nullptr : found->second.get();
}

std::optional<Instant> Supervisor::next() const {
  std::optional<Instant> at = shortage_until_;
  for (const auto& [key, attempt] : running_) at = earlier(at, attempt->next());
  for (const auto& [id, run] : runs_) at = earlier(at, run->due());
  return at;
}

// ---- what the coordinator and the system say ----

void Supervisor::read_link(Instant now) {
  std::string bytes;
  lane::Down message;
  for (;;) {
    const auto got = link_.receive(bytes);
    const bool broken = !got || (*got && !wire::decode(bytes, message));
    if (broken)
      std::fprintf(stderr, "rota-worker launcher: the coordinator's words cannot be read; stopping all jobs\n");
    if (broken || link_.eof()) {
      poll_.forget(link_.fd());
      return close_all(now);
    }
    if (!*got) return;
    std::visit([&](auto& m) { take(m, now); }, message);
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

void Supervisor::take(lane::down::Start& m, Instant) {
  auto& a = m.assignment;
  if (course_ == Course::closing) return revoke(a.id, StopCause::none);
  (a.daemon ? granted_daemons_ : granted_).push_back(std::move(a));
}

void Supervisor::take(lane::down::Stop& m, Instant now) {
  if (take_back(m.attempt)) return revoke(m.attempt, m.cause);
  for (const auto& [key, attempt] : running_) {
    if (attempt->assignment().id == m.attempt) attempt->stop(m.cause, Duration{m.grace_ns}, m.now, now);
  }
}

void Supervisor::take(lane::down::Retract& m, Instant) {
  if (take_back(m.attempt)) revoke(m.attempt, StopCause::none);
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
  end_pool_commands();
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

bool Supervisor::take_back(const AttemptId& id) {
  for (auto* queue : {&granted_, &granted_daemons_}) {
    const auto found = std::find_if(queue->begin(), queue->end(), [&](const auto& a) { return a.id == id; });
    if (found == queue->end()) continue;
    queue->erase(found);
    return true;
  }
  return false;
}

void Supervisor::revoke(const AttemptId& id, StopCause cause) {
  AttemptReport report;
  report.ending.kind = Ending::Kind::revoked;
  report.ending.stopped_by = cause;
  report.ended = monotonic_now();
  say(lane::up::Finished{id, report});
}

// ---- starting and ending ----

void Supervisor::start_granted(Instant now) {
  if (shortage_until_ && now < *shortage_until_) return;
  shortage_until_.reset();
  const auto start_first = [&](std::deque<lane::Assignment>& queue) {
    auto assignment = std::move(queue.front());
    queue.pop_front();
    return start(std::move(assignment), now);
  };
  while (!granted_daemons_.empty()) {
    if (!start_first(granted_daemons_)) return;
  }
  while (!granted_.empty() && running_.size() - running_daemons_ < width_) {
    if (!start_first(granted_)) return;
  }
}

/// False: nothing can be started until the shortage has passed.
bool Supervisor::start(lane::Assignment assignment, Instant now) {
  const auto id = assignment.id;
  const auto run = runs_.find(id.task.run);
  const bool daemon = assignment.daemon;
  AttemptReport refused;
  refused.ended = now;
  if (!run) {
    refused.ending.kind = Ending::Kind::bad_call;
    refused.message = "its run was not opened at this launcher";
    say(lane::up::Finished{id, refused});
    return true;
  }
  auto started = Attempt::start(assignment, next_key_, run, trees_, poll_);  // takes the assignment if it succeeds
  if (started) {
    say(lane::up::Started{id, (*started)->pid(), (*started)->started()});
    running_.emplace(next_key_++, std::move(*started));
    running_daemons_ += daemon;
    shortage_pause_ = Duration::zero();
    return true;
  }
  if (process::is_shortage(started.error())) {
    wait_out_shortage(std::move(assignment), started.error(), now);
    return false;
  }
  refused.ending.kind = Ending::Kind::spawn_failed;
  refused.ending.value = started.error().os_errno;
  refused.message = capped("could not be started: " + to_text(started.error()));
  say(lane::up::Finished{id, refused});
  return true;
}

/// Too many processes or descriptors is not the job's fault: it keeps its place and is tried again later.
void Supervisor::wait_out_shortage(lane::Assignment assignment, const Error& why, Instant now) {
  if (shortage_pause_ == Duration::zero()) say(lane::up::Note{assignment.id, "waiting to be started: " + to_text(why)});
  shortage_pause_ = std::clamp(shortage_pause_ * 2, kShortageFirst, kShortageLongest);
  shortage_until_ = now + shortage_pause_;
  (assignment.daemon ? granted_daemons_ : granted_).push_front(std::move(assignment));
}

void Supervisor::settle(Instant now) {
  bool any_over = false;
  for (auto at = running_.begin(); at != running_.end();) {
    at->second->step(now, buffer_);
    if (!at->second->over()) {
      ++at;
      continue;
    }
    report(*at->second);
    running_daemons_ -= at->second->assignment().daemon;
    at = running_.erase(at);
    any_over = true;
  }
  if (any_over && trees_.level() == process::TreeLevel::proc) kill_strays();
}

void Supervisor::report(Attempt& attempt) {
  const auto end = attempt.end();
  const auto id = attempt.assignment().id;
  if (!end.note.empty()) say(lane::up::Note{id, capped(end.note)});
  if (const auto news = attempt.run().news()) say(*news);
  say(lane::up::Finished{id, end.report});
}

/// Orphans that no attempt can be named for: told once, killed when nothing runs that they could belong to.
void Supervisor::kill_strays() {
  const auto strays = trees_.strays();
  for (const int pid : strays) {
    if (strays_told_.insert(pid).second)
      say(lane::up::Note{{}, "process " + std::to_string(pid) + " escaped from its job"});
  }
  if (strays.empty()) strays_told_.clear();
  if (running_.empty() && !strays.empty()) process::kill_children_except({});
}

// ---- words to the coordinator ----

void Supervisor::announce_output(Instant now) {
  if (link_.outbox_bytes() > kOutputBacklog) return;
  for (const auto& [id, run] : runs_) {
    if (const auto news = run->news_if_due(now)) say(*news);
  }
}

void Supervisor::say(const lane::Up& message) {
  // Every message of ours is far below the carrier's limit: a report's text is capped.
  static_cast<void>(link_.send(wire::encoded(message)));
}

void Supervisor::flush() {
  static_cast<void>(link_.flush());  // an error means that the peer is gone: reading finds its end
  if (link_.wants_write() == link_watches_write_) return;
  link_watches_write_ = link_.wants_write();
  poll_.want_write(link_.fd(), Poll::What::link, link_watches_write_);
}

void Supervisor::leave() {
  const auto kill_until = std::chrono::steady_clock::now() + kLastKill;
  while (!process::live_children().empty() && std::chrono::steady_clock::now() < kill_until) {
    process::kill_children_except({});
    trees_.reap_orphans();
    ::poll(nullptr, 0, 1);
  }
  const auto flush_until = std::chrono::steady_clock::now() + kLastFlush;
  for (flush(); link_.wants_write() && std::chrono::steady_clock::now() < flush_until; flush()) {
    pollfd p{link_.fd(), POLLOUT, 0};
    ::poll(&p, 1, 100);
  }
}

}  // namespace rota::worker
