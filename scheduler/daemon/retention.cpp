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
  const bool time = now.mono >= due_ && (folded_ || now.mono >= looked_ + kAtLeastEvery);
  if (now.mono >= due_) due_ = now.mono + kBetween;
  if (time) {
    folded_ = false;
    looked_ = now.mono;
    store::PruneOrder order;
    order.keep_runs = settings_.keep_runs.value;
    order.ended_before = before(now, settings_.keep_for.value);
    order.keep_bytes = settings_.max_log_bytes.value;
    order.named_at = now.wall;
    order_up(order, now, true, [this](const Result<store::Pruned>& pruned) {
      if (pruned && !pruned->runs.empty()) log_.info("forgot " + std::to_string(pruned->runs.size()) + " old runs");
    });
  }
  return orders_.empty() ? Status() : go_on();
}

void Retention::prune(store::PruneOrder order, Now now, Then then) { order_up(order, now, false, std::move(then)); }

void Retention::order_up(store::PruneOrder order, Now now, bool own, Then then) {
  order.keys_before = before(now, std::chrono::hours(limits::kIdempotencyHours));
  order.at_most = kAtOnce;
  orders_.push_back({order, std::move(then), own, {}});
}

Status Retention::go_on() {
  auto& order = orders_.front();
  auto some = journal_.prune(order.what);
  if (!some) {
    const Order failed = std::move(order);
    orders_.pop_front();
    failed.then(some.error());
    return failed.own ? Status(some.error()) : Status();
  }
  // The oldest have gone first.
  auto& so_far = order.so_far;
  so_far.runs.insert(so_far.runs.begin(), some->runs.begin(), some->runs.end());
  so_far.bytes += some->bytes;
  if (!order.what.dry_run && !some->runs.empty()) delete_set_aside();
  if (some->more) return {};
  Order done = std::move(order);
  orders_.pop_front();
  done.then(std::move(done.so_far));
  return {};
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
