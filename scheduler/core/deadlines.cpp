// Which instant each state waits for.
#include "scheduler/core/deadlines.h"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace rota::core {
namespace {

Instant kill_at(const Run& run, const Task& task, const Stopping& s) {
  Instant at = after(s.asked, run.settings_of(task).stop_grace);
  if (const Instant due = hard_stop_of(run, s); due.ns != 0) at = std::min(at, due);
  if (s.hurried.ns != 0) at = std::min(at, after(s.hurried, kStopNowGrace));
  if (run.stop && run.stop->now) at = std::min(at, after(std::max(s.asked, run.stop->at), kStopNowGrace));
  return at;
}

}  // namespace

Instant after(Instant t, Duration d) {
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  return d.count() > kMax - t.ns ? Instant{kMax} : t + d;
}

std::optional<Instant> Deadlines::next() const {
  if (entries_.empty()) return std::nullopt;
  return entries_.begin()->at;
}

std::optional<Deadline> Deadlines::take(Instant now) {
  if (entries_.empty() || entries_.begin()->at > now) return std::nullopt;
  const Deadline first = *entries_.begin();
  entries_.erase(entries_.begin());
  return first;
}

std::optional<Instant> deadline_of(const Run& run, const Task& task) {
  if (const auto* b = std::get_if<Backoff>(&task.now)) return b->due;
  if (!run.job_of(task).runs_in_pool()) return std::nullopt;
  if (const auto* s = std::get_if<Stopping>(&task.now)) return kill_at(run, task, *s);
  const auto* r = std::get_if<Running>(&task.now);
  if (!r) return std::nullopt;
  const auto& timeout = run.settings_of(task).timeout;
  return timeout ? std::optional(after(after(r->started, r->hold.stood), *timeout)) : std::nullopt;
}

std::optional<Instant> deadline_of(const Run& run) {
  const bool being_ended = run.stop && run.stop->cause != StopCause::none;
  if (run.end || run.verdict || being_ended) return std::nullopt;
  if (!run.gate.opened) return run.gate.held ? std::nullopt : run.gate.look;
  return run.plan.timeout ? std::optional(after(*run.gate.opened, *run.plan.timeout)) : std::nullopt;
}

Instant look_for(WallTime begin, Now now) {
  if (begin <= now.wall) return now.mono;
  // Unsigned: the two may be further apart than a signed number can tell.
  const auto left = static_cast<std::uint64_t>(begin.ns) - static_cast<std::uint64_t>(now.wall.ns);
  const auto most = static_cast<std::uint64_t>(kBeginLook.count());
  return now.mono + Duration{static_cast<std::int64_t>(std::min(left, most))};
}

}  // namespace rota::core
