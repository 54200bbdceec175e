// Admission, and an orderly stop of the coordinator.
#include "tests/unit/core/a_world.h"

namespace rota::core {
namespace {

TEST(Admission, closed_grants_nothing_new_and_says_why) {
  World w;
  w.launcher(1, 4);
  w.submit(a_plan().job("a").done());
  w.turn(event::Admission{ReasonKind::drained});
  EXPECT_EQ(w.scheduler.admission_closed(), ReasonKind::drained);
  w.submit(a_plan().job("b").job("d").daemon().job("c").needs("b").done());
  EXPECT_EQ(w.state(0, 2), TaskState::queued);
  EXPECT_EQ(w.state(1, 2), TaskState::queued) << "daemons neither";
  EXPECT_EQ(to_text(w.task(0, 2).reason), "limit:drain");
  ASSERT_FALSE(w.waits(0, 2).empty());
  EXPECT_EQ(w.waits(0, 2)[0].kind, ReasonKind::drained);
  EXPECT_EQ(w.waits(2, 2)[1].kind, ReasonKind::drained) << "a need first";
  EXPECT_EQ(w.scheduler.demand().process, 1u) << "no fleet grows for what may not start";
  w.exit(0, 0);
  EXPECT_EQ(w.run_outcome(), "succeeded") << "what was granted goes on";
  EXPECT_EQ(w.state(0, 2), TaskState::queued);
  EXPECT_EQ(w.scheduler.summary(2)->reason.kind, ReasonKind::drained) << "nothing of it has started";
  w.turn(event::Admission{ReasonKind::safe_mode});
  EXPECT_EQ(w.waits(0, 2)[0].kind, ReasonKind::safe_mode);
  w.turn(event::Admission{});
  EXPECT_EQ(w.state(0, 2), TaskState::starting);
  EXPECT_EQ(w.state(1, 2), TaskState::starting);
  EXPECT_EQ(w.scheduler.admission_closed(), ReasonKind::none);
}

TEST(Admission, closed_before_any_worker_was_started_is_no_lack_of_slots) {
  World w;
  w.turn(event::Admission{ReasonKind::safe_mode});
  w.submit(a_plan().job("a").done());
  EXPECT_EQ(w.waits(0), std::vector<Reason>({{ReasonKind::safe_mode, 0}}));
}

TEST(Admission, closed_takes_back_what_was_granted_ahead_and_lets_run_what_runs) {
  World w;
  w.launcher(1, 64);
  w.submit(a_plan().job("a").job("b").done());
  w.start(0);
  ASSERT_EQ(w.state(1), TaskState::starting);
  w.turn(event::Admission{ReasonKind::drained});
  ASSERT_EQ(w.all<action::RetractAttempt>().size(), 1u);
  EXPECT_EQ(w.all<action::RetractAttempt>()[0].attempt, w.attempt(1));
  w.finish(1, revoked());
  EXPECT_EQ(w.state(1), TaskState::queued);
  EXPECT_EQ(w.state(0), TaskState::running);
  EXPECT_EQ(w.scheduler.summary(1)->reason, Reason{}) << "it runs";
  w.turn(event::Admission{});
  EXPECT_EQ(w.state(1), TaskState::starting);
}

TEST(Admission, it_is_of_no_record_and_a_new_life_begins_open) {
  World w;
  w.turn(event::Admission{ReasonKind::drained});
  EXPECT_TRUE(w.journal.empty());
  World next;
  EXPECT_EQ(next.scheduler.admission_closed(), ReasonKind::none);
}

TEST(ShutDown, threads_and_coroutines_are_asked_and_queued_again_and_processes_left_alone) {
  World w;
  w.pool(2);
  w.launcher(1);
  w.submit(a_plan().thread("t").async("c").thread("d").daemon().job("p").job("q").done());
  for (const JobIndex j : {0u, 1u, 2u, 3u}) w.start(j);
  const std::size_t before = w.journal.size();
  w.turn(event::ShutDown{});
  const auto stops = w.all<action::StopAttempt>();
  ASSERT_EQ(stops.size(), 3u);
  for (const auto& stop : stops) EXPECT_EQ(stop.cause, StopCause::shutdown);
  for (std::size_t i = before; i < w.journal.size(); ++i) EXPECT_FALSE(w.journal[i].durable);
  EXPECT_EQ(w.state(3), TaskState::running);
  for (const JobIndex j : {0u, 1u, 2u}) {
    w.finish(j, {Ending::Kind::threw, 0, StopCause::shutdown});
    EXPECT_EQ(w.state(j), TaskState::queued);
    EXPECT_EQ(*w.task(j).attempts[0].outcome, Outcome::interrupted);
    EXPECT_EQ(to_text(w.task(j).attempts[0].reason), "shutdown");
  }
  w.exit(3, 0);
  EXPECT_EQ(w.state(4), TaskState::queued) << "nothing is granted any more";
  EXPECT_EQ(w.scheduler.admission_closed(), ReasonKind::drained);
}

TEST(ShutDown, one_that_ends_by_itself_in_its_grace_counts_by_its_own_end) {
  World w;
  w.pool(3);
  w.submit(a_plan().thread("good").thread("bad").thread("again").retry(1).thread("after").needs("good").done());
  for (const JobIndex j : {0u, 1u, 2u}) w.start(j);
  w.turn(event::ShutDown{});
  w.finish(0);
  w.finish(1, {Ending::Kind::threw});
  w.finish(2, {Ending::Kind::threw});
  EXPECT_EQ(w.outcome(0), "succeeded");
  EXPECT_EQ(w.outcome(1), "failed exception");
  EXPECT_EQ(w.state(2), TaskState::backoff) << "its retry is due in the next life";
  EXPECT_EQ(w.state(3), TaskState::queued);
}

TEST(ShutDown, one_that_had_not_begun_is_given_back_and_one_that_hangs_costs_its_worker) {
  World w;
  w.pool(1, 4);
  w.submit(a_plan().thread("hangs").grace(seconds(2)).thread("unstarted").done());
  w.start(0);
  ASSERT_EQ(w.state(1), TaskState::starting);
  w.turn(event::ShutDown{});
  w.finish(1, revoked());
  EXPECT_EQ(w.state(1), TaskState::queued);
  w.wake_after(seconds(2));
  ASSERT_EQ(w.all<action::KillWorker>().size(), 1u);
  w.turn(event::WorkerDown{World::kPool, 9, 0, {w.attempt(0)}, {}});
  EXPECT_EQ(w.state(0), TaskState::queued);
  EXPECT_EQ(to_text(w.task(0).attempts[0].reason), "shutdown");
}

TEST(ShutDown, any_number_of_them_makes_no_task_a_lost_one) {
  World w;
  w.pool(1);
  w.submit(a_plan().thread("a").done());
  for (std::uint32_t life = 2; life < 4 + limits::kInterruptions; ++life) {
    w.start(0);
    w.turn(event::ShutDown{});
    w.finish(0, {Ending::Kind::threw, 0, StopCause::shutdown});
    ASSERT_EQ(w.state(0), TaskState::queued);
    Scheduler reborn;
    for (const Record& r : w.journal)
      if (r.durable) reborn.replay(r);
    w.scheduler = std::move(reborn);
    w.turn(event::Recovered{life});
    w.pool(1, 0, {1, life});
  }
  w.start(0);
  w.turn(event::WorkerDown{w.worker(0), 9, 0, {w.attempt(0)}, {}});
  EXPECT_EQ(w.state(0), TaskState::queued) << "the first death of a worker under it";
}

TEST(ShutDown, a_cancel_that_comes_meanwhile_is_kept) {
  World w;
  w.pool(2);
  w.submit(a_plan().thread("a").thread("b").done());
  w.start(0);
  w.start(1);
  w.turn(event::ShutDown{});
  w.turn(event::CancelTasks{{{1, 0, 0}}});
  w.finish(0, {Ending::Kind::threw, 0, StopCause::shutdown});
  EXPECT_EQ(w.outcome(0), "cancelled cancel:user");
  w.turn(event::CancelRun{1});
  w.finish(1, {Ending::Kind::threw, 0, StopCause::shutdown});
  EXPECT_EQ(w.outcome(1), "cancelled cancel:user");
}

}  // namespace
}  // namespace rota::core
