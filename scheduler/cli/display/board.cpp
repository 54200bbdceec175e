// The board's moves.
#include "scheduler/cli/display/board.h"

#include <algorithm>
#include <utility>

namespace rota::cli {

void Board::apply(const core::Record& record) {
  std::visit([this](const auto& fact) { on(fact); }, record.fact);
}

std::size_t Board::failed() const {
  std::size_t n = 0;
  for (const auto o : {Outcome::failed, Outcome::timed_out, Outcome::crashed, Outcome::oom, Outcome::lost})
    n += counts_.of(o);
  return n;
}

std::vector<JobIndex> Board::longest_running(std::size_t n) const {
  auto jobs = alive_;
  const auto longer = [this](JobIndex a, JobIndex b) {
    return std::pair(places_[a].started, a) < std::pair(places_[b].started, b);
  };
  const auto middle = jobs.begin() + static_cast<std::ptrdiff_t>(std::min(n, jobs.size()));
  std::partial_sort(jobs.begin(), middle, jobs.end(), longer);
  jobs.erase(middle, jobs.end());
  return jobs;
}

void Board::begin(const TaskId& task, Phase phase, std::uint32_t attempt, Instant at) {
  if (task.job >= places_.size()) return;
  auto& place = places_[task.job];
  if (place.phase == Phase::ended) return;  // a late start record of an attempt whose end is known
  place.phase = phase;
  place.attempt = attempt;
  place.started = at;
  if (phase != Phase::running || alive_at_[task.job] != kNowhere) return;
  alive_at_[task.job] = static_cast<std::uint32_t>(alive_.size());
  alive_.push_back(task.job);
}

// Swap with the last: the order of alive_ means nothing.
void Board::leave(JobIndex job) {
  const auto at = std::exchange(alive_at_[job], kNowhere);
  if (at == kNowhere) return;
  alive_[at] = alive_.back();
  if (alive_[at] != job) alive_at_[alive_[at]] = at;
  alive_.pop_back();
}

void Board::end(const TaskId& task, Outcome outcome, Reason reason, Instant at) {
  if (task.job >= places_.size()) return;
  auto& place = places_[task.job];
  leave(task.job);
  if (place.phase == Phase::ended) return;
  place.phase = Phase::ended;
  place.outcome = outcome;
  place.reason = reason;
  place.ended = at;
  ++counts_.by_state[static_cast<std::size_t>(core::TaskState::finished)];
  ++counts_.by_outcome[static_cast<std::size_t>(outcome)];
}

void Board::on(const core::record::Granted& r) { begin(r.attempt.task, Phase::starting, r.attempt.number, r.at); }
void Board::on(const core::record::Started& r) { begin(r.attempt.task, Phase::running, r.attempt.number, r.at); }

void Board::on(const core::record::StopAsked& r) {
  if (r.attempt.task.job >= places_.size()) return;
  auto& place = places_[r.attempt.task.job];
  if (place.phase == Phase::running || place.phase == Phase::starting) place.phase = Phase::stopping;
}

void Board::on(const core::record::AttemptEnded& r) {
  const auto job = r.attempt.task.job;
  if (job >= places_.size()) return;
  auto& place = places_[job];
  place.started = r.report.started;
  if (r.next == core::record::Next::finished) return end(r.attempt.task, r.outcome, r.reason, r.report.ended);
  leave(job);
  place.superseded |= r.outcome != Outcome::revoked;
  place.phase = r.next == core::record::Next::backoff ? Phase::backoff : Phase::waiting;
  place.reason = r.reason;
  place.due = r.due;
}

void Board::on(const core::record::BackoffOver& r) {
  if (r.task.job < places_.size() && places_[r.task.job].phase == Phase::backoff)
    places_[r.task.job].phase = Phase::waiting;
}

void Board::on(const core::record::TaskEnded& r) { end(r.task, r.outcome, r.reason, r.at); }
void Board::on(const core::record::RunStopping&) { stopping_ = true; }

}  // namespace rota::cli
