// Every question that is not a submission: what is answered, when, and what is refused.
#include "tests/api/asking.h"

namespace rota::daemon {
namespace {

namespace answer = control::answer;
namespace ask = control::ask;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view kTwo = "jobs:\n  build: {command: [make]}\n  test: {command: [make, test], needs: build}\n";
constexpr std::string_view kOne = "jobs:\n  a: {command: [x]}\n";
constexpr std::string_view kModes =
    "jobs:\n  p: {command: [x]}\n  t: {target: noop}\n  later: {command: [y], needs: [p, t]}\n";

bool stop_asked(World& world, TaskId task) {
  return test::eventually(test::kPatience,
                          [&] { return world.get<bool>([&] { return world.asked_to_stop.contains(task); }); });
}

TEST(Asks, a_list_has_the_runs_newest_first_and_says_what_is_closed) {
  World world;
  world.submit(kOne);
  world.submit(kTwo);
  auto runs = world.ask_for<answer::Runs>(ask::List{});
  ASSERT_EQ(runs.runs.size(), 2u);
  EXPECT_EQ(runs.runs[0].run, 2u);
  EXPECT_EQ(runs.runs[1].run, 1u);
  EXPECT_EQ(runs.closed, "");
  world.call([&] { world.desk.post(core::event::Admission{ReasonKind::drained}); });
  EXPECT_EQ(world.ask_for<answer::Runs>(ask::List{}).closed, "limit:drain");
}

TEST(Asks, a_view_is_exactly_what_the_coordinator_has_alive_and_folded) {
  World world;
  const RunId run = world.submit(kTwo);
  world.begin({run, 0, 0});
  const auto alive = world.ask_for<answer::View>(ask::View{run});
  EXPECT_EQ(alive.view.jobs[0].tasks[0].state, core::TaskState::running);
  world.call([&] { EXPECT_EQ(wire::encoded(alive.view), wire::encoded(*world.desk.core.view(run))); });
  world.exit({run, 0, 0}, 3);
  const auto folded = world.ask_for<answer::View>(ask::View{run});
  EXPECT_EQ(folded.view.summary.outcome, Outcome::failed);
  world.call([&] { EXPECT_EQ(wire::encoded(folded.view), wire::encoded(world.desk.history.at(run).view)); });
  EXPECT_EQ(world.refused(ask::View{77}).error.code, Code::not_found);
}

TEST(Asks, a_cancel_of_a_run_is_answered_when_nothing_of_it_lives_with_the_rung_of_each) {
  World world;
  const RunId run = world.submit(kModes);
  world.begin({run, 0, 0});
  world.begin({run, 1, 0});
  Asking cancel(world, ask::Cancel{std::to_string(run), {}, false, "wrong file"});
  ASSERT_TRUE(stop_asked(world, {run, 0, 0}));
  world.finish({run, 0, 0}, {Ending::Kind::signalled, 9, StopCause::cancel_user, true});
  EXPECT_FALSE(cancel.answered()) << "one of its tasks is alive";
  world.finish({run, 1, 0}, {Ending::Kind::returned, 0, StopCause::cancel_user});
  const auto stopped = cancel.get<answer::Stopped>();
  ASSERT_EQ(stopped.tasks.size(), 3u);
  EXPECT_EQ(stopped.tasks[0].job, "p");
  EXPECT_EQ(stopped.tasks[0].rung, "killed");
  EXPECT_EQ(stopped.tasks[1].rung, "asked");
  EXPECT_EQ(stopped.tasks[2].rung, "not started");
  for (const auto& task : stopped.tasks) EXPECT_EQ(task.outcome, Outcome::cancelled);
  EXPECT_NE(world.log().find("wrong file"), std::string::npos);
}

TEST(Asks, a_thread_that_had_to_be_taken_with_its_worker_says_so) {
  World world;
  const RunId run = world.submit("jobs:\n  t: {target: noop}\n");
  world.begin({run, 0, 0});
  Asking cancel(world, ask::Cancel{"last", {}, true, ""});
  ASSERT_TRUE(stop_asked(world, {run, 0, 0}));
  world.call([&] { world.desk.post(core::event::WorkerDown{World::kPool, 9, 0, {{{run, 0, 0}, 1}}, {}}); });
  EXPECT_EQ(cancel.get<answer::Stopped>().tasks.at(0).rung, "worker replaced");
}

TEST(Asks, a_command_on_a_thread_that_had_to_be_killed_is_told_so) {
  World world;
  const RunId run = world.submit("jobs:\n  t: {run: sleep 1000, mode: thread}\n");
  world.begin({run, 0, 0});
  Asking cancel(world, ask::Cancel{"last", {}, true, ""});
  ASSERT_TRUE(stop_asked(world, {run, 0, 0}));
  AttemptReport report;
  report.ending.kind = Ending::Kind::signalled;
  report.ending.value = SIGKILL;
  report.ending.stopped_by = StopCause::cancel_user;
  report.ending.forced = true;
  world.call([&] { world.desk.post(core::event::Finished{World::kPool, {{run, 0, 0}, 1}, report}); });
  EXPECT_EQ(cancel.get<answer::Stopped>().tasks.at(0).rung, "killed");
}

TEST(Asks, a_task_that_ends_by_itself_before_the_stop_reaches_it_is_told_so) {
  World world;
  const RunId run = world.submit(kOne);
  world.begin({run, 0, 0});
  Asking cancel(world, ask::Cancel{"1", {}, false, ""});
  ASSERT_TRUE(stop_asked(world, {run, 0, 0}));
  world.exit({run, 0, 0}, 0);
  const auto task = cancel.get<answer::Stopped>().tasks.at(0);
  EXPECT_EQ(task.outcome, Outcome::succeeded);
  EXPECT_EQ(task.rung, "ended first");
}

TEST(Asks, a_cancel_of_one_job_leaves_the_others) {
  World world;
  const RunId run = world.submit("jobs:\n  a: {command: [x]}\n  b: {command: [x]}\n");
  world.begin({run, 0, 0});
  world.begin({run, 1, 0});
  Asking cancel(world, ask::Cancel{"1/b", {}, false, ""});
  ASSERT_TRUE(stop_asked(world, {run, 1, 0}));
  EXPECT_FALSE(world.get<bool>([&] { return world.asked_to_stop.contains({run, 0, 0}); }));
  world.finish({run, 1, 0}, {Ending::Kind::signalled, 15, StopCause::cancel_user});
  const auto stopped = cancel.get<answer::Stopped>();
  ASSERT_EQ(stopped.tasks.size(), 1u);
  EXPECT_EQ(stopped.tasks[0].job, "b");
  EXPECT_EQ(world.ask_for<answer::View>(ask::View{run}).view.jobs[0].tasks[0].state, core::TaskState::running);
}

TEST(Asks, a_cancel_with_a_grace_is_a_fact_also_without_its_client) {
  World world;
  const RunId run = world.submit(kOne);
  world.begin({run, 0, 0});
  {
    auto client = world.client();
    EXPECT_FALSE(client.ask(ask::Cancel{"1", milliseconds(50), false, "wrong data"}, {}, milliseconds(1)));
  }
  ASSERT_TRUE(stop_asked(world, {run, 0, 0}));
  EXPECT_LE(world.get<Duration>([&] { return world.grace_of.at({run, 0, 0}); }), milliseconds(50));
  EXPECT_TRUE(world.get<bool>([&] {
    return std::any_of(world.records.begin(), world.records.end(), [](const core::Record& r) {
      const auto* stop = std::get_if<core::record::RunStopping>(&r.fact);
      return r.durable && stop && stop->due == stop->at + milliseconds(50);
    });
  }));
  EXPECT_EQ(core::cancel_reason(world.ask_for<answer::View>(ask::View{run}).view.summary), "wrong data");
  Asking again(world, ask::Cancel{"1", {}, false, ""});
  world.finish({run, 0, 0}, {Ending::Kind::signalled, 9, StopCause::cancel_user, true});
  EXPECT_EQ(again.get<answer::Stopped>().tasks.at(0).rung, "killed");
}

TEST(Asks, a_cancel_says_no_more_than_is_kept) {
  World world;
  world.submit(kOne);
  const std::string most(limits::kCancelReasonBytes, 'x');
  EXPECT_EQ(world.refused(ask::Cancel{"1", {}, false, most + "x"}).error.code, Code::invalid);
  EXPECT_EQ(world.refused(ask::Cancel{"99", {}, false, most}).error.code, Code::not_found);
}

TEST(Asks, a_long_prune_holds_up_nobody_else) {
  World world;
  const RunId run = world.submit(kOne);
  Asking prune(world, ask::Prune{FakeDesk::kSlowPrune, {}, false});
  ASSERT_TRUE(test::eventually(test::kPatience,
                               [&] { return world.get<bool>([&] { return bool(world.desk.slow_prune); }); }));
  EXPECT_EQ(world.ask_for<answer::Runs>(ask::List{}).runs.at(0).run, run);
  world.call([&] { world.desk.slow_prune(answer::Pruned{{3}, 7}); });
  EXPECT_EQ(prune.get<answer::Pruned>().runs, std::vector<RunId>{3});
}

TEST(Asks, a_cancel_of_what_has_ended_or_waits_has_nothing_to_wait_for) {
  World world;
  const RunId run = world.submit(kOne);
  world.begin({run, 0, 0});
  world.exit({run, 0, 0}, 0);
  EXPECT_TRUE(world.ask_for<answer::Stopped>(ask::Cancel{"1", {}, false, ""}).tasks.empty());
  EXPECT_TRUE(world.ask_for<answer::Stopped>(ask::Cancel{"1/a", {}, false, ""}).tasks.empty());
  EXPECT_TRUE(world.ask_for<answer::Stopped>(ask::Cancel{"all", {}, false, ""}).tasks.empty());
  auto held = world.a_submit();
  held.hold = true;
  world.ask(held, kOne);
  EXPECT_EQ(world.ask_for<answer::Stopped>(ask::Cancel{"2", {}, false, ""}).tasks.at(0).rung, "not started");
}

TEST(Asks, selectors_that_mean_nothing_are_refused) {
  World world;
  world.submit(kTwo);
  for (const auto& [text, code] : std::vector<std::pair<std::string, Code>>{{"99", Code::not_found},
                                                                            {"1/nope", Code::not_found},
                                                                            {"1/build.7", Code::not_found},
                                                                            {"1[0]", Code::invalid},
                                                                            {"", Code::invalid},
                                                                            {"x", Code::invalid}}) {
    EXPECT_EQ(world.refused(ask::Cancel{text, {}, false, ""}).error.code, code) << text;
    EXPECT_EQ(world.refused(ask::Kill{text, 15}).error.code, code) << text;
    EXPECT_EQ(world.refused(ask::Hold{text, true}).error.code, code) << text;
    EXPECT_EQ(world.refused(ask::Wait{text, false, ask::Until::done}).error.code, code) << text;
  }
  EXPECT_FALSE(world.get<bool>([&] { return world.asked_to_stop.contains({1, 0, 0}); }));
}

TEST(Asks, last_without_any_run_is_refused_with_the_way_to_find_one) {
  World world;
  const auto refused = world.refused(ask::Wait{"last", false, ask::Until::done});
  EXPECT_EQ(refused.error.code, Code::not_found);
  EXPECT_NE(refused.error.what.find("rota ps -a"), std::string::npos);
}

TEST(Asks, a_signal_goes_to_processes_that_run_and_to_nothing_else) {
  World world;
  const RunId run = world.submit(kModes);
  world.begin({run, 0, 0});
  world.begin({run, 1, 0});
  EXPECT_EQ(world.ask_for<answer::Done>(ask::Kill{"1", 10}).count, 1u);
  world.call([&] {
    ASSERT_EQ(world.desk.signals.size(), 1u);
    EXPECT_EQ(world.desk.signals[0], std::pair(AttemptId{{run, 0, 0}, 1}, 10));
  });
  EXPECT_EQ(world.refused(ask::Kill{"1/t", 10}).error.code, Code::refused);
  EXPECT_EQ(world.refused(ask::Kill{"1/later", 10}).error.code, Code::refused);
  for (const int bad : {0, -1, 65, 1000}) EXPECT_EQ(world.refused(ask::Kill{"1", bad}).error.code, Code::invalid);
}

TEST(Asks, a_hold_keeps_a_run_or_a_job_and_a_release_lets_it_go) {
  World world;
  auto what = world.a_submit();
  what.hold = true;
  world.ask(what, kTwo);
  EXPECT_TRUE(world.ask_for<answer::Runs>(ask::List{}).runs.at(0).held);
  EXPECT_EQ(world.ask_for<answer::Explained>(ask::Explain{1, "build", 0}).reasons.at(0).kind, ReasonKind::hold);
  EXPECT_EQ(world.ask_for<answer::Done>(ask::Hold{"1/test", true}).count, 1u);
  EXPECT_EQ(world.ask_for<answer::Done>(ask::Hold{"1", false}).count, 1u);
  const auto view = world.ask_for<answer::View>(ask::View{1}).view;
  EXPECT_FALSE(view.summary.held);
  EXPECT_FALSE(view.jobs[0].held);
  EXPECT_TRUE(view.jobs[1].held);
  EXPECT_EQ(world.ask_for<answer::Done>(ask::Hold{"1/build,1/test", false}).count, 2u);
}

TEST(Asks, a_pause_is_answered_when_what_can_stand_still_does_and_tells_what_cannot) {
  World world;
  const RunId run = world.submit(kModes);
  const TaskId process{run, 0, 0};
  world.begin(process);
  world.begin({run, 1, 0});
  Asking asking(world, ask::Pause{"1", true, "anna"});
  EXPECT_FALSE(asking.answered()) << "its worker has not said so";
  world.freeze(process, true);
  const auto paused = asking.get<answer::Paused>();
  EXPECT_EQ(paused.attempts, 1u);
  EXPECT_EQ(paused.running, 1u);
  EXPECT_EQ(paused.waiting, 1u);
  const auto view = world.ask_for<answer::View>(ask::View{1}).view;
  EXPECT_EQ(view.summary.paused->by, "anna");
  EXPECT_EQ(view.jobs[0].tasks[0].state, core::TaskState::paused);
  EXPECT_EQ(world.ask_for<answer::Paused>(ask::Pause{"1", true, ""}).attempts, 1u) << "it is so already";
  const auto thread = world.refused(ask::Pause{"1/t", true, ""});
  EXPECT_EQ(thread.error.code, Code::refused);
  EXPECT_NE(thread.error.what.find("1/t runs on a thread"), std::string::npos) << thread.error.what;
  EXPECT_EQ(world.refused(ask::Pause{"1/t", false, ""}).error.code, Code::refused) << "it was not paused";
  Asking resuming(world, ask::Pause{"1", false, "anna"});
  EXPECT_FALSE(resuming.answered());
  world.freeze(process, false);
  EXPECT_EQ(resuming.get<answer::Paused>().attempts, 1u);
  EXPECT_EQ(world.refused(ask::Pause{"1", false, ""}).error.code, Code::refused) << "nothing is paused any more";
}

TEST(Asks, a_pause_that_takes_too_long_says_of_what_and_stays_asked_for) {
  World world([](Server::Options& options) { options.pause_within = std::chrono::milliseconds(1); });
  world.submit(kOne);
  world.begin({1, 0, 0});
  for (const bool pause : {true, false}) {
    const auto late = world.refused(ask::Pause{"1", pause, "anna"});
    EXPECT_EQ(late.error.code, Code::refused);
    EXPECT_NE(late.error.what.find(pause ? "after 1ms 0 of 1 attempts stand still; not yet: 1/a"
                                         : "after 1ms 0 of 1 attempts go on; not yet: 1/a"),
              std::string::npos)
        << late.error.what;
    EXPECT_NE(late.hint.find("stays asked for"), std::string::npos) << late.hint;
    world.freeze({1, 0, 0}, pause);
    const auto task = [&] { return world.ask_for<answer::View>(ask::View{1}).view.jobs[0].tasks[0]; };
    const auto wanted = pause ? core::TaskState::paused : core::TaskState::running;
    EXPECT_TRUE(test::eventually(test::kPatience, [&] { return task().state == wanted; }));
  }
}

TEST(Asks, a_pause_of_what_ends_meanwhile_is_answered) {
  World world;
  world.submit(kOne);
  world.begin({1, 0, 0});
  Asking asking(world, ask::Pause{"1/a", true, ""});
  world.exit({1, 0, 0}, 0);
  EXPECT_EQ(asking.get<answer::Paused>().attempts, 0u);
  EXPECT_EQ(world.refused(ask::Pause{"1", true, ""}).error.code, Code::refused) << "it has ended";
}

TEST(Asks, a_hold_of_a_run_that_has_ended_is_refused) {
  World world;
  world.submit(kOne);
  world.begin({1, 0, 0});
  world.exit({1, 0, 0}, 0);
  EXPECT_EQ(world.refused(ask::Hold{"1", true}).error.code, Code::refused);
}

TEST(Asks, other_terms_are_on_record_when_the_answer_comes_and_refused_where_nothing_is_left) {
  World world;
  auto what = world.a_submit();
  what.priority = 3;
  world.ask(what, kTwo);
  EXPECT_EQ(world.ask_for<answer::View>(ask::View{1}).view.summary.priority, 3);
  EXPECT_EQ(world.ask_for<answer::Done>(ask::Update{"1", 7, 2}).count, 1u);
  const auto summary = world.ask_for<answer::View>(ask::View{1}).view.summary;
  EXPECT_EQ(summary.priority, 7);
  EXPECT_EQ(summary.max_parallel, std::optional<std::uint32_t>(2));
  EXPECT_EQ(world.ask_for<answer::Done>(ask::Update{"1/build,1/test", {}, 1}).count, 2u);
  EXPECT_EQ(world.refused(ask::Update{"1", 101, {}}).error.code, Code::invalid);
  EXPECT_EQ(world.refused(ask::Update{"1", {}, {}}).error.code, Code::invalid);
  EXPECT_EQ(world.refused(ask::Update{"9", 1, {}}).error.code, Code::not_found);
  what.priority = -101;
  const auto refused = world.ask(what, kTwo);
  EXPECT_EQ(std::get<answer::Refused>(refused).error.code, Code::invalid);
}

TEST(Asks, a_submission_to_a_full_group_is_refused_and_leaves_nothing_behind) {
  World world;
  const std::string file = "concurrency: {group: g, when_full: fail}\njobs:\n  a: {command: [x]}\n";
  world.submit(file);
  const auto reply = world.ask(world.a_submit(), file);
  const auto& refused = std::get<answer::Refused>(reply);
  EXPECT_EQ(refused.error.code, Code::refused);
  EXPECT_NE(refused.error.what.find("'g' is full: run 1 of it is alive"), std::string::npos) << refused.error.what;
  EXPECT_NE(refused.hint.find("when_full: queue"), std::string::npos);
  EXPECT_EQ(world.ask_for<answer::Runs>(ask::List{}).runs.size(), 1u);
}

TEST(Asks, an_explanation_of_a_wait_names_the_need_and_of_an_end_its_chain_of_causes) {
  World world;
  world.submit("jobs:\n  a: {command: [x]}\n  b: {command: [x], needs: a}\n  c: {command: [x], needs: b}\n");
  const auto waits = world.ask_for<answer::Explained>(ask::Explain{1, "b", 0});
  EXPECT_EQ(waits.state, core::TaskState::pending);
  ASSERT_FALSE(waits.reasons.empty());
  EXPECT_EQ(waits.reasons[0].kind, ReasonKind::dep);
  world.begin({1, 0, 0});
  world.exit({1, 0, 0}, 7);
  const auto ended = world.ask_for<answer::Explained>(ask::Explain{1, "c", 0});
  EXPECT_EQ(ended.state, core::TaskState::finished);
  const std::vector<Reason> chain{{ReasonKind::dep, 1}, {ReasonKind::dep, 0}, {ReasonKind::exit, 7}};
  EXPECT_EQ(ended.reasons, chain);
  EXPECT_EQ(world.refused(ask::Explain{1, "", 0}).error.code, Code::invalid);
  EXPECT_NE(world.refused(ask::Explain{1, "x", 0}).error.what.find("run 1 has no job 'x'"), std::string::npos);
  EXPECT_EQ(world.refused(ask::Explain{1, "a", 5}).error.code, Code::not_found);
  EXPECT_EQ(world.refused(ask::Explain{9, "a", 0}).error.code, Code::not_found);
}

TEST(Asks, workers_status_and_prune_are_the_desks_words) {
  World world;
  EXPECT_EQ(world.ask_for<answer::Workers>(ask::Workers{}).workers.at(0).kind, "launcher");
  const auto others = world.client();
  const auto status = world.ask_for<answer::Status>(ask::Status{});
  EXPECT_EQ(status.version, "9.9");
  EXPECT_EQ(status.clients, 2u);
  EXPECT_EQ(world.ask_for<answer::Pruned>(ask::Prune{7, {}, false}).bytes, 7u);
  EXPECT_EQ(world.refused(ask::Prune{}).error.what, "how many?");
}

TEST(Asks, a_drain_is_passed_on_both_ways) {
  World world;
  world.ask_for<answer::Done>(ask::Drain{true});
  EXPECT_EQ(world.get<std::optional<bool>>([&] { return world.desk.drained; }), true);
  world.ask_for<answer::Done>(ask::Drain{false});
  EXPECT_EQ(world.get<std::optional<bool>>([&] { return world.desk.drained; }), false);
}

TEST(Asks, a_stop_is_answered_at_once_and_nothing_new_is_taken_up) {
  World world;
  world.submit(kOne);
  world.ask_for<answer::Done>(ask::Stop{false});
  EXPECT_EQ(world.get<std::optional<bool>>([&] { return world.desk.stopped; }), false);
  EXPECT_NE(world.refused(world.a_submit(), kOne).error.what.find("stopping"), std::string::npos);
  EXPECT_EQ(world.refused(ask::Retry{1, false, "", false, ""}).error.code, Code::refused);
  EXPECT_EQ(world.ask_for<answer::Runs>(ask::List{}).runs.size(), 1u);
}

TEST(Asks, a_stop_of_all_is_answered_when_no_run_is_alive) {
  World world;
  world.submit(kOne);
  world.begin({1, 0, 0});
  Asking stop(world, ask::Stop{true});
  ASSERT_TRUE(stop_asked(world, {1, 0, 0}));
  EXPECT_FALSE(stop.answered());
  world.finish({1, 0, 0}, {Ending::Kind::signalled, 15, StopCause::cancel_user});
  stop.get<answer::Done>();
}

TEST(Asks, a_stop_of_all_names_what_survives_it_when_the_server_goes) {
  World world;
  world.submit(kOne);
  world.begin({1, 0, 0});
  Asking stop(world, ask::Stop{true});
  ASSERT_TRUE(stop_asked(world, {1, 0, 0}));
  world.stop();
  EXPECT_EQ(stop.get<answer::Refused>().error.what, "the service stops, but not everything could be ended: run 1");
}

}  // namespace
}  // namespace rota::daemon
