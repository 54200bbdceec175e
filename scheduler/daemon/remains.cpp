// Reading and ending what a launcher left.
#include "scheduler/daemon/remains.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "scheduler/daemon/assign.h"
#include "shared/process/tree.h"

namespace rota::daemon {
namespace {

constexpr auto kKillWithin = std::chrono::milliseconds(1000);

void held_in(const core::RunView& view, WorkerId worker, std::vector<AttemptId>& out) {
  for (const auto& job : view.jobs) {
    if (job.mode != Mode::process) continue;  // (of warm ones the worker is no launcher)
    for (const auto& task : job.tasks) {
      if (task.attempts.empty() || task.attempts.back().outcome || task.attempts.back().worker != worker) continue;
      out.push_back({{view.summary.run, job.index, task.index}, task.attempts.back().number});
    }
  }
}

void end_processes(const std::vector<AttemptId>& attempts, const RunKeys& keys) {
  process::sweep_dead_trees();
  std::vector<std::string> entries;
  for (const auto& attempt : attempts) {
    const auto key = keys.find(attempt.task.run);
    if (key != keys.end()) entries.push_back(task_entry(attempt.task, key->second));
  }
  if (!entries.empty()) process::kill_named_everywhere(entries, kKillWithin);
}

}  // namespace

std::vector<AttemptId> held_by(WorkerId worker, const core::Scheduler& scheduler) {
  std::vector<AttemptId> out;
  for (const RunId run : scheduler.runs()) {
    if (const auto view = scheduler.view(run)) held_in(*view, worker, out);
  }
  std::sort(out.begin(), out.end());
  return out;
}

RunKeys run_keys(const core::Scheduler& scheduler) {
  RunKeys keys;
  for (const RunId run : scheduler.runs()) {
    const auto* terms = scheduler.terms(run);
    if (terms && !terms->run_key.empty()) keys.emplace(run, terms->run_key);
  }
  return keys;
}

Result<lane::LauncherAccount> settle_remains(const std::string& home, const RunKeys& keys) {
  auto account = lane::read_launcher_account(home);
  if (account) end_processes(account->begun, keys);
  return account;
}

lane::LauncherAccount account_without_journal(WorkerId launcher, const core::Scheduler& scheduler) {
  lane::LauncherAccount account;
  account.begun = held_by(launcher, scheduler);
  end_processes(account.begun, run_keys(scheduler));
  return account;
}

// ---- the thread ----

Settling::~Settling() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  wake_.notify_one();
  thread_.join();
  loop_.forget(bell_.get());
}

bool Settling::begin() {
  if (thread_.joinable()) return true;
  auto bell = posix::make_eventfd();
  if (!bell) return false;
  bell_ = std::move(*bell);
  auto watched = loop_.watch(bell_.get(), EPOLLIN, [this](std::uint32_t) {
    std::uint64_t times = 0;
    [[maybe_unused]] const auto n = ::read(bell_.get(), &times, sizeof times);
  });
  if (!watched) return false;
  try {
    thread_ = std::thread([this] { work(); });
  } catch (const std::system_error&) {
    loop_.forget(bell_.get());
    return false;
  }
  return true;
}

bool Settling::take_on(Order& order) {
  if (!begin()) return false;
  {
    const std::lock_guard lock(mutex_);
    orders_.push_back(std::move(order));
  }
  wake_.notify_one();
  return true;
}

std::vector<Settling::Done> Settling::take_done() {
  const std::lock_guard lock(mutex_);
  return std::exchange(done_, {});
}

void Settling::work() {
  for (;;) {
    Order order;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return over_ || !orders_.empty(); });
      if (over_) return;
      order = std::move(orders_.front());
      orders_.pop_front();
    }
    auto account = settle_remains(order.home, order.keys);
    {
      const std::lock_guard lock(mutex_);
      done_.push_back({std::move(order.down), std::move(order.home), std::move(account)});
    }
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto n = ::write(bell_.get(), &one, sizeof one);
  }
}

}  // namespace rota::daemon
