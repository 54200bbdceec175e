// Forgetting on time, deleting on the side.
#include "scheduler/daemon/retention.h"

#include "shared/limits.h"

namespace rota::daemon {
namespace {

constexpr auto kBetween = std::chrono::minutes(1);     // while runs end
constexpr auto kAtLeastEvery = std::chrono::hours(1);  // also while none does: they grow old

WallTime before(Now now, Duration ago) { return {now.wall.ns - ago.count()}; }

}  // namespace

Retention::Retention(store::Journal& journal, std::string instance_directory, const control::ServiceSettings& settings,
                     ServiceLog& log)
    : journal_(journal), directory_(std::move(instance_directory)), settings_(settings), log_(log) {
  thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
}

Retention::~Retention() = default;

Status Retention::keep(Now now) {
  if (now.mono < due_) return {};
  due_ = now.mono + kBetween;
  if (!folded_ && now.mono < looked_ + kAtLeastEvery) return {};
  folded_ = false;
  looked_ = now.mono;
  store::PruneOrder order;
  order.keep_runs = settings_.keep_runs.value;
  order.ended_before = before(now, settings_.keep_for.value);
  order.keep_bytes = settings_.max_log_bytes.value;
  auto pruned = prune(order, now);
  if (!pruned) return pruned.error();
  if (!pruned->runs.empty()) log_.info("forgot " + std::to_string(pruned->runs.size()) + " old runs");
  return {};
}

Result<store::Pruned> Retention::prune(store::PruneOrder order, Now now) {
  order.keys_before = before(now, std::chrono::hours(limits::kIdempotencyHours));
  auto pruned = journal_.prune(order);
  if (pruned && !order.dry_run && !pruned->runs.empty()) delete_set_aside();
  return pruned;
}

void Retention::delete_set_aside() {
  const std::lock_guard lock(mutex_);
  wanted_ = true;
  wake_.notify_one();
}

void Retention::work(const std::stop_token& stop) {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (!wake_.wait(lock, stop, [this] { return wanted_; })) return;
      wanted_ = false;
    }
    if (auto s = store::remove_set_aside(directory_); !s)
      log_.warning("output of runs that are forgotten cannot be deleted: " + to_text(s.error()));
  }
}

}  // namespace rota::daemon
