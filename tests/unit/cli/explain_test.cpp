// Why: chains of causes, conditions of waiting, and the verb.
#include <gtest/gtest.h>

#include "scheduler/cli/view/causes.h"
#include "scheduler/cli/view/waiting.h"
#include "tests/unit/cli/service_shell.h"

namespace rota::cli {
namespace {

using namespace testing;

const Reason kDep{ReasonKind::dep, 0};

// fetch failed; train needs it, report needs train; other is fine.
core::RunView a_broken_run() {
  auto train = ended_job(1, "train", Outcome::upstream_failed, kDep);
  train.needs = {0};
  auto report = ended_job(2, "report", Outcome::upstream_failed, kDep);
  report.needs = {1, 3};
  return a_run(
      12, "nightly",
      {ended_job(0, "fetch", Outcome::failed, kExit7), train, report, ended_job(3, "other", Outcome::succeeded)});
}

std::string text_of(const core::RunView& run, JobIndex job) {
  return causes_text(causes_of(run, run.jobs[job], run.jobs[job].tasks[0]), {});
}

TEST(Causes, go_back_through_the_needs_to_where_it_began) {
  EXPECT_EQ(text_of(a_broken_run(), 2),
            "12/report upstream_failed: a job that it needs did not succeed\n"
            "  because 12/train upstream_failed: a job that it needs did not succeed\n"
            "    because 12/fetch failed: exit status 7, after 2.0s\n");
}

TEST(Causes, tell_the_last_of_several_tries) {
  auto job = ended_job(0, "fetch", Outcome::failed, kExit7);
  auto taken_back = ended_attempt(2, Outcome::revoked);
  job.tasks[0].attempts = {ended_attempt(1, Outcome::failed, kExit7), taken_back,
                           ended_attempt(3, Outcome::failed, kExit7)};
  EXPECT_EQ(text_of(a_run(12, "x", {job}), 0), "12/fetch failed: exit status 7, on try 2, after 2.0s\n");
}

TEST(Causes, what_brought_down_several_is_named_once) {
  auto left = ended_job(1, "left", Outcome::upstream_failed, kDep);
  auto right = ended_job(2, "right", Outcome::upstream_failed, kDep);
  auto both = ended_job(3, "both", Outcome::upstream_failed, kDep);
  left.needs = right.needs = {0};
  both.needs = {1, 2};
  const auto run = a_run(12, "x", {ended_job(0, "root", Outcome::failed, kExit7), left, right, both});
  EXPECT_EQ(causes_of(run, run.jobs[3], run.jobs[3].tasks[0]).size(), 4u);
}

TEST(Causes, of_a_policy_lead_to_the_first_failure) {
  auto late = ended_job(1, "late", Outcome::cancelled, {ReasonKind::cancel_policy, 0});
  const auto text = text_of(a_run(12, "x", {ended_job(0, "first", Outcome::failed, kExit7), late}), 1);
  EXPECT_TRUE(has(text, "because 12/first failed: exit status 7")) << text;
}

TEST(Causes, a_job_that_waits_for_a_failure_was_skipped_because_of_a_success) {
  auto clean = ended_job(1, "clean", Outcome::skipped, kDep);
  clean.needs = {0};
  const auto text = text_of(a_run(12, "x", {ended_job(0, "work", Outcome::succeeded), clean}), 1);
  EXPECT_TRUE(has(text, "because 12/work succeeded")) << text;
}

TEST(Causes, of_a_task_that_needs_its_own_are_that_one_alone) {
  auto cut = ended_job(0, "cut", Outcome::failed, kExit7);
  cut.shape = jobs::Array{0, 1, 3};
  cut.tasks.resize(3, cut.tasks.front());
  auto encode = ended_job(1, "encode", Outcome::upstream_failed, kDep);
  encode.shape = cut.shape;
  encode.needs = {0};
  encode.tasks.resize(3, encode.tasks.front());
  for (TaskIndex i = 0; i < 3; ++i) cut.tasks[i].index = encode.tasks[i].index = i;
  encode.tasks[0].outcome = Outcome::succeeded;
  auto run = a_run(12, "x", {cut, encode});
  const auto text = causes_text(causes_of(run, run.jobs[1], run.jobs[1].tasks[2]), {});
  EXPECT_NE(text.find("because 12/cut.2 failed"), std::string::npos) << text;
  EXPECT_EQ(text.find("12/cut.1"), std::string::npos) << text;
}

TEST(Causes, stop_at_their_bound) {
  std::vector<core::JobView> jobs{ended_job(0, "root", Outcome::failed, kExit7)};
  for (JobIndex i = 1; i < 300; ++i) {
    jobs.push_back(ended_job(i, "j" + std::to_string(i), Outcome::upstream_failed, kDep));
    jobs.back().needs = {i - 1};
  }
  const auto run = a_run(12, "x", std::move(jobs));
  EXPECT_EQ(causes_of(run, run.jobs[299], run.jobs[299].tasks[0]).size(), kCausesMost);
}

TEST(Causes, the_culprits_are_what_failed_by_itself_and_their_victims_are_counted) {
  const auto run = a_broken_run();
  const auto culprits = culprits_of(run);
  ASSERT_EQ(culprits.size(), 1u);
  EXPECT_EQ(culprits[0].job->id, "fetch");
  EXPECT_EQ(victims_of(run, run.jobs[0]), 2u);
  EXPECT_EQ(victims_of(run, run.jobs[3]), 1u);
}

std::string blocked(const Reason& reason, core::RunView run = a_waiting_run(12, "x")) {
  const auto lines = blocks_of(run, run.jobs[0], run.jobs[0].tasks[0], std::span(&reason, 1), {"rota", now_after(10)});
  return lines.at(0).what + " | " + lines.at(0).remedy;
}

TEST(Waiting, every_condition_has_a_sentence_and_what_would_lift_it) {
  using K = ReasonKind;
  EXPECT_EQ(blocked({K::hold, 0}), "held until somebody releases it | `rota release 12`");
  EXPECT_TRUE(has(blocked({K::after, 11}), "run 11 must end first | `rota show 11`"));
  EXPECT_TRUE(has(blocked({K::slots, 3}), "all slots of mode thread are taken, with about 3 tasks before it"));
  EXPECT_TRUE(has(blocked({K::max_parallel, 0}), "max_parallel"));
  EXPECT_TRUE(has(blocked({K::job_parallel, 0}), "| it starts when a task of 'later' ends"));
  EXPECT_TRUE(has(blocked({K::recovering, 0}), "its launcher has not said yet"));
  EXPECT_TRUE(has(blocked({K::drained, 0}), "`rota daemon drain --off`"));
  EXPECT_TRUE(has(blocked({K::safe_mode, 0}), "safe mode"));
  auto run = a_waiting_run(12, "x");
  run.summary.begin = {now_after(100).wall.ns};
  EXPECT_TRUE(has(blocked({K::begin, 0}, run), ", in 01:30 |")) << blocked({K::begin, 0}, run);
}

std::string told_of(const Reason& reason, core::Block block) {
  const auto run = a_waiting_run(12, "x");
  const auto lines = blocks_of(run, run.jobs[0], run.jobs[0].tasks[0], std::span(&reason, 1),
                               {"rota", now_after(10), std::span(&block, 1)});
  return lines.at(0).what;
}

TEST(Waiting, pools_resources_and_groups_are_told_by_name_and_number) {
  using K = ReasonKind;
  core::Block pool{.name = "gpu", .wanted = 1, .total = 2, .held = 2, .holders = {"3/train", "4/x.7"}, .more = 3};
  EXPECT_EQ(told_of({K::pool, 0}, pool),
            "it waits for a place in pool gpu: 2 of 2 slots are held (by 3/train, 4/x.7 and 3 more)");
  pool.paused = 1;
  EXPECT_TRUE(has(told_of({K::pool, 0}, pool), "(by 3/train, 4/x.7 and 3 more, 1 paused)"));
  pool.paused = 5;
  EXPECT_TRUE(has(told_of({K::pool, 0}, pool), "(by 3/train, 4/x.7 and 3 more, paused)"));
  pool.held = 1;
  pool.kept = true;
  EXPECT_TRUE(has(told_of({K::pool, 0}, pool), "1 of 2 slots are held")) << told_of({K::pool, 0}, pool);
  EXPECT_TRUE(has(told_of({K::pool, 0}, pool), ", and what is free is kept for what waits before it"));
  const core::Block cpus{.name = "cpus", .wanted = 8000, .total = 8000, .held = 6000, .holders = {"3/train"}};
  EXPECT_EQ(told_of({K::res_cpus, 0}, cpus), "it needs 8 cpus, and 6 of 8 are held (by 3/train)");
  const core::Block memory{.name = "memory", .wanted = 1u << 30, .total = 2u << 30, .held = 3u << 29};
  EXPECT_EQ(told_of({K::res_memory, 0}, memory), "it needs 1 GiB of memory, and 1.5 GiB of 2 GiB are held");
  const core::Block group{.name = "deploy", .wanted = 1, .total = 1, .held = 1, .holders = {"41"}};
  EXPECT_EQ(told_of({K::concurrency, 41}, group),
            "run 41 of its concurrency group must end first: 1 of 1 place is held (by run 41) of group 'deploy'");
  const core::Block rate{.name = "api", .wanted = 1, .next = after(12)};
  EXPECT_TRUE(has(told_of({K::rate, 0}, rate), "as many start as its rate allows: the next may start at"));
  EXPECT_TRUE(has(told_of({K::rate, 0}, rate), ", in 2.0s")) << told_of({K::rate, 0}, rate);
}

TEST(Waiting, the_numbers_stand_in_json_in_peoples_units) {
  const auto run = a_waiting_run(12, "x");
  const Reason reason{ReasonKind::res_cpus, 0};
  const core::Block cpus{
      .name = "cpus", .wanted = 1500, .total = 2000, .held = 1000, .holders = {"3/train"}, .more = 1};
  control::Explanation one{"12/later", "queued", {}, {}};
  one.blocks = blocks_of(run, run.jobs[0], run.jobs[0].tasks[0], std::span(&reason, 1),
                         {"rota", now_after(10), std::span(&cpus, 1)});
  const auto json = control::explained_json(std::span(&one, 1));
  EXPECT_TRUE(has(json, R"("about":{"name":"cpus","wanted":1.5,"total":2)")) << json;
  EXPECT_TRUE(has(json, R"("next":null,"holders":["3/train"],"more":1,"paused":0})")) << json;
}

TEST(Waiting, a_held_job_is_released_by_its_name) {
  auto run = a_waiting_run(12, "x");
  run.jobs[0].held = true;
  EXPECT_TRUE(has(blocked({ReasonKind::hold, 0}, run), "`rota release 12/later`"));
}

TEST(Waiting, what_is_paused_says_by_whom_and_what_lets_it_go_on) {
  const Reason paused{ReasonKind::paused, 0};
  auto run = a_waiting_run(12, "x");
  run.jobs[0].paused = core::PauseNote{run.summary.submitted.mono, "anna"};
  EXPECT_TRUE(has(blocked(paused, run), "paused by anna since 20")) << blocked(paused, run);
  EXPECT_TRUE(has(blocked(paused, run), "| `rota resume 12/later` goes on")) << blocked(paused, run);
  run.summary.paused = core::PauseNote{run.summary.submitted.mono, "ben"};
  EXPECT_TRUE(has(blocked(paused, run), "paused by ben since 20"));
  EXPECT_TRUE(has(blocked(paused, run), "| `rota resume 12` goes on"));
  auto alone = a_run(12, "x", {running_job(0, "train")});
  alone.jobs[0].tasks[0].state = core::TaskState::paused;
  alone.jobs[0].tasks[0].paused_by = "anna";
  EXPECT_TRUE(has(blocked(paused, alone), "it stands still: paused by anna since 20")) << blocked(paused, alone);
  EXPECT_TRUE(has(blocked(paused, alone), "| `rota resume 12/train` goes on"));
}

TEST(Waiting, a_need_is_named_with_where_it_is) {
  auto run = a_run(12, "x", {running_job(0, "build"), running_job(1, "test")});
  run.jobs[1].needs = {0};
  run.jobs[1].tasks[0].state = core::TaskState::pending;
  run.jobs[1].tasks[0].attempts.clear();
  const auto reasons = reasons_in(run, run.jobs[1], run.jobs[1].tasks[0]);
  const auto lines = blocks_of(run, run.jobs[1], run.jobs[1].tasks[0], reasons, {"rota", now_after(10)});
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].what, "it needs job 'build', which is running");
  EXPECT_EQ(lines[0].remedy, "`rota explain 12/build` says more of that one");
}

TEST(Waiting, a_backoff_and_a_running_task_say_what_they_do) {
  auto run = a_run(12, "x", {running_job(0, "a")});
  auto& task = run.jobs[0].tasks[0];
  EXPECT_TRUE(
      has(blocks_of(run, run.jobs[0], task, {}, {"rota", now_after(10)}).at(0).what, "it has been running for 9"));
  task.state = core::TaskState::backoff;
  task.attempts = {ended_attempt(1, Outcome::failed, kExit7)};
  task.due = after(15);
  const auto line = blocks_of(run, run.jobs[0], task, {}, {"rota", now_after(10)}).at(0);
  EXPECT_EQ(line.what, "try 1 ended: failed: exit status 7");
  EXPECT_EQ(line.remedy, "it is tried again in 5.0s");
}

TEST(Waiting, what_was_given_to_a_worker_and_is_not_begun_waits_behind_what_that_one_runs) {
  auto run = a_run(12, "x", {running_job(0, "a")});
  auto& task = run.jobs[0].tasks[0];
  task.state = core::TaskState::starting;
  const auto line = [&](int at) { return blocks_of(run, run.jobs[0], task, {}, {"rota", now_after(at)}).at(0).what; };
  EXPECT_EQ(line(1), "it was given to a worker and is about to start");
  EXPECT_EQ(line(34), "it was given to worker w3 00:33 ago and waits there behind what that one runs");
}

TEST(Explain, what_waits_is_asked_of_the_service) {
  ServiceShell shell;
  shell.service.alive = {a_waiting_run(42, "x")};
  shell.service.on<ask::Explain>([](const ask::Explain& e) -> Result<control::Reply> {
    EXPECT_EQ(e.job, "later");
    return control::Reply(answer::Explained{core::TaskState::pending, {{ReasonKind::hold, 0}, {ReasonKind::slots, 0}}});
  });
  const auto e = shell.type({"why", "42/later"});
  EXPECT_EQ(e.exit.code, 0);
  EXPECT_EQ(e.out,
            "42/later pending\n"
            "  held until somebody releases it (hold:user)\n"
            "    `rota release 42`\n"
            "  all slots of mode thread are taken (limit:slots)\n"
            "    it starts when one falls free; `rotad --threads` or `--pool` makes more\n");
  const auto json = shell.type({"explain", "--json", "42"});
  EXPECT_TRUE(has(json.out, R"("explained":[{"id":"42/later","state":"pending","blocks":[{"code":"hold:user")"))
      << json.out;
}

TEST(Explain, a_run_that_ended_is_explained_from_its_culprits) {
  ServiceShell shell;
  shell.service_up = false;
  const auto id = std::to_string(shell.ended_foreground(a_broken_run()));
  const auto e = shell.type({"explain", id});
  EXPECT_TRUE(has(e.out, id + "/fetch failed: exit status 7, after 2.0s\n  for want of it, 2 tasks did not run\n"))
      << e.out;
  EXPECT_FALSE(has(e.out, "/report")) << e.out;
  EXPECT_TRUE(has(shell.type({"explain", id + "/report"}).out, "because " + id + "/train")) << e.out;
  EXPECT_TRUE(
      has(shell.type({"explain", "--json", id + "/report"}).out, R"("depth":2,"outcome":"failed","reason":"exit:7")"));
}

TEST(Explain, a_success_needs_no_explanation) {
  ServiceShell shell;
  const auto id = std::to_string(shell.ended_foreground(a_run(1, "x", {ended_job(0, "a", Outcome::succeeded)})));
  EXPECT_TRUE(has(shell.type({"explain", id}).out, "there is nothing to explain")) << id;
  EXPECT_EQ(shell.type({"explain", "99"}).exit.code, 3);
}

TEST(Explain, a_run_in_a_terminal_is_explained_from_what_it_recorded) {
  ServiceShell shell;
  const auto instance = shell.live_foreground();
  const auto e = shell.type({"explain", std::to_string(instance.run) + "/work"});
  EXPECT_EQ(e.exit.code, 0) << e.err;
  EXPECT_TRUE(has(e.out, "it has been running for")) << e.out;
}

}  // namespace
}  // namespace rota::cli
