// Text about the service, its workers, what was stopped, what was found, what happened.
#include "scheduler/cli/view/service.h"

#include <gtest/gtest.h>

#include "scheduler/cli/view/event_line.h"
#include "scheduler/cli/view/page.h"
#include "scheduler/cli/view/runs.h"
#include "scheduler/cli/view/tries.h"
#include "tests/support/a_plan.h"
#include "tests/unit/cli/views_of.h"

namespace rota::cli {
namespace {

using namespace testing;
namespace answer = control::answer;

TEST(ServiceNotes, say_recovery_drain_and_safe_mode_and_else_nothing) {
  EXPECT_EQ(recovery_note({7, 7}), "");
  EXPECT_TRUE(has(recovery_note({3, 7}), "recovering 3/7"));
  EXPECT_EQ(closed_note("", "rota"), "");
  EXPECT_TRUE(has(closed_note("limit:drain", "rota"), "`rota daemon drain --off`"));
  EXPECT_TRUE(has(closed_note("limit:safe-mode", "rota"), "safe mode"));
}

answer::Status a_status() {
  answer::Status s;
  s.version = "1.0";
  s.pid = 4711;
  s.epoch = 3;
  s.since = kSubmitted.wall;
  s.state_directory = "/var/lib/rota";
  s.socket = "/run/rota/rotad.sock";
  s.runs = 2;
  s.tasks_running = 1;
  s.tasks_waiting = 1500;
  s.settings = {{"threads", "2 (default)"}};
  return s;
}

TEST(StatusText, tells_who_since_when_what_and_the_settings) {
  const auto text = status_text(a_status(), now_after(60), "rota", {});
  EXPECT_TRUE(has(text, "rotad 1.0\n")) << text;
  EXPECT_TRUE(has(text, "pid 4711 since ")) << text;
  EXPECT_TRUE(has(text, "life 3")) << text;
  EXPECT_TRUE(has(text, "State: up\n")) << text;
  EXPECT_TRUE(has(text, "2 runs, 1 task running, 1,500 waiting\n")) << text;
  EXPECT_TRUE(has(text, "  threads  2 (default)\n")) << text;
}

TEST(StatusText, recovery_comes_before_the_drain_and_neither_is_lost) {
  auto status = a_status();
  status.recovery = {1, 2};
  status.closed = "limit:drain";
  const auto text = status_text(status, now_after(60), "rota", {});
  EXPECT_TRUE(has(text, "State: recovering 1/2")) << text;
  EXPECT_TRUE(has(text, "Admission: drained")) << text;
}

TEST(WorkersTable, has_a_line_a_worker) {
  answer::Workers workers;
  workers.workers = {{{1, 1}, "pool", "up", 100, 4, 2, 7, after(0), ""},
                     {{2, 3}, "launcher", "recovering", 101, 8, 0, 0, after(30), "cgroup"}};
  EXPECT_EQ(workers_table(workers, now_after(60), {}),
            "WORKER  KIND      STATE       PID  SLOTS  BUSY  COROUTINES     UP  TREE\n"
            "w1      pool      up          100      4     2           7  01:00  -\n"
            "w2      launcher  recovering  101      8     0           -  00:30  cgroup\n");
  workers.commands = 3;
  workers.command_slots = 32;
  EXPECT_TRUE(has(workers_table(workers, now_after(60), {}),
                  "\ncommands under thread and async: 3 of 32 slots taken\n"));
}

TEST(StoppedText, many_are_cut_but_never_one_with_a_note) {
  answer::Stopped tasks;
  for (TaskIndex i = 0; i < 100; ++i)
    tasks.tasks.push_back(
        {{1, 0, i}, "1/a." + std::to_string(i), "a", Outcome::cancelled, "asked", i == 99 ? "pid 7 lives on" : ""});
  const auto text = stopped_text(tasks, {});
  EXPECT_TRUE(has(text, "100 tasks ended: 100 asked\n")) << text;
  EXPECT_TRUE(has(text, "1/a.99")) << text;
  EXPECT_TRUE(has(text, "and 59 more\n")) << text;
  EXPECT_EQ(stopped_text({}, {}), "");
  tasks.others = {{"a", Outcome::cancelled, "not started", 900}};
  EXPECT_TRUE(has(stopped_text(tasks, {}), "1,000 tasks ended: 100 asked, 900 not started\n"));
}

TEST(FindingsText, begins_each_line_with_its_grade) {
  const std::vector<control::Finding> findings{{control::Finding::Grade::ok, "socket", "/s"},
                                               {control::Finding::Grade::warn, "free space", "little"},
                                               {control::Finding::Grade::fail, "worker", "no\x1b[2J"}};
  const auto text = findings_text(findings, {});
  EXPECT_TRUE(has(text, "ok    socket      /s\nwarn  free space  little\nfail  worker      no")) << text;
  EXPECT_FALSE(has(text, "\x1b"));
}

std::string line_of(const core::Fact& fact, const EventSubject& subject = {"build", {}}) {
  const auto line = event_line(12, kSubmitted.wall, fact, subject, {});
  EXPECT_TRUE(line.starts_with("    12  ")) << line;
  return line.substr(line.find("  ", 10) + 2);
}

TEST(EventLine, what_is_of_several_tasks_names_their_job_and_no_single_one) {
  namespace r = core::record;
  const EventSubject array{"a", jobs::Array{0, 1, 9}};
  const core::TaskSpan one{0, 7, 1}, some{0, 3, 4};
  EXPECT_EQ(line_of(r::PauseChanged{42, one, false, true, {}, ""}, array), "42/a.7 is to be paused\n");
  EXPECT_EQ(line_of(r::PauseChanged{42, some, false, true, {}, ""}, array), "42/a 4 tasks of it: is to be paused\n");
  EXPECT_EQ(line_of(r::PauseChanged{42, core::TaskSpan{0, 0, 9}, true, false, {}, ""}, array),
            "42/a is to be resumed\n");
  EXPECT_EQ(line_of(r::HoldChanged{42, 0, true, {}}, array), "42/a held\n");
}

TEST(EventLine, every_fact_has_its_words) {
  namespace r = core::record;
  const AttemptId a{{42, 0, 0}, 1};
  auto plan = test::a_plan("nightly").job("build").done();
  core::Terms terms;
  terms.hold = true;
  EXPECT_EQ(line_of(r::Submitted{42, kSubmitted, plan, terms}), "run 42 submitted: nightly, 1 job, held\n");
  EXPECT_EQ(line_of(r::Granted{a, {3, 1}, {}}), "42/build given to w3\n");
  EXPECT_EQ(line_of(r::Started{a, {3, 1}, 99, {}}), "42/build started on w3, pid 99\n");
  EXPECT_EQ(line_of(r::BecameReady{a, {}}), "42/build is ready\n");
  EXPECT_EQ(line_of(r::StopAsked{a, StopCause::timeout, {}}), "42/build asked to stop: its time is up\n");
  EXPECT_EQ(line_of(r::BackoffOver{a.task}), "42/build is tried again\n");
  EXPECT_EQ(line_of(r::TaskEnded{a.task, Outcome::skipped, {ReasonKind::done, 41}, {}}),
            "42/build skipped: left as it ended in run 41\n");
  EXPECT_EQ(line_of(r::RunStopping{42, StopCause::cancel_user, true, {}}),
            "run 42 is being killed: the user asked for it\n");
  EXPECT_EQ(line_of(r::RunStopping{42, StopCause::none, false, {}}),
            "run 42 nothing new is started (failure_policy: stop)\n");
  EXPECT_EQ(line_of(r::HoldChanged{42, 0, true, {}}), "42/build held\n");
  EXPECT_EQ(line_of(r::HoldChanged{42, {}, false, {}}), "run 42 released\n");
  EXPECT_EQ(line_of(r::PauseChanged{42, {}, false, true, {}, "anna"}), "run 42 is to be paused, by anna\n");
  EXPECT_EQ(line_of(r::PauseChanged{42, core::TaskSpan{0, 0, 1}, true, false, {}, ""}), "42/build is to be resumed\n");
  EXPECT_EQ(line_of(r::Frozen{a, true, {}}), "42/build paused\n");
  EXPECT_EQ(line_of(r::Frozen{a, false, {}}), "42/build resumed\n");
  EXPECT_EQ(line_of(r::GateOpened{42, {}}), "run 42 may start\n");
  EXPECT_EQ(line_of(r::RunEnded{42, Outcome::failed, {}, kSubmitted}), "run 42 failed\n");
  EXPECT_EQ(line_of(r::EpochBegan{3, kSubmitted}, {}), "the service began its life 3\n");
  const WallTime occurrence{1'772'323'200'000'000'000};
  EXPECT_EQ(line_of(r::Registered{plan, {}, {}, true, {}}, {}), "nightly registered: 0 schedules\n");
  EXPECT_EQ(line_of(r::Unregistered{"nightly", {}}, {}), "nightly removed from the schedules\n");
  EXPECT_EQ(line_of(r::ScheduleEnabled{"nightly", false, {}}, {}), "nightly disabled\n");
  EXPECT_EQ(line_of(r::Occurred{"nightly", 0, occurrence, 42, {}, {}}, {}),
            "nightly of 2026-03-01T00:00:00.000Z became run 42\n");
  EXPECT_EQ(line_of(r::Occurred{"nightly", 0, occurrence, 0, {ReasonKind::overlap, 0}, {}}, {}),
            "nightly of 2026-03-01T00:00:00.000Z passed over: the run before it was not over (overlap: skip)\n");
}

TEST(EventLine, an_end_tells_why_and_what_comes_next) {
  core::record::AttemptEnded end{{{42, 0, 7}, 2}, {1, 1}, Outcome::failed, {ReasonKind::exit, 7}};
  end.report.started = after(1);
  end.report.ended = after(3);
  end.next = core::record::Next::backoff;
  end.due = after(8);
  EXPECT_EQ(line_of(end, {"build", jobs::Array{0, 1, 10}}),
            "42/build.7 failed: exit status 7, after 2.0s; again in 5.0s\n");
  EXPECT_TRUE(has(line_of(end, {"", {}}), "42/#0 failed")) << "a job whose name is not known";
  end.outcome = Outcome::revoked;
  EXPECT_EQ(line_of(end), "42/build not started: given back to the queue\n");
}

TEST(Tries, are_numbered_without_what_never_started) {
  core::TaskView task;
  task.attempts = {ended_attempt(1, Outcome::revoked), ended_attempt(2, Outcome::failed),
                   ended_attempt(3, Outcome::revoked), ended_attempt(4, Outcome::interrupted),
                   ended_attempt(5, Outcome::succeeded)};
  EXPECT_EQ(tries_of(task), 3u);
  EXPECT_EQ(attempt_of_try(task, 1)->number, 2u);
  EXPECT_EQ(attempt_of_try(task, 3)->number, 5u);
  EXPECT_EQ(attempt_of_try(task, 4), nullptr);
  EXPECT_EQ(attempt_of_try(task, 0), nullptr);
}

TEST(TaskPage, shows_tries_and_dimly_what_never_started) {
  auto job = ended_job(0, "fetch", Outcome::succeeded);
  job.tasks[0].attempts = {ended_attempt(1, Outcome::revoked), ended_attempt(2, Outcome::succeeded)};
  const auto run = a_run(12, "nightly", {job});
  const auto page = task_page(run, run.jobs[0], run.jobs[0].tasks[0], {}, now_after(60), {});
  EXPECT_TRUE(has(page, "   -  not started: given back to the queue\n   1  succeeded")) << page;
}

TEST(RunPage, says_what_it_waits_for_and_what_a_reader_must_know) {
  auto run = a_run(12, "nightly", {running_job(0, "a")});
  run.summary.held = true;
  run.summary.retry_of = 11;
  run.summary.begin = now_after(3600).wall;
  const auto page = run_page(run, {{}, "rota", {"recovering 1/2"}}, now_after(60), {});
  EXPECT_TRUE(has(page, "Held: until `rota release 12`")) << page;
  EXPECT_TRUE(has(page, "Retry of: run 11")) << page;
  EXPECT_TRUE(has(page, "Begin: not before ")) << page;
  EXPECT_TRUE(has(page, "Note: recovering 1/2")) << page;
  EXPECT_TRUE(has(runs_table(std::vector{run.summary}, after(9), {}), "hold:user"));
}

}  // namespace
}  // namespace rota::cli
