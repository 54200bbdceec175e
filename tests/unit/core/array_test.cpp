// Arrays: a task is a number until something happens to it, and a few bytes when it has ended.
#include <functional>
#include <map>

#include "shared/wire/codec.h"
#include "tests/unit/core/a_world.h"

namespace rota::core {
namespace {

using test::a_constant;
using test::a_name;
using test::an_operation;
using Of = jobs::LateName::Of;

/// Carries out what is granted, turn by turn, and keeps what began in which order.
class Hands {
 public:
  using Ends = std::function<Ending(AttemptId)>;
  explicit Hands(World& world, Ends ends = [](AttemptId) { return Ending{}; }) : w_(world), ends_(std::move(ends)) {}

  /// Until nothing is granted any more.
  void work() {
    for (;;) {
      Effects out;
      bool any = false;
      w_.pass(milliseconds(1));
      for (const auto& start : std::exchange(granted_, take())) {
        any = true;
        began.push_back(start.attempt);
        AttemptReport r;
        r.started = r.ended = w_.now.mono;
        r.ending = ends_(start.attempt);
        w_.scheduler.step(event::Finished{start.worker, start.attempt, r}, w_.now, out);
      }
      w_.scheduler.settle(w_.now, out);
      for (Record& r : out.records) w_.journal.push_back(std::move(r));
      w_.actions = std::move(out.actions);
      EXPECT_EQ(w_.scheduler.check(), "");
      if (!any && granted_.empty() && take().empty()) return;
    }
  }
  std::vector<AttemptId> began;

 private:
  std::vector<action::StartAttempt> take() {
    auto starts = w_.all<action::StartAttempt>();
    w_.actions.clear();
    return starts;
  }
  World& w_;
  Ends ends_;
  std::vector<action::StartAttempt> granted_;
};

Counts counts(const World& w, JobIndex job, RunId run = 1) { return w.scheduler.view(run)->jobs[job].counts; }

std::string outcome_of(const World& w, JobIndex job, TaskIndex task, RunId run = 1) {
  const auto view = w.scheduler.view(run, {{job, task, 1}});
  const TaskView* t = view->jobs[job].find(task);
  if (!t->outcome) return std::string(to_text(t->state));
  const std::string why = to_text(t->reason);
  return std::string(rota::to_text(*t->outcome)) + (why.empty() ? "" : " " + why);
}

/// A scheduler that has read what is durable of this one.
std::string bytes_of(const Scheduler& s) {
  std::string out;
  for (const Record& r : s.snapshot()) wire::encode(out, r.fact);
  return out;
}

/// The durable state survives a replay of the records, and of a snapshot.
void expect_durable(const World& w) {
  const Scheduler again = replayed(w.journal);
  EXPECT_EQ(again.check(), "");
  Scheduler third;
  for (const Record& r : w.scheduler.snapshot()) third.replay(r);
  EXPECT_EQ(third.check(), "");
  for (const RunId run : w.scheduler.runs()) {
    EXPECT_EQ(third.summary(run)->counts.by_outcome, w.scheduler.summary(run)->counts.by_outcome);
    EXPECT_EQ(again.summary(run)->counts.by_outcome, w.scheduler.summary(run)->counts.by_outcome);
  }
  EXPECT_EQ(bytes_of(third), bytes_of(again));
}

TEST(Array, of_a_thousand_runs_whole_and_each_task_once) {
  World w;
  w.pool(4, 16);
  w.submit(a_plan().thread("a").array(1000).done());
  EXPECT_EQ(counts(w, 0).total, 1000u);
  Hands hands(w);
  hands.work();
  EXPECT_EQ(hands.began.size(), 1000u);
  EXPECT_EQ(w.run_outcome(), "succeeded");
  EXPECT_EQ(counts(w, 0).of(Outcome::succeeded), 1000u);
  EXPECT_EQ(w.recorded<record::AttemptEnded>(), 1000u);
  const auto view = w.scheduler.view(1);
  ASSERT_TRUE(view->jobs[0].whole());
  EXPECT_EQ(view->jobs[0].tasks[777].index, 777u);
  EXPECT_EQ(view->jobs[0].tasks[777].attempts.size(), 1u);
  expect_durable(w);
}

TEST(Array, waits_as_numbers_and_is_cancelled_in_one_record) {
  World w;
  w.submit(a_plan().thread("a").array(1'000'000).done());
  EXPECT_EQ(counts(w, 0).of(TaskState::queued), 1'000'000u);
  EXPECT_EQ(w.scheduler.demand().thread, 1'000'000u);
  w.turn(event::CancelRun{1});
  EXPECT_EQ(w.recorded<record::TasksEnded>(), 1u);
  EXPECT_EQ(w.run_outcome(), "cancelled cancel:user");
  EXPECT_EQ(outcome_of(w, 0, 999'999), "cancelled cancel:user");
}

TEST(Array, that_is_cancelled_half_way_ends_what_waits_and_keeps_what_ended) {
  World w;
  w.pool(2);
  w.submit(a_plan().thread("a").array(1000).done());
  std::size_t ended = 0;
  Hands hands(w, [&](AttemptId) { return ++ended, Ending{}; });
  for (int i = 0; i < 400; ++i) {
    const auto starts = w.all<action::StartAttempt>();
    std::vector<event::Finished> ends;
    for (const auto& s : starts) {
      AttemptReport r;
      r.started = r.ended = w.now.mono;
      ends.push_back({s.worker, s.attempt, r});
    }
    ASSERT_EQ(ends.size(), 2u);
    w.turn(ends[0], ends[1]);
  }
  w.turn(event::CancelRun{1});
  EXPECT_EQ(counts(w, 0).of(Outcome::succeeded), 800u);
  EXPECT_EQ(counts(w, 0).of(Outcome::cancelled), 198u);
  EXPECT_EQ(counts(w, 0).of(TaskState::stopping), 2u);
  EXPECT_EQ(outcome_of(w, 0, 900), "cancelled cancel:user");
  EXPECT_EQ(outcome_of(w, 0, 799), "succeeded");
  expect_durable(w);
}

TEST(Array, that_is_too_large_to_be_shown_whole_shows_one_of_what_was_cancelled_before_it_started) {
  World w;
  w.pool(400);
  w.submit(a_plan().thread("a").array(kLargeViewTasks + 1).done());
  Effects out;
  for (const auto& start : w.all<action::StartAttempt>()) {
    AttemptReport r;
    r.started = r.ended = w.now.mono;
    w.scheduler.step(event::Finished{start.worker, start.attempt, r}, w.now, out);
  }
  ASSERT_EQ(counts(w, 0).of(Outcome::succeeded), 400u);
  w.turn(event::CancelRun{1});
  const auto view = w.scheduler.view(1);
  std::map<Outcome, int> seen;
  for (const auto& task : view->jobs[0].tasks)
    if (task.outcome) ++seen[*task.outcome];
  EXPECT_EQ(seen[Outcome::succeeded], static_cast<int>(kViewFirst));
  EXPECT_EQ(seen[Outcome::cancelled], 1) << "what all of them stand for";
}

TEST(Array, tasks_run_again_by_themselves) {
  World w;
  w.pool(4);
  w.submit(a_plan().thread("a").array(600).retry(1, {}).done());
  Hands hands(w, [](AttemptId a) {
    return a.task.task % 7 == 3 && a.number == 1 ? Ending{Ending::Kind::threw} : Ending{};
  });
  hands.work();
  w.wake_after(seconds(1));
  hands.work();
  EXPECT_EQ(w.run_outcome(), "succeeded");
  const auto view = w.scheduler.view(1, {{0, 3, 1}});
  EXPECT_EQ(view->jobs[0].tasks.size(), 1u);
  EXPECT_EQ(view->jobs[0].find(3)->attempts.size(), 2u);
  expect_durable(w);
}

TEST(Each, waits_for_its_own_task_alone) {
  World w;
  w.pool(1);
  w.submit(a_plan().thread("a").array(300).thread("b").array(300).needs("a", jobs::NeedKind::each).done());
  EXPECT_EQ(counts(w, 1).of(TaskState::pending), 300u);
  std::map<TaskIndex, std::size_t> a, b;
  Hands hands(w, [&](AttemptId at) {
    return at.task.job == 0 && at.task.task == 17 ? Ending{Ending::Kind::threw} : Ending{};
  });
  hands.work();
  for (std::size_t i = 0; i < hands.began.size(); ++i)
    (hands.began[i].task.job == 0 ? a : b)[hands.began[i].task.task] = i;
  EXPECT_EQ(b.size(), 299u);
  for (const auto& [task, at] : b) EXPECT_LT(a.at(task), at);
  EXPECT_EQ(outcome_of(w, 1, 17), "upstream_failed dep");
  EXPECT_EQ(outcome_of(w, 1, 18), "succeeded");
  EXPECT_EQ(w.run_outcome(), "failed exception");
  expect_durable(w);
}

TEST(Each, of_two_jobs_waits_for_both) {
  World w;
  w.pool(3);
  w.submit(a_plan()
               .thread("a")
               .array(70)
               .thread("b")
               .array(70)
               .thread("c")
               .array(70)
               .needs("a", jobs::NeedKind::each)
               .needs("b", jobs::NeedKind::each)
               .done());
  Hands hands(w);
  hands.work();
  EXPECT_EQ(w.run_outcome(), "succeeded");
  EXPECT_EQ(hands.began.size(), 210u);
  expect_durable(w);
}

TEST(Fan, of_one_to_many_to_one) {
  World w;
  w.pool(2, 8);
  w.submit(a_plan().thread("a").thread("b").array(500).needs("a").thread("c").needs("b").done());
  Hands hands(w);
  hands.work();
  EXPECT_EQ(w.run_outcome(), "succeeded");
  EXPECT_EQ(hands.began.front().task.job, 0u);
  EXPECT_EQ(hands.began.back().task.job, 2u);
  expect_durable(w);
}

TEST(MaxParallel, of_a_job_leaves_room_for_others) {
  World w;
  w.pool(8);
  w.submit(a_plan().thread("a").array(50).job_parallel(3).thread("b").array(50).done());
  EXPECT_EQ(w.all<action::StartAttempt>().size(), 8u);
  EXPECT_EQ(w.scheduler.waiting({1, 0, 10}, w.now).front().kind, ReasonKind::job_parallel);
  Hands hands(w);
  hands.work();
  EXPECT_EQ(w.run_outcome(), "succeeded");
}

TEST(FailFast, ends_the_others) {
  World w;
  w.pool(4);
  w.submit(a_plan().thread("a").array(100).fail_fast().thread("b").done());
  const auto starts = w.all<action::StartAttempt>();
  ASSERT_EQ(starts.size(), 4u);
  AttemptReport r;
  r.started = r.ended = w.now.mono;
  r.ending = {Ending::Kind::threw};
  w.turn(event::Finished{starts[0].worker, starts[0].attempt, r});
  const auto stops = w.all<action::StopAttempt>();
  ASSERT_EQ(stops.size(), 3u);
  EXPECT_EQ(stops[0].cause, StopCause::fail_fast);
  EXPECT_EQ(outcome_of(w, 0, 99), "cancelled cancel:fail_fast");
  for (int i = 1; i < 4; ++i) {
    r.ending = stopped_by(StopCause::fail_fast);
    w.turn(event::Finished{starts[i].worker, starts[i].attempt, r});
  }
  EXPECT_EQ(counts(w, 0).of(Outcome::cancelled), 99u);
  EXPECT_EQ(w.run_outcome(), "alive");  // b goes its own way
  expect_durable(w);
}

TEST(FailFast, takes_back_what_a_dead_worker_had_not_begun) {
  World w;
  w.pool(2);
  w.submit(a_plan().thread("a").array(3).fail_fast().done());
  const auto starts = w.all<action::StartAttempt>();
  AttemptReport r;
  r.started = r.ended = w.now.mono;
  r.ending = {Ending::Kind::threw};
  w.turn(event::Finished{starts[0].worker, starts[0].attempt, r});
  w.turn(event::WorkerDown{World::kPool, 9, 0, {}, {}});
  EXPECT_EQ(w.run_outcome(), "failed exception");
  EXPECT_EQ(counts(w, 0).of(Outcome::cancelled), 2u);
}

TEST(MaxFailures, counts_and_then_starts_no_more) {
  World w;
  w.pool(1);
  w.submit(a_plan().thread("a").array(100).max_failures(2).done());
  Hands hands(w, [](AttemptId) { return Ending{Ending::Kind::threw}; });
  hands.work();
  EXPECT_EQ(hands.began.size(), 3u);
  EXPECT_EQ(counts(w, 0).of(Outcome::failed), 3u);
  EXPECT_EQ(outcome_of(w, 0, 50), "cancelled stop:max_failures");
  EXPECT_EQ(w.run_outcome(), "failed exception");
  expect_durable(w);
}

TEST(MaxFailures, may_be_a_part_of_all) {
  World w;
  w.pool(1);
  w.submit(a_plan().thread("a").array(200).max_failures_percent(5).done());
  Hands hands(w, [](AttemptId) { return Ending{Ending::Kind::threw}; });
  hands.work();
  EXPECT_EQ(counts(w, 0).of(Outcome::failed), 11u);
}

TEST(Condition, that_is_false_skips_the_job) {
  World w;
  w.pool(1);
  w.submit(a_plan().thread("a").only_if(a_constant(false)).thread("b").needs("a").done());
  Hands hands(w);
  hands.work();
  EXPECT_EQ(w.outcome(0), "skipped if");
  EXPECT_EQ(w.outcome(1), "succeeded");
  expect_durable(w);
}

TEST(Condition, that_is_no_boolean_fails_the_job_and_says_so) {
  World w;
  w.pool(1);
  w.submit(a_plan().thread("a").only_if(a_constant("text")).done());
  EXPECT_EQ(w.outcome(0), "failed expression");
  EXPECT_NE(w.scheduler.view(1)->jobs[0].message, "");
  expect_durable(w);
}

TEST(Condition, of_tasks_is_asked_one_by_one) {
  World w;
  w.pool(2);
  auto even = an_operation(jobs::Operation::less, {a_name(Of::array_index), a_constant(std::int64_t{10})});
  w.submit(a_plan().thread("a").array(1000).only_if(even).done());
  Hands hands(w);
  hands.work();
  EXPECT_EQ(counts(w, 0).of(Outcome::succeeded), 10u);
  EXPECT_EQ(counts(w, 0).of(Outcome::skipped), 990u);
  EXPECT_EQ(w.run_outcome(), "succeeded");
  EXPECT_LT(w.recorded<record::TasksEnded>(), 3u);
  expect_durable(w);
}

TEST(Condition, of_tasks_that_cannot_be_computed_keeps_the_first_messages_with_their_numbers) {
  World w;
  w.pool(2);
  auto wrong = an_operation(jobs::Operation::negate, {a_name(Of::array_index)});
  wrong.line = 3;
  wrong.column = 17;
  const auto good = an_operation(jobs::Operation::equal, {a_name(Of::array_index), a_constant(std::int64_t{1})});
  w.submit(a_plan().thread("a").array(1000).only_if(an_operation(jobs::Operation::either, {good, wrong})).done());
  Hands hands(w);
  hands.work();
  EXPECT_EQ(counts(w, 0).of(Outcome::succeeded), 1u);
  EXPECT_EQ(counts(w, 0).of(Outcome::failed), 999u);
  const auto message = w.scheduler.view(1)->jobs[0].message;
  EXPECT_TRUE(message.starts_with("task 0: its `if` (3:17): ")) << message;
  EXPECT_NE(message.find("\ntask 2: its `if` (3:17): "), std::string::npos) << message;
  EXPECT_EQ(message.find("task 1:"), std::string::npos) << message;
  EXPECT_LE(message.size(), limits::kMessageBytes);
  expect_durable(w);
}

jobs::Plan with_hooks() {
  return a_plan()
      .thread("a")
      .thread("good")
      .hook(jobs::Hook::on_success)
      .thread("bad")
      .hook(jobs::Hook::on_failure)
      .thread("cut")
      .hook(jobs::Hook::on_cancel)
      .thread("always")
      .hook(jobs::Hook::on_exit)
      .done();
}

TEST(Hooks, of_a_success) {
  World w;
  w.pool(4);
  w.submit(with_hooks());
  Hands hands(w);
  hands.work();
  ASSERT_EQ(hands.began.size(), 3u);
  EXPECT_EQ(hands.began[1].task.job, 1u);
  EXPECT_EQ(hands.began[2].task.job, 4u);
  EXPECT_EQ(w.outcome(2), "skipped if");
  EXPECT_EQ(w.run_outcome(), "succeeded");
  expect_durable(w);
}

TEST(Hooks, of_a_failure_do_not_change_it_though_they_fail) {
  World w;
  w.pool(4);
  w.submit(with_hooks());
  Hands hands(w, [](AttemptId a) { return Ending{a.task.job == 4 ? Ending::Kind::returned : Ending::Kind::threw}; });
  hands.work();
  ASSERT_EQ(hands.began.size(), 3u);
  EXPECT_EQ(hands.began[1].task.job, 2u);
  EXPECT_EQ(w.outcome(2), "failed exception");
  EXPECT_EQ(w.run_outcome(), "failed exception");
  expect_durable(w);
}

TEST(Hooks, of_a_cancel_run_after_it_and_only_now_ends_them) {
  World w;
  w.pool(4);
  w.submit(with_hooks());
  const auto starts = w.all<action::StartAttempt>();
  w.turn(event::CancelRun{1});
  AttemptReport r;
  r.started = r.ended = w.now.mono;
  r.ending = stopped_by(StopCause::cancel_user);
  w.turn(event::Finished{starts[0].worker, starts[0].attempt, r});
  const auto hooks = w.all<action::StartAttempt>();
  ASSERT_EQ(hooks.size(), 1u);
  EXPECT_EQ(hooks[0].attempt.task.job, 3u);
  w.turn(event::CancelRun{1});
  EXPECT_TRUE(w.all<action::StopAttempt>().empty());
  w.turn(event::CancelRun{1, StopCause::cancel_user, true});
  EXPECT_EQ(w.all<action::StopAttempt>().size(), 1u);
  w.turn(event::Finished{hooks[0].worker, hooks[0].attempt, r});
  EXPECT_EQ(w.run_outcome(), "cancelled cancel:user");
  EXPECT_EQ(w.outcome(4), "cancelled cancel:user");
}

TEST(Hooks, begin_in_the_next_life_when_the_verdict_was_the_last_word) {
  World w;
  w.pool(4);
  w.submit(with_hooks());
  w.finish(0, {Ending::Kind::threw});
  Scheduler next = replayed(w.journal);
  Effects out;
  next.step(event::Recovered{1}, w.now, out);
  next.step(event::WorkerUp{{1, 2}, {4, 0, 4, 0, 0}, {}}, w.now, out);
  next.settle(w.now, out);
  EXPECT_EQ(next.check(), "");
  std::size_t starts = 0;
  for (const Action& a : out.actions)
    if (const auto* s = std::get_if<action::StartAttempt>(&a)) {
      ++starts;
      EXPECT_EQ(s->attempt.task.job, 2u);
    }
  EXPECT_EQ(starts, 1u);
}

TEST(Retry, of_what_failed_leaves_out_the_tasks_that_are_done) {
  World w;
  w.pool(4);
  Terms terms;
  terms.retry_of = 41;
  terms.done_tasks = {{0, 0, 300}, {0, 301, 699}};
  w.submit(a_plan().thread("a").array(1000).done(), terms);
  Hands hands(w);
  hands.work();
  ASSERT_EQ(hands.began.size(), 1u);
  EXPECT_EQ(hands.began[0].task.task, 300u);
  EXPECT_EQ(outcome_of(w, 0, 299), "skipped done:41");
  expect_durable(w);
}

}  // namespace
}  // namespace rota::core
