// Every kind of waiting and every kind of end, brought about one by one.
#include <cerrno>
#include <functional>
#include <map>
#include <set>

#include "tests/unit/core/a_world.h"

namespace rota::core {
namespace {

/// What a task is asked that waits for it: the kinds that waiting() gives.
using Scene = std::function<std::vector<Reason>()>;

std::vector<Reason> of_job(const jobs::Plan& plan, JobIndex job, Terms terms = {}) {
  World w;
  w.launcher(1);
  w.submit(plan, std::move(terms));
  return w.waits(job);
}

using Scenes = std::map<ReasonKind, Scene>;

Scenes waits_for_others() {
  return {
      {ReasonKind::dep, [] { return of_job(a_plan().job("a").job("b").needs("a").done(), 1); }},
      {ReasonKind::hold, [] { return of_job(a_plan().job("a").done(), 0, {.hold = true}); }},
      {ReasonKind::paused,
       [] {
         World w;
         w.submit(a_plan().job("a").done());
         w.turn(event::Pause{1, {}, false, true, "anna"});
         return w.waits(0);
       }},
      {ReasonKind::begin, [] { return of_job(a_plan().job("a").done(), 0, {.begin = {6'000'000'000'000}}); }},
      {ReasonKind::after,
       [] {
         World w;
         w.submit(a_plan().job("a").done());
         w.submit(a_plan().job("a").done(), {.after = {1}});
         return w.waits(0, 2);
       }},
      {ReasonKind::concurrency,
       [] {
         World w;
         jobs::Plan plan = a_plan().job("a").done();
         plan.concurrency.group = "g";
         w.submit(plan);
         w.submit(plan);
         return w.waits(0, 2);
       }},
      // A backoff tells how the last try ended.
      {ReasonKind::exit,
       [] {
         World w;
         w.launcher(1);
         w.submit(a_plan().job("a").retry(1).done());
         w.start(0);
         w.exit(0, 7);
         return w.waits(0);
       }},
  };
}

Scenes waits_for_room() {
  return {
      {ReasonKind::slots, [] { return of_job(a_plan().job("a").job("b").done(), 1); }},
      {ReasonKind::max_parallel,
       [] {
         World w;
         w.launcher(4);
         w.submit(a_plan().job("a").job("b").max_parallel(1).done());
         return w.waits(1);
       }},
      {ReasonKind::job_parallel,
       [] {
         World w;
         w.launcher(4);
         w.submit(a_plan().job("a").array(2).job_parallel(1).done());
         return w.scheduler.waiting({1, 0, 1}, w.now);
       }},
      {ReasonKind::command_slots,
       [] {
         World w;
         w.turn(event::Bounds{1});
         w.pool(4);
         w.submit(a_plan().thread("a").command().thread("b").command().done());
         return w.waits(1);
       }},
      {ReasonKind::processes,
       [] {
         World w;
         w.launcher(1);
         w.submit(a_plan().job("a").done());
         w.turn(event::Shortage{World::kLauncher, false, EAGAIN});
         return w.waits(0);
       }},
      {ReasonKind::recovering,
       [] {
         World w;
         w.launcher(1);
         w.submit(a_plan().job("a").done());
         w.start(0);
         w.turn(event::Recovered{2});
         return w.waits(0);
       }},
      {ReasonKind::drained,
       [] {
         World w;
         w.turn(event::Admission{ReasonKind::drained});
         w.submit(a_plan().job("a").done());
         return w.waits(0);
       }},
      {ReasonKind::safe_mode,
       [] {
         World w;
         w.turn(event::Admission{ReasonKind::safe_mode});
         w.submit(a_plan().job("a").done());
         return w.waits(0);
       }},
  };
}

Scenes waits() {
  Scenes all = waits_for_others();
  all.merge(waits_for_room());
  return all;
}

TEST(WaitingReasons, each_is_what_a_task_in_it_is_told_to_wait_for) {
  for (const auto& [kind, scene] : waits()) {
    const auto told = scene();
    ASSERT_FALSE(told.empty()) << to_text(Reason{kind, 0});
    EXPECT_EQ(told[0].kind, kind) << to_text(told[0]) << " instead of " << to_text(Reason{kind, 0});
  }
}

TEST(WaitingReasons, p02_what_was_granted_and_cannot_be_started_says_so_wherever_it_is_told) {
  World w;
  w.launcher(1);
  w.submit(a_plan().job("a").job("b").done());
  w.turn(event::Shortage{World::kLauncher, false, EAGAIN});
  const Reason why{ReasonKind::processes, EAGAIN};
  EXPECT_EQ(w.task(0).reason, why);
  EXPECT_EQ(w.task(1).reason, why) << "the slot that it waits for is held by one that cannot start";
  EXPECT_EQ(w.waits(1).front(), why);
  EXPECT_EQ(w.scheduler.summary(1)->reason, why);
  w.start(0);
  w.turn(event::Shortage{World::kLauncher, false, 0});
  EXPECT_TRUE(w.waits(0).empty());
  EXPECT_EQ(w.scheduler.summary(1)->reason, Reason{});
  w.exit(0, 0);
  EXPECT_EQ(w.task(0).attempts.size(), 1u) << "no try was used up";
}

TEST(WaitingReasons, p02_what_waits_for_a_worker_that_cannot_be_had_says_so_until_one_is_there) {
  World w;
  w.turn(event::Shortage{std::nullopt, true, ENOMEM});
  w.submit(a_plan().thread("a").job("b").done());
  EXPECT_EQ(w.waits(0).front(), (Reason{ReasonKind::processes, ENOMEM}));
  EXPECT_EQ(w.waits(1).front().kind, ReasonKind::slots) << "launchers can be had";
  EXPECT_EQ(w.scheduler.summary(1)->reason.kind, ReasonKind::processes);
  w.turn(event::Shortage{std::nullopt, true, 0});
  EXPECT_EQ(w.waits(0).front().kind, ReasonKind::slots);
}

/// "outcome reason" of the task that ends so.
using Ends = std::function<std::string(World&)>;

std::string ended(World& w, Ending ending) {
  w.launcher(1);
  w.submit(a_plan().job("a").done());
  w.start(0);
  w.finish(0, ending);
  return w.outcome(0);
}
std::string ended_by(World& w, StopCause cause) {
  return ended(w, stopped_by(cause));
}

using AllEnds = std::map<std::string, Ends>;

AllEnds ends_of_attempts() {
  using Kind = Ending::Kind;
  return {
      {"succeeded", [](World& w) { return ended(w, exited(0)); }},
      {"failed exit:7", [](World& w) { return ended(w, exited(7)); }},
      {"crashed signal:11", [](World& w) { return ended(w, {Kind::signalled, 11}); }},
      {"oom oom", [](World& w) { return ended(w, {Kind::signalled, 9, StopCause::none, false, true}); }},
      {"failed spawn:ENOENT", [](World& w) { return ended(w, {Kind::spawn_failed, 2}); }},
      {"failed exception", [](World& w) { return ended(w, {Kind::threw}); }},
      {"failed bad-call", [](World& w) { return ended(w, {Kind::bad_call}); }},
      {"failed output-value", [](World& w) { return ended(w, {Kind::bad_output}); }},
      {"failed expression", [](World& w) { return ended(w, {Kind::bad_value}); }},
      {"failed secret", [](World& w) { return ended(w, {Kind::no_secret}); }},
      {"failed initializer", [](World& w) { return ended(w, {Kind::unprepared}); }},
      {"timed_out timeout", [](World& w) { return ended_by(w, StopCause::timeout); }},
      {"timed_out timeout:run", [](World& w) { return ended_by(w, StopCause::run_timeout); }},
      {"cancelled cancel:user", [](World& w) { return ended_by(w, StopCause::cancel_user); }},
      {"cancelled cancel:policy", [](World& w) { return ended_by(w, StopCause::cancel_policy); }},
      {"cancelled cancel:fail_fast", [](World& w) { return ended_by(w, StopCause::fail_fast); }},
      {"succeeded not-needed", [](World& w) { return ended_by(w, StopCause::not_needed); }},
      {"failed not-live", [](World& w) { return ended_by(w, StopCause::not_live); }},
      {"failed not-ready", [](World& w) { return ended_by(w, StopCause::not_ready); }},
      {"lost worker-lost",
       [](World& w) {
         w.launcher(1);
         w.submit(a_plan().job("a").done());
         w.start(0);
         w.turn(event::WorkerDown{World::kLauncher, 9, 0, {}, {}, {}, ""});
         return w.outcome(0);
       }},
  };
}

AllEnds ends_without_attempts() {
  return {
      {"upstream_failed dep",
       [](World& w) {
         w.launcher(1);
         w.submit(a_plan().job("a").job("b").needs("a").done());
         w.exit(0, 1);
         return w.outcome(1);
       }},
      {"cancelled stop:policy",
       [](World& w) {
         w.launcher(1);
         w.submit(a_plan().job("a").job("b").on_failure(jobs::FailurePolicy::stop).done());
         w.exit(0, 1);
         return w.outcome(1);
       }},
      {"cancelled stop:max_failures",
       [](World& w) {
         w.launcher(1);
         w.submit(a_plan().job("a").array(3).max_failures(0).done());
         w.exit(0, 1);
         return std::string(to_text(*w.scheduler.outcome({1, 0, 2}))) + " " +
                to_text(w.scheduler.view(1)->jobs[0].tasks[2].reason);
       }},
      {"skipped if",
       [](World& w) {
         w.submit(a_plan().job("a").only_if(test::a_constant(false)).done());
         return w.outcome(0);
       }},
      {"skipped done:41",
       [](World& w) {
         w.submit(a_plan().job("a").job("b").done(), {.retry_of = 41, .done = {0}});
         return w.outcome(0);
       }},
      {"skipped group-full:1",
       [](World& w) {
         jobs::Plan plan = a_plan().job("a").done();
         plan.concurrency = {"g", 1, jobs::Concurrency::WhenFull::skip};
         w.submit(plan);
         w.submit(plan);
         return w.outcome(0, 2);
       }},
      {"cancelled cancel:replaced:2",
       [](World& w) {
         jobs::Plan plan = a_plan().job("a").done();
         plan.concurrency = {"g", 1, jobs::Concurrency::WhenFull::replace};
         w.submit(plan);
         w.submit(plan);
         return w.outcome(0, 1);
       }},
  };
}

AllEnds ends() {
  AllEnds all = ends_of_attempts();
  all.merge(ends_without_attempts());
  return all;
}

TEST(EndReasons, each_is_what_a_task_that_ends_so_is_told_to_have_ended_by) {
  for (const auto& [wanted, scene] : ends()) {
    World w;
    EXPECT_EQ(scene(w), wanted);
  }
}

TEST(EndReasons, what_ends_an_attempt_alone_says_so) {
  World w;
  w.pool(1);
  w.submit(a_plan().thread("a").done());
  w.start(0);
  w.turn(event::ShutDown{});
  w.finish(0, stopped_by(StopCause::shutdown));
  EXPECT_EQ(to_text(w.task(0).attempts[0].reason), "shutdown");
  World other;
  other.pool(1);
  other.submit(a_plan().thread("a").done());
  other.start(0);
  const AttemptId attempt = other.attempt(0);
  other.turn(event::WorkerDown{World::kPool, 11, 0, {attempt}, event::WorkerDown::Guilty{attempt, 11}, {}, ""});
  EXPECT_EQ(to_text(other.task(0).attempts[0].reason), "accused:11");
}

/// Where the others come about: in tests of what brings them about.
TEST(EndReasons, no_kind_is_forgotten) {
  using K = ReasonKind;
  std::set<K> known{K::none, K::shut_down, K::accused};
  const std::set<K> elsewhere{
      K::output, K::coordinator_lost,                              // of launchers, of journals
      K::overlap, K::missed, K::start_deadline, K::runs_queued,    // of occurrences
      K::pool, K::rate, K::res_cpus, K::res_memory,
  };
  for (const auto& [kind, scene] : waits()) known.insert(kind);
  for (const auto& [wanted, scene] : ends())
    for (std::size_t k = 0; k <= static_cast<std::size_t>(K::last_); ++k)
      for (const std::int32_t value : {0, 1, 2, 7, 11, 41}) {
        const auto code = to_text(Reason{static_cast<K>(k), value});
        if (!code.empty() && wanted.ends_with(" " + code)) known.insert(static_cast<K>(k));
      }
  for (std::size_t k = 0; k <= static_cast<std::size_t>(K::last_); ++k) {
    const auto kind = static_cast<K>(k);
    EXPECT_TRUE(known.contains(kind) != elsewhere.contains(kind)) << to_text(Reason{kind, 0});
  }
}

}  // namespace
}  // namespace rota::core
