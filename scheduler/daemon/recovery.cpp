// Beginning a life where another one ended: what the journal knows, and what the launchers know better.
#include <algorithm>

#include "scheduler/daemon/coordinator.h"
#include "scheduler/daemon/remains.h"
#include "shared/failpoint.h"

namespace rota::daemon {
namespace {

constexpr auto kSettleAgain = std::chrono::milliseconds(250);

}  // namespace

Status Coordinator::recover() {
  auto s = world_.journal.replay([&](const core::Record& record) {
    scheduler_.replay(record);
    // Its view went into history in the same transaction.
    if (const auto* end = std::get_if<core::record::RunEnded>(&record.fact)) scheduler_.forget(end->run);
  });
  if (!s) return s;
  ROTA_FAILPOINT("recovery.replayed");
  turn_ = world_.clock.now();
  const auto now = *turn_;
  const auto epoch = scheduler_.epoch() + 1;
  post(core::event::Recovered{epoch});
  step_all(now);
  if (s = commit(); !s) return s;
  ROTA_FAILPOINT("recovery.epoch");
  fleet_.begin(epoch);
  act();
  tell(now);
  resume_probes();
  s = adopt(now);
  turn_.reset();
  ROTA_FAILPOINT("recovery.adopting");
  return s;
}

Status Coordinator::adopt(Now now) {
  const auto homes = lane::list_launcher_homes(launchers_);
  if (!homes) return homes.error();
  std::uint32_t generation = 0;
  for (const auto& home : *homes) generation = std::max(generation, home.worker.generation);
  const auto unheard = scheduler_.unheard();
  for (const auto& worker : unheard) generation = std::max(generation, worker.generation);
  world_.numbers.at_least(0, generation);

  fleet_.adopt(*homes, now);
  for (const auto& home : *homes) {
    if (home.alive) continue;
    dispatch_.forget(home.worker);
    settle_now({{home.worker, 0, -1, {}, {}}, home.directory, run_keys(scheduler_)});  // nobody is served yet
  }
  for (const auto& worker : unheard) {
    const bool has_home = std::any_of(homes->begin(), homes->end(), [&](const auto& h) { return h.worker == worker; });
    if (has_home) continue;
    note("launcher " + std::to_string(worker.seat) + " has left nothing: what it held counts as lost");
    post(core::event::WorkerDown{worker, 0, -1, held_by(worker, scheduler_), {}});
  }
  return {};
}

/// A launcher of an earlier life says what it has. Its words about each follow.
void Coordinator::hear_holds(WorkerId launcher, const lane::up::Holds& holds) {
  dispatch_.has_open(launcher, holds.segments, scheduler_);
  for (const auto& attempt : holds.attempts) held_.push_back({launcher, attempt});
}

/// What it held stays as it is until its account is taken: by a thread, since others are served meanwhile.
void Coordinator::launcher_gone(core::event::WorkerDown down, const std::string& home) {
  if (dismissing_) return;  // nobody records any more: the next life takes its account
  dispatch_.forget(down.worker);
  Settling::Order order{std::move(down), home, run_keys(scheduler_)};
  if (!settling_.take_on(order)) settle_now(std::move(order));
}

void Coordinator::settle_now(Settling::Order order) {
  auto account = settle_remains(order.home, order.keys);
  settled({std::move(order.down), std::move(order.home), std::move(account)});
}

void Coordinator::settled(Settling::Done done) {
  auto& [down, home, account] = done;
  if (!account && account.error().code == Code::system) {
    if (unsettled_.empty()) note("what a launcher left cannot be read yet: " + to_text(account.error()));
    unsettled_.push_back({std::move(down), home, now().mono + kSettleAgain});
    return;
  }
  if (!account) {
    note("what launcher " + std::to_string(down.worker.seat) + " had started is not known, and counts as lost: " +
         to_text(account.error()));
    account = account_without_journal(down.worker, scheduler_);
  }
  for (const auto& attempt : account->ready) post(core::event::BecameReady{down.worker, attempt});
  for (auto& [attempt, report] : account->ended) post(core::event::Finished{down.worker, attempt, std::move(report)});
  down.begun = std::move(account->begun);
  post(std::move(down));
  accounted_homes_.push_back(home);
}

void Coordinator::settle_again(Now now) {
  for (auto& done : settling_.take_done()) settled(std::move(done));
  if (unsettled_.empty() || unsettled_.front().due > now.mono) return;
  for (auto& again : std::exchange(unsettled_, {})) launcher_gone(std::move(again.down), again.home);
}

}  // namespace rota::daemon
