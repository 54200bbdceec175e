// Start records for attempts that turned out long.
#include "scheduler/daemon/late_starts.h"

namespace rota::daemon {

void LateStarts::note(const core::Record& record, Now now) {
  if (record.durable) return;
  if (const auto* start = std::get_if<core::record::Started>(&record.fact))
    waiting_.push_back({*start, now.mono + kAfter});
}

void LateStarts::collect(const core::Scheduler& scheduler, Now now, std::vector<core::Record>& out) {
  for (; !waiting_.empty() && waiting_.front().due <= now.mono; waiting_.pop_front()) {
    const auto& start = waiting_.front().start;
    if (scheduler.worker_of(start.attempt) == start.worker) out.push_back({start, true});
  }
}

std::optional<Instant> LateStarts::next_deadline() const {
  if (waiting_.empty()) return std::nullopt;
  return waiting_.front().due;
}

}  // namespace rota::daemon
