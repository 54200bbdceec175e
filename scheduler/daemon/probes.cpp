// When to look, and what looks add up to.
#include "scheduler/daemon/probes.h"

#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "scheduler/daemon/probe_look.h"
#include "shared/limits.h"

namespace rota::daemon {
namespace {

void ring(int bell) {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto n = ::write(bell, &one, sizeof one);
}

/// A `log` is looked for by whoever reads the output: here only its time is kept.
bool has_looks(const jobs::Probe& p) { return p.log.empty(); }

}  // namespace

Result<std::unique_ptr<Probes>> Probes::create() {
  auto bell = posix::make_eventfd();
  if (!bell) return bell.error();
  return std::unique_ptr<Probes>(new Probes(std::move(*bell)));
}

Probes::~Probes() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    for (const auto& [attempt, watch] : watches_) ring(watch.over->get());
  }
  news_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void Probes::ask(AttemptId attempt, Of of, Order order, Instant since) {
  Watch watch;
  watch.of = of;
  watch.due = since + order.probe.delay;
  if (of == Of::ready && order.probe.within) watch.until = since + *order.probe.within;
  watch.order = std::make_shared<const Order>(std::move(order));
  auto over = posix::make_eventfd();  // without one a look goes on to its own end
  watch.over = std::make_shared<const posix::Fd>(over ? std::move(*over) : posix::Fd());
  end(attempt);
  std::size_t wanted = 0;
  {
    const std::lock_guard lock(mutex_);
    watch.serial = ++serial_;
    watches_.emplace(attempt, std::move(watch));
    wanted = std::min<std::size_t>(watches_.size(), limits::kProbesAtOnce);
  }
  if (threads_.size() < wanted) add_thread();
  news_.notify_one();
}

/// Where none can be had and there is none, nobody will ever look.
void Probes::add_thread() {
  try {
    threads_.emplace_back([this] { serve(); });
  } catch (const std::system_error& e) {
    if (!threads_.empty()) return;
    const std::lock_guard lock(mutex_);
    for (auto& [attempt, watch] : std::exchange(watches_, {}))
      tell({attempt, watch.of, false, std::string("no thread can be started to look: ") + e.what()});
  }
}

void Probes::end(AttemptId attempt) {
  const std::lock_guard lock(mutex_);
  const auto found = watches_.find(attempt);
  if (found == watches_.end()) return;
  ring(found->second.over->get());
  watches_.erase(found);
}

std::vector<Probes::Verdict> Probes::take() {
  std::uint64_t count = 0;
  while (::read(bell_.get(), &count, sizeof count) > 0) {
  }
  const std::lock_guard lock(mutex_);
  return std::exchange(verdicts_, {});
}

bool Probes::is_command(int pid) {
  const std::lock_guard lock(commands_mutex_);
  return commands_.count(pid) > 0;
}

void Probes::tell(Verdict verdict) {
  verdicts_.push_back(std::move(verdict));
  ring(bell_.get());
}

/// The one that is due first, of those that nobody looks at just now.
std::map<AttemptId, Probes::Watch>::iterator Probes::next() {
  const auto when = [](const Watch& w) {
    if (!has_looks(w.order->probe)) return w.until.value_or(Instant{INT64_MAX});
    return w.until ? std::min(w.due, *w.until) : w.due;
  };
  auto first = watches_.end();
  for (auto at = watches_.begin(); at != watches_.end(); ++at) {
    if (at->second.busy) continue;
    if (first == watches_.end() || when(at->second) < when(first->second)) first = at;
  }
  if (first != watches_.end()) first->second.due = when(first->second);
  return first;
}

/// Whether its time, or the number of its looks, says it all.
bool Probes::is_decided(AttemptId attempt, Watch& watch, Instant now) {
  const auto& probe = watch.order->probe;
  const auto last = watch.why.empty() ? std::string() : ": " + watch.why;
  if (watch.until && now >= *watch.until) {
    tell({attempt, watch.of, false, "not in the time that it has" + last});
    return true;
  }
  if (probe.failures == 0 || watch.failures < probe.failures) return false;
  tell({attempt, watch.of, false,
        std::to_string(watch.failures) + (watch.failures == 1 ? " look failed" : " looks failed") + last});
  return true;
}

void Probes::settle(AttemptId attempt, std::uint64_t serial, const Status& seen) {
  const auto found = watches_.find(attempt);
  if (found == watches_.end() || found->second.serial != serial) return;
  Watch& watch = found->second;
  const auto now = monotonic_now();
  watch.busy = false;
  watch.due = now + std::max<Duration>(watch.order->probe.interval, std::chrono::milliseconds(1));
  if (seen && watch.of == Of::ready && (!watch.until || now < *watch.until)) {
    tell({attempt, watch.of, true, {}});
    watches_.erase(found);
    return;
  }
  watch.failures = seen ? 0 : watch.failures + 1;
  watch.why = seen ? std::string() : to_text(seen.error());
  if (is_decided(attempt, watch, now)) watches_.erase(found);
}

void Probes::serve() {
  std::unique_lock lock(mutex_);
  while (!closing_) {
    const auto first = next();
    if (first == watches_.end()) {
      news_.wait(lock);
      continue;
    }
    const auto now = monotonic_now();
    if (first->second.due > now) {
      // A far instant is no reason to compute with it: whoever is woken looks again.
      news_.wait_for(lock, std::min<Duration>(first->second.due - now, std::chrono::hours(1)));
      continue;
    }
    const AttemptId attempt = first->first;
    Watch& watch = first->second;
    if (watch.until && now >= *watch.until) {
      if (is_decided(attempt, watch, now)) watches_.erase(first);
      continue;
    }
    watch.busy = true;
    const auto order = watch.order;
    const auto over = watch.over;
    const auto serial = watch.serial;
    const auto watch_until = watch.until;
    news_.notify_one();  // somebody else may have the next
    lock.unlock();
    const auto seen = look(*order, watch_until, over->get());
    lock.lock();
    settle(attempt, serial, seen);
  }
}

Status Probes::look(const Order& order, std::optional<Instant> within, int over) {
  const auto& probe = order.probe;
  const auto until = std::min(monotonic_now() + probe.timeout, within.value_or(Instant{INT64_MAX}));
  if (!probe.tcp.empty()) return look_at_tcp(probe.tcp, until, over);
  if (!probe.http.empty()) return look_at_http(probe.http, until, over);
  if (!probe.file.empty()) return look_at_file(probe.file, order.working_dir);
  ProbeCommand command;
  {
    const std::lock_guard lock(commands_mutex_);  // whoever asks for its number waits until it is known here
    if (auto s = command.start(probe.exec, order.env, order.working_dir); !s) return s;
    commands_.insert(command.pid());
  }
  const bool in_time = command.wait(until, over);
  const std::lock_guard lock(commands_mutex_);
  commands_.erase(command.pid());
  return command.end(in_time);
}

}  // namespace rota::daemon
