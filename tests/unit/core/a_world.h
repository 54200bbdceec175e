// A scheduler with its clock and outbox for unit tests: events in, effects collected turn by turn. Every turn and every
// test end with check().
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scheduler/core/scheduler.h"
#include "tests/support/a_plan.h"

namespace rota::core {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::a_plan;

class World {
 public:
  ~World() { EXPECT_EQ(scheduler.check(), ""); }

  Scheduler scheduler;
  Now now{{1'000'000'000}, {5'000'000'000'000}};
  std::vector<Record> journal;   // every record so far, in order
  std::vector<Action> actions;   // those of the last turn

  template <class... Events>
  void turn(Events... events) {
    Effects out;
    (scheduler.step(Event(std::move(events)), now, out), ...);
    scheduler.settle(now, out);
    for (Record& r : out.records) journal.push_back(std::move(r));
    actions = std::move(out.actions);
    EXPECT_EQ(scheduler.check(), "");
  }
  void pass(Duration d) {
    now.mono = now.mono + d;
    now.wall.ns += d.count();
  }
  void wake_after(Duration d) {
    pass(d);
    turn(event::Wake{});
  }

  RunId submit(const jobs::Plan& plan, Terms terms = {}) {
    turn(event::Submit{++last_run_, plan, std::move(terms)});
    return last_run_;
  }
  static constexpr WorkerId kPool{1, 1}, kLauncher{2, 1};
  void pool(std::uint32_t threads, std::uint32_t ahead = 0, WorkerId id = kPool) {
    turn(event::WorkerUp{id, {threads, ahead, 1000, 0, 0}, {}});
  }
  void launcher(std::uint32_t width, std::uint32_t ahead = 0, WorkerId id = kLauncher) {
    turn(event::WorkerUp{id, {0, 0, 0, width, ahead}, {}});
  }

  TaskView task(JobIndex job, RunId run = 1) const { return scheduler.view(run)->jobs[job].tasks[0]; }
  TaskState state(JobIndex job, RunId run = 1) const { return task(job, run).state; }
  std::string outcome(JobIndex job, RunId run = 1) const {
    const TaskView t = task(job, run);
    if (!t.outcome) return std::string(to_text(t.state));
    const std::string why = to_text(t.reason);
    return std::string(rota::to_text(*t.outcome)) + (why.empty() ? "" : " " + why);
  }
  std::string run_outcome(RunId run = 1) const {
    const auto s = scheduler.summary(run);
    if (!s->outcome) return "alive";
    const std::string why = to_text(s->reason);
    return std::string(rota::to_text(*s->outcome)) + (why.empty() ? "" : " " + why);
  }
  std::vector<Reason> waits(JobIndex job, RunId run = 1) const { return scheduler.waiting({run, job, 0}, now); }
  /// The newest attempt of a job, which must have been granted once.
  AttemptId attempt(JobIndex job, RunId run = 1) const {
    return {{run, job, 0}, task(job, run).attempts.empty() ? 0 : task(job, run).attempts.back().number};
  }
  WorkerId worker(JobIndex job, RunId run = 1) const {
    return scheduler.worker_of(attempt(job, run)).value_or(WorkerId{});
  }

  event::Started started(JobIndex job, RunId run = 1) const {
    return {worker(job, run), attempt(job, run), 4711, now.mono};
  }
  event::BecameReady ready(JobIndex job, RunId run = 1) const { return {worker(job, run), attempt(job, run)}; }
  event::Finished finished(JobIndex job, Ending ending, RunId run = 1) const {
    AttemptReport r;
    r.ending = ending;
    const auto attempts = task(job, run).attempts;
    if (!attempts.empty()) r.started = attempts.back().started;
    r.ended = now.mono;
    return {worker(job, run), attempt(job, run), r};
  }
  void start(JobIndex job) { turn(started(job)); }
  void finish(JobIndex job, Ending ending = {}) { turn(finished(job, ending)); }
  void exit(JobIndex job, int status) { finish(job, {Ending::Kind::exited, status}); }

  template <class A>
  std::vector<A> all() const {
    std::vector<A> found;
    for (const Action& a : actions)
      if (const auto* x = std::get_if<A>(&a)) found.push_back(*x);
    return found;
  }
  template <class R>
  std::size_t recorded() const {
    std::size_t n = 0;
    for (const Record& r : journal) n += std::holds_alternative<R>(r.fact) ? 1 : 0;
    return n;
  }

 private:
  RunId last_run_ = 0;
};

inline Ending stopped_by(StopCause cause, bool forced = false) {
  return {Ending::Kind::signalled, forced ? 9 : 15, cause, forced};
}
/// Another life, from what was durable.
inline Scheduler replayed(const std::vector<Record>& journal) {
  Scheduler s;
  for (const Record& r : journal)
    if (r.durable) s.replay(r);
  return s;
}
inline Ending exited(int status) { return {Ending::Kind::exited, status}; }
inline Ending revoked() { return {Ending::Kind::revoked}; }

}  // namespace rota::core
