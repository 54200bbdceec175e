// Promises, checked as the world goes on.
#include "tests/sim/witness.h"

#include <algorithm>
#include <variant>

namespace rota::sim {

using namespace core::record;

std::string to_text(AttemptId a) {
  return std::to_string(a.task.run) + "/" + std::to_string(a.task.job) + "#" + std::to_string(a.number);
}

void Witness::began(WorkerId worker, AttemptId a) {
  const jobs::Plan& plan = plans_.at(a.task.run);
  const bool process = plan.jobs[a.task.job].mode == Mode::process;
  if (process && ++process_starts_[a] > 1) broke("I2: process attempt " + to_text(a) + " started twice");
  if (++starts_[{a, worker}] > 1) broke("I2: attempt " + to_text(a) + " started twice at one worker");
  if (ends_.contains(a.task)) broke("I3: attempt " + to_text(a) + " started after its task's durable end");
  if (run_ends_.contains(a.task.run)) broke("attempt " + to_text(a) + " started after the end of its run");
  running_.insert(a);
  check_needs(a);
  check_parallel(a.task.run);
  check_commands();
}

void Witness::gone(AttemptId a) { running_.erase(a); }

bool Witness::holds(RunId run, const jobs::Need& need) const {
  const TaskId task{run, need.job, 0};
  const auto end = ends_.find(task);
  const bool skipped = end != ends_.end() && end->second == Outcome::skipped;
  switch (need.kind) {
    case jobs::NeedKind::started: return skipped || started_.contains(task) || began_in_attempt_.contains(task);
    case jobs::NeedKind::ready: {
      const jobs::Plan& plan = plans_.at(run);
      const bool by_start = !plan.settings_of(plan.jobs[need.job]).ready;
      return skipped || was_ready_.contains(task) ||
             (by_start && (started_.contains(task) || began_in_attempt_.contains(task)));
    }
    case jobs::NeedKind::completed: return end != ends_.end();
    case jobs::NeedKind::failed: return end != ends_.end() && end->second != Outcome::succeeded && !skipped;
    case jobs::NeedKind::success: break;
  }
  if (end == ends_.end()) return false;
  const jobs::Plan& plan = plans_.at(run);
  const bool forgiven = plan.settings_of(plan.jobs[need.job]).continue_on_error &&
                        end->second != Outcome::cancelled && end->second != Outcome::upstream_failed;
  return skipped || end->second == Outcome::succeeded || forgiven;
}

void Witness::check_needs(AttemptId a) {
  for (const jobs::Need& need : plans_.at(a.task.run).jobs[a.task.job].needs)
    if (!holds(a.task.run, need))
      broke("I7: attempt " + to_text(a) + " started before its need on job " + std::to_string(need.job) +
            " was durable");
}

void Witness::check_parallel(RunId run) {
  const jobs::Plan& plan = plans_.at(run);
  if (!plan.max_parallel) return;
  const auto n = std::count_if(running_.begin(), running_.end(), [&](AttemptId a) {
    return a.task.run == run && !plan.jobs[a.task.job].daemon;
  });
  if (static_cast<std::uint32_t>(n) > *plan.max_parallel)
    broke("I8: run " + std::to_string(run) + " runs " + std::to_string(n) + " at once");
}

void Witness::check_commands() {
  const auto n = std::count_if(running_.begin(), running_.end(), [&](AttemptId a) {
    const jobs::Job& job = plans_.at(a.task.run).jobs[a.task.job];
    return job.mode != Mode::process && !job.daemon && !std::holds_alternative<jobs::TargetCall>(job.action);
  });
  if (n > most_commands_) broke("I8: " + std::to_string(n) + " commands run at once under thread and async");
}

void Witness::on_end(TaskId task, Outcome outcome) {
  if (!ends_.emplace(task, outcome).second) broke("I3: a second end of " + to_text({task, 0}));
  if (!ends_task(outcome)) broke("I3: " + to_text({task, 0}) + " ended with no end");
}

void Witness::on_attempt_end(const AttemptEnded& r) {
  if (!ended_.insert(r.attempt).second) broke("I4: attempt " + to_text(r.attempt) + " ended twice");
  const bool claimed = r.outcome == Outcome::succeeded && r.reason.kind == ReasonKind::none;
  if (claimed && !succeeded_.contains({r.attempt, r.worker}))
    broke("I4: attempt " + to_text(r.attempt) + " is told to have succeeded and did not");
  if (r.report.started.ns != 0) began_in_attempt_.insert(r.attempt.task);
  if (r.next == Next::finished) on_end(r.attempt.task, r.outcome);
}

void Witness::committed(const core::Record& record) {
  if (const auto* r = std::get_if<Submitted>(&record.fact)) plans_.emplace(r->run, r->plan);
  if (const auto* r = std::get_if<Started>(&record.fact); r && record.durable) started_.insert(r->attempt.task);
  if (const auto* r = std::get_if<BecameReady>(&record.fact)) {
    was_ready_.insert(r->attempt.task);
    if (!ready_.contains(r->attempt)) broke("I4: attempt " + to_text(r->attempt) + " is told to be ready and is not");
  }
  if (const auto* r = std::get_if<AttemptEnded>(&record.fact)) on_attempt_end(*r);
  if (const auto* r = std::get_if<TaskEnded>(&record.fact)) on_end(r->task, r->outcome);
  if (const auto* r = std::get_if<RunEnded>(&record.fact))
    if (!run_ends_.insert(r->run).second) broke("I3: a second end of run " + std::to_string(r->run));
}

}  // namespace rota::sim
