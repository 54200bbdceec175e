// The death and rebirth of the coordinator in the simulation, and what replay owes.
#include <algorithm>
#include <utility>

#include "shared/wire/codec.h"
#include "tests/sim/describe.h"
#include "tests/sim/simulation.h"

namespace rota::sim {

using namespace core;

namespace {

/// What a reader sees, without what only this life of the coordinator can know.
RunView comparable(const Scheduler& s, RunId run) {
  auto view = *s.view(run);
  if (!view.summary.outcome) view.summary.reason = {};  // of what is admitted, no record tells
  for (JobView& job : view.jobs)
    for (TaskView& task : job.tasks) {
      if (task.state == TaskState::queued || task.state == TaskState::pending) task.since = {};
      if (task.state == TaskState::queued) task.reason = {};  // nor here
    }
  return view;
}

/// The first thing in which they differ; empty: they do not.
std::string difference(const RunView& a, const RunView& b) {
  if (wire::encoded(a) == wire::encoded(b)) return {};
  for (std::size_t j = 0; j < a.jobs.size(); ++j)
    for (std::size_t t = 0; t < a.jobs[j].tasks.size(); ++t) {
      const TaskView &x = a.jobs[j].tasks[t], &y = b.jobs[j].tasks[t];
      if (wire::encoded(x) == wire::encoded(y)) continue;
      return to_text(AttemptId{{a.summary.run, a.jobs[j].index, x.index}, 0}) + " is " + std::string(to_text(x.state)) +
             " " + rota::to_text(x.reason) + " since " + std::to_string(x.since.ns) + " after " +
             std::to_string(x.attempts.size()) + ", and " + std::string(to_text(y.state)) + " " +
             rota::to_text(y.reason) + " since " + std::to_string(y.since.ns) + " after " +
             std::to_string(y.attempts.size());
    }
  return "something of the run or its jobs";
}

}  // namespace

std::optional<CrashPoint> Simulation::choose_crash() {
  if (script_.crash_turn) {
    if (*script_.crash_turn != story_.turns) return std::nullopt;
    return script_.crash_point;
  }
  if (!around_.faults || !dice_.permille(25)) return std::nullopt;
  return static_cast<CrashPoint>(dice_.below(4));
}

void Simulation::crash(CrashPoint point, const Effects& out) {
  ++story_.crashes;
  note("coordinator dies, point " + std::to_string(static_cast<int>(point)));
  if (point != CrashPoint::before_commit) {
    commit(out);
    compare_with_replay();
  }
  if (point == CrashPoint::amid_act) act(out, dice_.below(static_cast<std::uint32_t>(out.actions.size() + 1)));
  if (point == CrashPoint::after_act) act(out, out.actions.size());
  restart();
}

void Simulation::restart() {
  downs_.clear();  // what was told and not committed will be told again
  scheduler_ = Scheduler();
  for (const Record& r : journal_) scheduler_.replay(r);
  check("replay");
  // An unacknowledged submit is sent again under its own number.
  submitted_ = witness_.plans().empty() ? 0 : witness_.plans().rbegin()->first;
  shutting_down_ = false;
  doorkeeper_.restart(journal_);
  std::erase_if(workers_, [](const auto& w) { return !w->survive_coordinator(); });
  Effects out;
  bound(out);
  step(event::Recovered{++epoch_}, out);
  scheduler_.settle(now(), out);
  check("recovery");
  for (const Record& r : out.records) note(describe(r));
  for (const Record& r : out.records) doorkeeper_.told(r, now());
  commit(out);
  act(out, out.actions.size());
  if (!scheduler_.recovery().over()) ++story_.seen["heard of again"];
  for (const auto& w : workers_)
    if (w->alive()) w->hello();
  staff();
}

/// A restart from the journal must find what the dead coordinator would have found without its workers.
void Simulation::compare_with_replay() {
  Scheduler reborn;
  for (const Record& r : journal_) reborn.replay(r);
  Effects ignored;
  for (Scheduler* s : {&scheduler_, &reborn}) {
    s->step(event::Recovered{epoch_ + 1}, now(), ignored);
    s->step(event::Wake{}, now(), ignored);
    s->settle(now(), ignored);
    if (const std::string found = s->check(); !found.empty()) broke("after recovery: " + found);
  }
  if (scheduler_.runs() != reborn.runs()) return broke("I1: a run is gone after replay");
  for (const RunId run : reborn.runs())
    if (const auto what = difference(comparable(scheduler_, run), comparable(reborn, run)); !what.empty())
      broke("replay differs from what was live: run " + std::to_string(run) + ": " + what);
  if (scheduler_.next_deadline() != reborn.next_deadline()) broke("replay has other deadlines");
}

/// Older turns replaced by a snapshot of what lives.
void Simulation::compact() {
  note("journal replaced by a snapshot");
  for (const RunId run : scheduler_.runs())  // folded into history
    if (scheduler_.summary(run)->outcome && dice_.percent(50)) scheduler_.forget(run);
  journal_ = scheduler_.snapshot();
}

}  // namespace rota::sim
