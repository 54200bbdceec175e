// Views of runs by the handful: what the tables' and pages' tests are fed with.
#pragma once

#include <string>
#include <vector>

#include "scheduler/core/view.h"

namespace rota::cli::testing {

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
inline const Reason kExit7{ReasonKind::exit, 7};

inline constexpr std::int64_t kSecond = 1'000'000'000;
inline const Now kSubmitted{{1000 * kSecond}, {1'767'225'600 * kSecond}};
inline Instant after(std::int64_t seconds) { return {kSubmitted.mono.ns + seconds * kSecond}; }
inline Now now_after(std::int64_t seconds) { return {after(seconds), {kSubmitted.wall.ns + seconds * kSecond}}; }

inline core::AttemptView ended_attempt(std::uint32_t number, Outcome outcome, Reason reason = {}) {
  core::AttemptView a;
  a.number = number;
  a.worker = {2, 1};
  a.pid = 4711;
  a.granted = a.started = after(number);
  a.ended = after(number + 2);
  a.outcome = outcome;
  a.reason = reason;
  a.report.started = a.started;
  a.report.ended = a.ended;
  a.report.usage = {1'500'000, 250'000, 3072, 1};
  a.report.output = {1, 0, 100, 12, 0};
  return a;
}

inline core::JobView ended_job(JobIndex index, std::string id, Outcome outcome, Reason reason = {}) {
  core::JobView job;
  job.index = index;
  job.id = job.name = std::move(id);
  job.action = "make all";
  core::TaskView task;
  task.state = core::TaskState::finished;
  task.outcome = outcome;
  task.reason = reason;
  task.since = after(3);
  if (outcome != Outcome::upstream_failed && outcome != Outcome::skipped)
    task.attempts.push_back(ended_attempt(1, outcome, reason));
  job.tasks.push_back(std::move(task));
  return job;
}

inline core::JobView running_job(JobIndex index, std::string id) {
  core::JobView job;
  job.index = index;
  job.id = job.name = std::move(id);
  job.mode = Mode::thread;
  job.action = "sleep";
  core::TaskView task;
  task.state = core::TaskState::running;
  task.since = after(1);
  core::AttemptView a;
  a.number = 1;
  a.worker = {3, 1};
  a.granted = a.started = after(1);
  task.attempts.push_back(a);
  job.tasks.push_back(std::move(task));
  return job;
}

/// Counts, modes and (when all have ended) the outcome follow from the jobs.
inline core::RunView a_run(RunId number, std::string name, std::vector<core::JobView> jobs) {
  core::RunView run;
  run.summary.run = number;
  run.summary.name = std::move(name);
  run.summary.source_path = "/home/me/jobs.yaml";
  run.summary.submitted = kSubmitted;
  bool bad = false, alive = false;
  for (auto& job : jobs) {
    job.counts = {};
    for (const auto& task : job.tasks) {
      ++job.counts.total;
      ++job.counts.by_state[static_cast<std::size_t>(task.state)];
      if (task.outcome) ++job.counts.by_outcome[static_cast<std::size_t>(*task.outcome)];
    }
    if (job.tasks.size() > 1 && job.shape == jobs::Shape{}) job.shape = jobs::Array{0, 1, job.counts.total};
    run.summary.modes |= static_cast<std::uint8_t>(1u << static_cast<unsigned>(job.mode));
    for (const auto& task : job.tasks) {
      ++run.summary.counts.total;
      ++run.summary.counts.by_state[static_cast<std::size_t>(task.state)];
      if (task.outcome) ++run.summary.counts.by_outcome[static_cast<std::size_t>(*task.outcome)];
      alive |= !task.outcome;
      bad |= task.outcome && *task.outcome != Outcome::succeeded;
    }
  }
  if (!alive) {
    run.summary.outcome = bad ? Outcome::failed : Outcome::succeeded;
    run.summary.ended = after(5);
  }
  run.jobs = std::move(jobs);
  return run;
}

}  // namespace rota::cli::testing
