// Retries, dead workers, stale reports.
#include "tests/unit/core/a_world.h"

namespace rota::core {
namespace {

TEST(Attempts, a_retry_waits_its_backoff_without_a_slot_and_counts_what_is_charged) {
  World w;
  w.launcher(1);
  auto plan = a_plan();
  plan.job("a").retry(2, seconds(1)).settings().retry.jitter = 0;
  w.submit(plan.job("b").done());
  w.start(0);
  w.exit(0, 1);
  EXPECT_EQ(w.state(0), TaskState::backoff);
  EXPECT_EQ(w.task(0).due, w.now.mono + seconds(1));
  EXPECT_EQ(w.state(1), TaskState::starting) << "the slot is free";
  w.exit(1, 0);
  w.wake_after(seconds(1));
  EXPECT_EQ(w.state(0), TaskState::starting);
  w.start(0);
  w.exit(0, 1);
  EXPECT_EQ(w.task(0).due, w.now.mono + seconds(2));
  w.wake_after(seconds(2));
  w.exit(0, 1);
  EXPECT_EQ(w.outcome(0), "failed exit:1");
  EXPECT_EQ(w.task(0).attempts.size(), 3u);
}

TEST(Attempts, only_the_causes_that_were_named_are_retried) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").retry(2).retry_on(jobs::retry_on::kSignal).done());
  w.finish(0, {Ending::Kind::signalled, 11});
  EXPECT_EQ(w.state(0), TaskState::backoff);
  w.wake_after(seconds(70));
  w.exit(0, 1);
  EXPECT_EQ(w.outcome(0), "failed exit:1");
}

TEST(Attempts, one_given_back_is_queued_again_free_of_charge_with_a_new_number) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").done());
  w.finish(0, revoked());
  EXPECT_EQ(w.state(0), TaskState::starting);
  EXPECT_EQ(w.attempt(0).number, 2u);
  w.exit(0, 0);
  EXPECT_EQ(w.run_outcome(), "succeeded");
}

event::WorkerUp alone(WorkerId id, RunId run = 1) {
  return {id, {1, 0, 1, 1, 0, 1}, {}, {run, crew_number::kQuarantineNative}};
}
event::WorkerDown death_by(WorkerId id, AttemptId guilty, std::int32_t signal) {
  event::WorkerDown down{id, signal, 0, {guilty}, {}, {}, {}};
  down.guilty = {guilty, signal};
  return down;
}

TEST(Attempts, a_dead_pool_worker_accuses_the_guilty_and_charges_it_when_it_crashes_alone) {
  World w;
  w.pool(3, 1);
  w.submit(a_plan().thread("guilty").thread("bystander").async("sleeper").thread("unstarted").done());
  w.start(0);
  w.start(1);
  w.start(2);
  event::WorkerDown down{World::kPool, 11, 0, {w.attempt(0), w.attempt(1), w.attempt(2)}, {}};
  down.guilty = {w.attempt(0), 11};
  w.turn(down);
  EXPECT_EQ(w.state(0), TaskState::queued) << "accused, not convicted: it runs again alone";
  EXPECT_EQ(to_text(w.task(0).attempts[0].reason), "accused:11");
  EXPECT_EQ(w.task(0).attempts[0].report.message, "SIGSEGV on its thread; it runs again alone");
  for (const JobIndex j : {1u, 2u}) {
    EXPECT_EQ(w.state(j), TaskState::queued);
    EXPECT_EQ(*w.task(j).attempts[0].outcome, Outcome::interrupted);
  }
  EXPECT_EQ(*w.task(3).attempts[0].outcome, Outcome::revoked);
  w.pool(3, 1, {1, 2});
  for (const JobIndex j : {1u, 2u, 3u}) w.finish(j);
  EXPECT_EQ(w.state(0), TaskState::queued);
  w.turn(alone({3, 3}));
  w.start(0);
  w.turn(death_by({3, 3}, w.attempt(0), 11));
  EXPECT_EQ(w.outcome(0), "crashed signal:11");
  EXPECT_EQ(w.task(0).attempts[1].report.message,
            "SIGSEGV on its thread; it crashed again alone in a worker of its own");
  EXPECT_EQ(w.run_outcome(), "failed signal:11");
}

TEST(Attempts, a_bystander_of_too_many_deaths_is_lost) {
  World w;
  w.submit(a_plan().thread("a").command().done());  // a target runs alone long before
  for (std::uint32_t g = 1; g <= limits::kInterruptions + 1; ++g) {
    w.pool(1, 0, {1, g});
    ASSERT_EQ(w.state(0), TaskState::starting) << g;
    w.start(0);
    w.turn(event::WorkerDown{{1, g}, 9, 0, {w.attempt(0)}, {}, {}, {}});
  }
  EXPECT_EQ(w.outcome(0), "lost worker-lost");
}

TEST(Attempts, a_dead_launcher_loses_what_began_and_gives_back_what_did_not) {
  World w;
  w.launcher(1, 1);
  w.submit(a_plan().job("a").job("b").done());
  w.start(0);
  EXPECT_EQ(w.state(1), TaskState::starting);
  w.turn(event::WorkerDown{World::kLauncher, 9, 0, {w.attempt(0)}, {}});
  EXPECT_EQ(w.outcome(0), "lost worker-lost");
  EXPECT_EQ(w.task(0).attempts[0].report.message, "w2 was ended by signal 9");
  EXPECT_EQ(w.state(1), TaskState::queued);
}

TEST(Attempts, a_worker_that_is_nobodys_child_died_and_nobody_says_how) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").done());
  w.start(0);
  w.turn(event::WorkerDown{World::kLauncher, 0, -1, {w.attempt(0)}, {}});
  EXPECT_EQ(w.task(0).attempts[0].report.message, "w2, how is not known");
}

TEST(Attempts, a_lost_process_is_retried_only_with_a_limit) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").retry(1).done());
  w.start(0);
  w.turn(event::WorkerDown{World::kLauncher, 9, 0, {w.attempt(0)}, {}});
  EXPECT_EQ(w.state(0), TaskState::backoff);
  EXPECT_EQ(*w.task(0).attempts[0].outcome, Outcome::lost);
}

TEST(Attempts, stale_reports_are_counted_and_dropped) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").retry(1).done());
  const auto old_start = w.started(0);
  const auto old_end = w.finished(0, exited(1));
  w.turn(old_start);
  w.turn(old_start);
  EXPECT_EQ(w.scheduler.stale_reports(), 1u) << "a second start";
  auto forged = old_end;
  forged.worker.generation = 7;
  w.turn(forged);
  EXPECT_EQ(w.scheduler.stale_reports(), 2u) << "another generation";
  w.turn(old_end);
  w.turn(old_end);
  EXPECT_EQ(w.scheduler.stale_reports(), 3u) << "an end twice";
  w.wake_after(seconds(2));
  EXPECT_EQ(w.attempt(0).number, 2u);
  w.turn(old_end, old_start, event::BecameReady{World::kLauncher, old_end.attempt});
  EXPECT_EQ(w.scheduler.stale_reports(), 6u) << "of an older attempt";
  w.turn(event::Finished{World::kLauncher, {{9, 9, 9}, 9}, {}}, event::WorkerDown{{9, 9}, 0, 0, {}, {}});
  EXPECT_EQ(w.scheduler.stale_reports(), 8u);
  EXPECT_EQ(w.state(0), TaskState::starting);
}

TEST(Attempts, a_start_told_after_the_end_changes_nothing) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").job("b").done());
  const auto late = w.started(0);
  w.exit(0, 0);
  w.turn(late);
  EXPECT_EQ(w.outcome(0), "succeeded");
}

TEST(Attempts, a_revoke_after_a_start_proves_nothing) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").done());
  w.start(0);
  w.finish(0, revoked());
  EXPECT_EQ(w.outcome(0), "lost worker-lost");
}

TEST(Attempts, times_from_the_future_are_cut_to_the_present) {
  World w;
  w.pool(1);
  w.submit(a_plan().thread("a").timeout(seconds(1)).done());
  w.turn(event::Started{World::kPool, w.attempt(0), 0, w.now.mono + seconds(1000)});
  EXPECT_EQ(*w.scheduler.next_deadline(), w.now.mono + seconds(1));
  auto end = w.finished(0, {});
  end.report.started = end.report.ended = w.now.mono + seconds(1000);
  w.turn(end);
  EXPECT_EQ(w.task(0).attempts[0].ended, w.now.mono);
  EXPECT_EQ(w.task(0).attempts[0].started, w.now.mono);
}

TEST(Attempts, when_no_worker_can_be_had_what_waits_for_one_ends) {
  World w;
  w.launcher(1);
  w.submit(a_plan().thread("a").thread("d").daemon().job("b").job("c").done());
  w.turn(event::NoWorker{Mode::thread, 11});
  EXPECT_EQ(w.outcome(0), "failed spawn:EAGAIN");
  EXPECT_EQ(w.outcome(1), "failed spawn:EAGAIN");
  w.turn(event::NoWorker{Mode::process, 11});
  EXPECT_EQ(w.state(3), TaskState::queued) << "a launcher is up: it waits for a slot, not in vain";
}

TEST(Attempts, w17_what_a_worker_says_that_was_replaced_counts_for_nothing) {
  World w;
  w.pool(1);
  w.submit(a_plan().thread("a").done());
  w.start(0);
  const event::Finished late = w.finished(0, {});
  w.turn(event::WorkerDown{World::kPool, 9, 0, {w.attempt(0)}, {}, {}, {}});
  w.pool(1, 0, {1, 2});
  w.start(0);
  event::Finished forged = w.finished(0, {});
  forged.worker = World::kPool;
  const auto stale = w.scheduler.stale_reports();
  w.turn(late, forged);
  EXPECT_EQ(w.state(0), TaskState::running);
  EXPECT_EQ(w.scheduler.stale_reports(), stale + 2);
  w.finish(0);
  EXPECT_EQ(w.outcome(0), "succeeded");
}

TEST(Attempts, a_guilty_exit_is_a_crash_with_its_status) {
  World w;
  w.pool(1);
  w.submit(a_plan().thread("a").done());
  w.start(0);
  event::WorkerDown down{World::kPool, 0, 3, {w.attempt(0)}, {}};
  down.guilty = {w.attempt(0), 0};
  w.turn(down);
  EXPECT_EQ(to_text(w.task(0).attempts[0].reason), "accused:exit:3");
  w.turn(alone({3, 3}));
  w.start(0);
  event::WorkerDown again{{3, 3}, 0, 3, {w.attempt(0)}, {}, {}, {}};
  again.guilty = {w.attempt(0), 0};
  w.turn(again);
  EXPECT_EQ(w.outcome(0), "crashed exit:3");
  EXPECT_EQ(w.task(0).attempts[1].report.message, "called exit(3); it crashed again alone in a worker of its own");
}

}  // namespace
}  // namespace rota::core
