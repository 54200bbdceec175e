// Serving thread-mode attempts.
#include "worker/pool/threads.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "worker/pool/crash.h"
#include "worker/pool/household.h"
#include "worker/pool/on_thread.h"
#include "worker/pool/run_clock.h"
#include "worker/pool/warm.h"
#include "worker/targets/plugin.h"

namespace rota::worker {
namespace {

constexpr Duration kPauseFirst = std::chrono::milliseconds(10), kPauseLongest = std::chrono::seconds(1);
constexpr Duration kLong = std::chrono::microseconds(100);

/// Asked of the kernel only when it changes: tasks of one job have one name.
void name_this_thread(const std::string& name) {
  thread_local std::string present;
  const auto wanted = std::string_view(name).substr(0, 15);
  if (present == wanted) return;
  present = wanted;
  ::pthread_setname_np(::pthread_self(), present.c_str());
}

template <class Work>
Status start(std::thread& thread, Work work) {
  try {
    thread = std::thread(std::move(work));
    return {};
  } catch (const std::system_error& e) {
    return system_error("a thread cannot be started", {}, e.code().value());
  }
}

/// A task that closes what is not its own leaves a worker behind that hears nothing any more.
void leave_if_deaf(const lane::WorkerEnd& lane, lane::Blame& blame) {
  if (::fcntl(lane.bell(), F_GETFD) >= 0) return;
  blame.called_exit();
  ::_exit(lane::kExitDeaf);
}

}  // namespace

Threads::Threads(std::uint32_t count, const Surroundings& with) : count_(count), with_(with) {
  for (std::uint32_t i = limits::kDaemonThreads; i > 0; --i)
    free_daemon_slots_.push_back(static_cast<std::uint32_t>(limits::kThreadSlots) + i);
}

Threads::~Threads() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  queued_.notify_all();
  for (auto& t : threads_) t.join();
  for (auto& [slot, t] : daemons_) t.join();
}

void Threads::prepare(std::vector<std::string> libraries) {
  libraries_ = std::move(libraries);
  static_cast<void>(start_threads());  // the first batch tries again
}

void Threads::load_libraries() {
  for (const auto& path : libraries_) {
    if (!queue_is_empty()) return;  // who needs one of the others waits for that one alone
    with_.household.enter();
    {
      const ThreadState state;
      static_cast<void>(Plugin::load(path));
    }
    if (const auto changed = with_.household.leave()) with_.mailbox.wear_out(*changed);
  }
}

/// False: not even one can be had just now.
bool Threads::start_threads() {
  while (threads_.size() < count_) {
    const auto slot = static_cast<std::uint32_t>(threads_.size() + 1);
    std::thread thread;
    const auto started = start(thread, [this, slot] { serve(slot); });
    if (!started && threads_.empty()) return wait_out(started.error()), false;
    if (!started) break;  // fewer serve as well; more are tried with the next batch
    threads_.push_back(std::move(thread));
    end_shortage();
  }
  return true;
}

void Threads::hand_over() {
  if (batch_.empty() || (threads_.empty() && !may_start()) || !start_threads()) return;
  std::size_t wake = 0;
  {
    const std::lock_guard lock(mutex_);
    queue_.insert(queue_.end(), batch_.begin(), batch_.end());
    wake = std::min<std::size_t>(idle_, batch_.size());
  }
  batch_.clear();
  for (std::size_t i = 0; i < wake; ++i) queued_.notify_one();
}

bool Threads::may_start() const { return !retry_at_ || *retry_at_ <= monotonic_now(); }

void Threads::end_shortage() {
  shortage_ = 0;
  pause_ = {};
  retry_at_.reset();
}

/// What was added can be taken back meanwhile.
void Threads::wait_out(const Error& why) {
  shortage_ = why.os_errno;
  pause_ = std::clamp(pause_ * 2, kPauseFirst, kPauseLongest);
  retry_at_ = monotonic_now() + pause_;
}

Attempt* Threads::next(RunClock& clock) {
  std::unique_lock lock(mutex_);
  if (queue_.empty()) {
    rest();
    clock.rested();
  }
  ++idle_;
  queued_.wait(lock, [this] { return closing_ || !queue_.empty(); });
  --idle_;
  if (queue_.empty()) return nullptr;
  auto* attempt = queue_.front();
  queue_.pop_front();
  return attempt;
}

void Threads::rest() {
  if (with_.targets.python) with_.targets.python->rest();
}

bool Threads::queue_is_empty() {
  const std::lock_guard lock(mutex_);
  return queue_.empty();
}

void Threads::serve(std::uint32_t slot) {
  auto blame = with_.lane.blame(slot);
  const CrashWitness witness(blame);
  RunClock clock(RunClock::Switches::count);
  name_this_thread("pool-" + std::to_string(slot));
  if (slot == 1) load_libraries();
  while (auto* attempt = next(clock)) {
    if (!attempt->leave_queue(Attempt::Phase::begun)) {
      with_.mailbox.post({Event::Kind::discarded, attempt, nullptr, {}}, Mailbox::Hurry::no);
      continue;
    }
    begin_and_run(*attempt, blame, clock);
    const bool hurry = attempt->report.ended - attempt->report.started >= kLong || queue_is_empty();
    with_.mailbox.post({Event::Kind::finished, attempt, nullptr, {}}, hurry ? Mailbox::Hurry::yes : Mailbox::Hurry::no);
  }
}

void Threads::begin_and_run(Attempt& attempt, lane::Blame& blame, RunClock& clock) {
  name_this_thread(attempt.assignment.name);
  with_.lane.begun(*attempt.ledger_entry, attempt.id());
  blame.running(*attempt.ledger_entry);
  clock.begin(monotonic_now());
  const auto why = run(attempt, blame);
  if (why) with_.mailbox.wear_out(*why);
  // A command is measured by its process; the thread only waits for it.
  if (const auto usage = clock.end_as_usage(attempt.report.ended); attempt.assignment.argv.empty())
    attempt.report.usage = usage;
  blame.idle();
}

/// Says why nothing more is to run in this process, if so.
std::optional<std::string> Threads::run(Attempt& attempt, lane::Blame& blame) {
  const auto& a = attempt.assignment;
  const bool warm = a.mode == Mode::process;
  if (!warm && !is_foreign(a.target)) {
    run_on_thread(attempt, with_);
    return std::nullopt;
  }
  with_.household.enter();
  // What a language keeps between calls is for short ones: a log of its own may have to be waited for.
  if (!a.log.stdout_path.empty() || !a.log.stderr_path.empty()) rest();
  {
    const ThreadState state;
    run_on_thread(attempt, with_);
  }
  if (warm) rest();  // what it has left behind may have to be waited for
  leave_if_deaf(with_.lane, blame);
  auto left = warm ? with_.warm.clear_up(attempt) : std::nullopt;
  auto changed = with_.household.leave();
  return left ? left : changed;
}

Status Threads::start_daemon(Attempt& attempt) {
  if (free_daemon_slots_.empty())
    return fail(Code::refused, "this worker already runs " + std::to_string(limits::kDaemonThreads) +
                                   " daemons on threads (limit daemon_threads)");
  const auto slot = free_daemon_slots_.back();
  attempt.extra_thread = slot;
  std::thread thread;
  auto started = start(thread, [this, slot, &attempt] {
    auto blame = with_.lane.blame(slot);
    const CrashWitness witness(blame);
    RunClock clock(RunClock::Switches::count);
    begin_and_run(attempt, blame, clock);
    with_.mailbox.post({Event::Kind::finished, &attempt, nullptr, {}}, Mailbox::Hurry::yes);
  });
  if (!started) {
    attempt.extra_thread.reset();
    wait_out(started.error());
    return started;
  }
  end_shortage();
  free_daemon_slots_.pop_back();
  daemons_.emplace(slot, std::move(thread));
  return {};
}

void Threads::end_daemon(const Attempt& attempt) {
  const auto at = daemons_.find(*attempt.extra_thread);
  at->second.join();
  free_daemon_slots_.push_back(at->first);
  daemons_.erase(at);
}

}  // namespace rota::worker
