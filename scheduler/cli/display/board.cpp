// The board's moves.
#include "scheduler/cli/display/board.h"

#include <algorithm>
#include <utility>

namespace rota::cli {

Board::Board(const std::vector<std::uint32_t>& tasks) : places_(tasks.size()), alive_at_(tasks.size(), kNowhere) {
  for (std::size_t j = 0; j < tasks.size(); ++j) {
    places_[j].tasks = tasks[j];
    counts_.total += tasks[j];
  }
}

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
  if (place.tasks > 1) {
    if (phase == Phase::running) enter(task.job);
    if (place.phase != Phase::running) place.phase = phase;
    if (!place.started.ns) place.started = at;
    return;
  }
  place.phase = phase;
  if (place.attempt != attempt) place.progress = kProgressUnknown;
  place.attempt = attempt;
  place.started = at;
  if (phase == Phase::running && alive_at_[task.job] == kNowhere) enter(task.job);
}

void Board::enter(JobIndex job) {
  ++running_;
  ++places_[job].running_tasks;
  if (alive_at_[job] != kNowhere) return;
  alive_at_[job] = static_cast<std::uint32_t>(alive_.size());
  alive_.push_back(job);
}

// One of its tasks does not run any more. Swap with the last: the order of alive_ means nothing.
void Board::leave(JobIndex job) {
  auto& place = places_[job];
  if (place.running_tasks == 0) return;
  --running_;
  if (--place.running_tasks) return;
  const auto at = std::exchange(alive_at_[job], kNowhere);
  alive_[at] = alive_.back();
  if (alive_[at] != job) alive_at_[alive_[at]] = at;
  alive_.pop_back();
}

void Board::end(const TaskId& task, std::uint32_t count, Outcome outcome, Reason reason, Instant at) {
  if (task.job >= places_.size()) return;
  auto& place = places_[task.job];
  if (place.phase == Phase::ended) return;
  count = std::min(count, place.tasks - place.ended_tasks);
  place.ended_tasks += count;
  if (is_failure(outcome)) place.failed_tasks += count;
  counts_.by_state[static_cast<std::size_t>(core::TaskState::finished)] += count;
  counts_.by_outcome[static_cast<std::size_t>(outcome)] += count;
  const bool worse = place.ended_tasks == count || (is_failure(outcome) && !is_failure(place.outcome));
  if (worse) {
    place.outcome = outcome;
    place.reason = reason;
  }
  if (place.ended_tasks < place.tasks) return;
  place.phase = Phase::ended;
  place.ended = at;
}

void Board::on(const core::record::Granted& r) { begin(r.attempt.task, Phase::starting, r.attempt.number, r.at); }
void Board::on(const core::record::Started& r) { begin(r.attempt.task, Phase::running, r.attempt.number, r.at); }

void Board::on(const core::record::Progressed& r) {
  if (r.attempt.task.job >= places_.size()) return;
  auto& place = places_[r.attempt.task.job];
  if (place.tasks == 1 && place.attempt == r.attempt.number) place.progress = r.progress;
}

void Board::on(const core::record::StopAsked& r) {
  if (r.attempt.task.job >= places_.size()) return;
  auto& place = places_[r.attempt.task.job];
  if (place.tasks > 1) return;
  if (place.phase == Phase::running || place.phase == Phase::starting) place.phase = Phase::stopping;
}

void Board::on(const core::record::AttemptEnded& r) {
  const auto job = r.attempt.task.job;
  if (job >= places_.size()) return;
  auto& place = places_[job];
  const bool many = place.tasks > 1;
  if (!many || r.report.started.ns) leave(job);
  if (!many) place.started = r.report.started;
  if (r.next == core::record::Next::finished) return end(r.attempt.task, 1, r.outcome, r.reason, r.report.ended);
  if (many) return;
  place.superseded |= r.outcome != Outcome::revoked;
  place.taken_back += r.outcome == Outcome::revoked;
  place.phase = r.next == core::record::Next::backoff ? Phase::backoff : Phase::waiting;
  place.reason = r.reason;
  place.due = r.due;
}

void Board::on(const core::record::BackoffOver& r) {
  if (r.task.job < places_.size() && places_[r.task.job].phase == Phase::backoff)
    places_[r.task.job].phase = Phase::waiting;
}

void Board::on(const core::record::TaskEnded& r) { end(r.task, 1, r.outcome, r.reason, r.at); }
void Board::on(const core::record::RunStopping&) { stopping_ = true; }

}  // namespace rota::cli
