// What may pass.
#include "tests/sim/doorkeeper.h"

#include <algorithm>
#include <variant>

#include "tests/sim/witness.h"

namespace rota::sim {
namespace {

using namespace core::record;

constexpr JobIndex kWholeRun = ~0u;

}  // namespace

void Doorkeeper::asked(const core::Event& wish) {
  if (const auto* e = std::get_if<core::event::CancelRun>(&wish)) asked_.insert({e->run, kWholeRun, 0});
  if (const auto* e = std::get_if<core::event::CancelTasks>(&wish))
    for (const auto& span : e->tasks)
      for (TaskIndex i = 0; i < span.count; ++i) asked_.insert({span.run, span.job, span.first + i});
}

void Doorkeeper::turn_committed() {
  final_.insert(asked_.begin(), asked_.end());
  asked_.clear();
}

void Doorkeeper::told(const core::Record& record, Now now) {
  if (const auto* r = std::get_if<Submitted>(&record.fact)) on_submitted(*r);
  if (const auto* r = std::get_if<Granted>(&record.fact)) on_granted(*r);
  if (const auto* r = std::get_if<GateOpened>(&record.fact)) on_opened(*r, now);
  if (const auto* r = std::get_if<RunJudged>(&record.fact)) doors_[r->run].judged = true;
  if (const auto* r = std::get_if<RunEnded>(&record.fact)) doors_[r->run].over = true;
  if (const auto* r = std::get_if<PauseChanged>(&record.fact)) on_paused(*r);
  if (const auto* r = std::get_if<HoldChanged>(&record.fact)) {
    Door& door = doors_[r->run];
    if (!r->job) door.held = r->hold;
    else if (r->hold) door.held_jobs.insert(*r->job);
    else door.held_jobs.erase(*r->job);
  }
}

void Doorkeeper::on_paused(const PauseChanged& r) {
  Door& door = doors_[r.run];
  if (!r.tasks) door.paused = r.pause;
  if (!r.tasks && !r.pause) door.paused_jobs.clear();
  if (r.job && r.pause) door.paused_jobs.insert(r.tasks->job);
  if (r.job && !r.pause) door.paused_jobs.erase(r.tasks->job);
}

void Doorkeeper::on_submitted(const Submitted& r) {
  Door& door = doors_[r.run];
  door.terms = *r.terms;
  door.held = r.terms->hold;
  door.opened = r.terms->begin.ns == 0 && r.terms->after.empty() && r.plan->concurrency.group.empty();
  for (JobIndex j = 0; j < r.plan->jobs.size(); ++j)
    if (r.plan->jobs[j].hook) door.hooks.insert(j);
}

void Doorkeeper::on_granted(const Granted& r) {
  if (!granted_.insert(r.attempt).second) return;  // told late, for what follows it
  const Door& door = doors_[r.attempt.task.run];
  const JobIndex job = r.attempt.task.job;
  const auto& done = door.terms.done;
  const std::string what = "attempt " + to_text(r.attempt) + " was granted ";
  const bool hook = door.hooks.contains(job);  // comes after the run, whatever was wished for that
  if (!hook && (door.held || door.held_jobs.contains(job))) broke(what + "though it is held");
  if (!hook && (door.paused || door.paused_jobs.contains(job))) broke(what + "though it is paused");
  if (!hook && !door.opened) broke(what + "before its run may begin");
  if (hook && !door.judged) broke(what + "before the verdict on its run");
  for (const core::TaskSpan& span : door.terms.done_tasks)
    if (span.job == job && r.attempt.task.task >= span.first && r.attempt.task.task - span.first < span.count)
      broke(what + "though it was done before");
  if (closed_) broke(what + "though nothing is admitted");
  if (std::find(done.begin(), done.end(), job) != done.end()) broke(what + "though it was done before");
  if (final_.contains(r.attempt.task)) broke(what + "though its user has cancelled it");
  if (!hook && final_.contains({r.attempt.task.run, kWholeRun, 0})) broke(what + "though its run was cancelled");
}

void Doorkeeper::on_opened(const GateOpened& r, Now now) {
  Door& door = doors_[r.run];
  if (door.opened) return;  // what was met once is met for good
  door.opened = true;
  if (now.wall < door.terms.begin) broke("run " + std::to_string(r.run) + " begins before its time");
  for (const RunId another : door.terms.after)
    if (doors_.contains(another) && !doors_[another].over)
      broke("run " + std::to_string(r.run) + " begins before the end of run " + std::to_string(another));
}

void Doorkeeper::restart(const std::vector<core::Record>& journal) {
  doors_.clear();
  granted_.clear();
  asked_.clear();
  closed_ = false;
  replaying_ = true;
  for (const core::Record& r : journal) told(r, {});
  replaying_ = false;
}

}  // namespace rota::sim
