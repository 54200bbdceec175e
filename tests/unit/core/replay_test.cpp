// The journal and the state: replay, snapshot, restart.
#include "shared/wire/codec.h"
#include "tests/unit/core/a_world.h"

namespace rota::core {
namespace {

using jobs::NeedKind;

std::string bytes(const Scheduler& s, RunId run = 1) {
  auto view = *s.view(run);
  return wire::encoded(view);
}

/// A run with something of everything in its journal.
void live_through_much(World& w) {
  w.pool(2);
  w.launcher(2, 4);
  w.submit(a_plan().run_timeout(seconds(1000)).job("fails").retry(1).job("after").needs("fails").thread("t").thread("u")
               .needs("t", NeedKind::started).job("d").daemon().ready_log().job("uses").needs("d").job("long").done());
  w.start(0);
  w.start(2);
  w.exit(0, 1);
  w.start(4);
  w.turn(w.ready(4));
  w.start(6);
  w.finish(5, revoked());
}

TEST(Replay, the_durable_records_give_the_state_without_its_workers) {
  World w;
  live_through_much(w);
  Scheduler other = replayed(w.journal);
  EXPECT_EQ(other.check(), "");
  w.turn(event::Recovered{2});
  Effects out;
  other.step(event::Recovered{2}, w.now, out);
  other.settle(w.now, out);
  EXPECT_EQ(w.state(2), TaskState::queued) << "its thread died with the coordinator";
  EXPECT_EQ(w.state(6), TaskState::running) << "its launcher may live on";
  EXPECT_EQ(bytes(w.scheduler), bytes(other));
}

TEST(Replay, a_snapshot_replays_to_the_same) {
  World w;
  live_through_much(w);
  w.turn(event::Recovered{2});
  Scheduler other = replayed(w.scheduler.snapshot());
  EXPECT_EQ(other.check(), "");
  Effects out;
  other.step(event::Recovered{3}, w.now, out);
  w.turn(event::Recovered{3});
  auto a = *w.scheduler.view(1), b = *other.view(1);
  for (auto* v : {&a, &b})
    for (auto& job : v->jobs)
      for (auto& task : job.tasks) task.since = {};  // of what waits: known only to who saw it begin to wait
  EXPECT_EQ(wire::encoded(a), wire::encoded(b));
  EXPECT_EQ(other.next_deadline(), w.scheduler.next_deadline());
}

TEST(Replay, an_end_is_taken_from_any_state) {
  World w;
  w.pool(1);
  w.submit(a_plan().thread("a").thread("b").needs("a", NeedKind::started).done());
  w.start(0);
  w.start(1);
  w.finish(0);
  w.finish(1);
  std::vector<Record> ends;  // as if every start had been ephemeral
  for (const Record& r : w.journal)
    if (!std::holds_alternative<record::Started>(r.fact)) ends.push_back(r);
  Scheduler s = replayed(ends);
  EXPECT_EQ(s.check(), "");
  EXPECT_EQ(s.summary(1)->counts.ended(), 2u);
}

TEST(Replay, the_same_record_twice_changes_nothing) {
  World w;
  live_through_much(w);
  Scheduler once = replayed(w.journal);
  std::vector<Record> doubled;
  for (const Record& r : w.journal) {
    doubled.push_back(r);
    doubled.push_back(r);
  }
  Scheduler twice = replayed(doubled);
  EXPECT_EQ(twice.check(), "");
  EXPECT_EQ(bytes(once), bytes(twice));
}

TEST(Restart, k12_a_retry_is_due_at_its_time_and_not_at_once) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").retry(1, seconds(50)).done());
  w.start(0);
  w.exit(0, 1);
  Scheduler s = replayed(w.journal);
  EXPECT_EQ(s.next_deadline(), w.task(0).due);
}

TEST(Restart, k04_what_was_granted_and_never_sent_is_revoked_free_of_charge) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").done());
  World next;
  next.scheduler = replayed(w.journal);
  next.turn(event::Recovered{2});
  EXPECT_EQ(next.state(0), TaskState::starting);
  next.turn(event::WorkerUp{World::kLauncher, {0, 0, 0, 1, 0}, std::vector<AttemptId>{}});
  EXPECT_EQ(*next.task(0).attempts[0].outcome, Outcome::revoked);
  EXPECT_EQ(next.attempt(0).number, 2u);
  next.exit(0, 0);
  EXPECT_EQ(next.run_outcome(), "succeeded");
}

TEST(Restart, k07_a_running_process_goes_on_and_its_end_is_taken) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").done());
  w.start(0);
  World next;
  next.scheduler = replayed(w.journal);
  next.turn(event::Recovered{2});
  next.turn(event::WorkerUp{World::kLauncher, {0, 0, 0, 1, 0}, std::vector<AttemptId>{next.attempt(0)}});
  EXPECT_EQ(next.state(0), TaskState::running);
  EXPECT_EQ(next.task(0).attempts[0].pid, 4711);
  next.exit(0, 0);
  EXPECT_EQ(next.run_outcome(), "succeeded");
}

TEST(Restart, k11_a_stop_on_record_is_told_again) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").done());
  w.start(0);
  w.turn(event::CancelRun{1});
  World next;
  next.scheduler = replayed(w.journal);
  next.turn(event::Recovered{2});
  next.turn(event::WorkerUp{World::kLauncher, {0, 0, 0, 1, 0}, std::vector<AttemptId>{next.attempt(0)}});
  ASSERT_EQ(next.all<action::StopAttempt>().size(), 1u);
  EXPECT_EQ(next.all<action::StopAttempt>()[0].cause, StopCause::cancel_user);
}

TEST(Restart, a_launcher_that_is_gone_loses_what_began) {
  World w;
  w.launcher(1, 1);
  w.submit(a_plan().job("a").job("b").done());
  w.start(0);
  World next;
  next.scheduler = replayed(w.journal);
  next.turn(event::Recovered{2});
  next.turn(event::WorkerDown{World::kLauncher, 9, 0, {}, {}});
  EXPECT_EQ(next.outcome(0), "lost worker-lost");
  EXPECT_EQ(next.state(1), TaskState::queued);
}

TEST(Restart, k10_dependents_are_released_from_what_is_durable) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").job("b").needs("a").job("c").needs("b").done());
  Effects lost;
  w.scheduler.step(Event(w.finished(0, exited(1))), w.now, lost);  // settle, and so the dependents' ends, never came
  for (Record& r : lost.records) w.journal.push_back(r);
  World next;
  next.scheduler = replayed(w.journal);
  next.turn(event::Recovered{2});
  EXPECT_EQ(next.outcome(1), "upstream_failed dep");
  EXPECT_EQ(next.run_outcome(), "failed exit:1");
  w.turn();
}

TEST(Restart, a_cancel_on_record_is_carried_on) {
  World w;
  w.pool(1);
  w.submit(a_plan().thread("a").thread("b").done());
  w.start(0);
  w.turn(event::CancelRun{1});
  World next;
  next.scheduler = replayed(w.journal);
  next.turn(event::Recovered{2});
  EXPECT_EQ(next.run_outcome(), "cancelled cancel:user");
}

}  // namespace
}  // namespace rota::core
