// Lists of runs, lists of jobs, pages, plans: from values to text.
#include <gtest/gtest.h>

#include "jobs/model/graph.h"
#include "scheduler/cli/view/before.h"
#include "scheduler/cli/view/plan.h"
#include "scheduler/cli/view/page.h"
#include "scheduler/cli/view/runs.h"
#include "scheduler/cli/words.h"
#include "shared/limits.h"
#include "shared/output/lost.h"
#include "tests/unit/cli/views_of.h"

namespace rota::cli {
namespace {

using namespace testing;

TEST(RunsTable, has_a_line_a_run_with_state_and_tasks) {
  const std::vector<core::RunSummary> runs{
      a_run(43, "render", {running_job(0, "a"), ended_job(1, "b", Outcome::succeeded)}).summary,
      a_run(42, "sweep", {ended_job(0, "a", Outcome::succeeded), ended_job(1, "b", Outcome::failed, kExit7)}).summary};
  EXPECT_EQ(runs_table(runs, after(41), {}),
            "RUN  NAME    MODE            ST  TASKS(ok/fail/all)   TIME\n"
            "43   render  thread,process  R   1/0/2               00:41\n"
            "42   sweep   process         F   1/1/2                5.0s\n");
}

TEST(RunsTable, the_reason_appears_when_a_run_has_one) {
  auto run = a_run(1, "x", {ended_job(0, "a", Outcome::cancelled)}).summary;
  run.outcome = Outcome::lost;
  run.reason = {ReasonKind::coordinator_lost, 0};
  const auto text = runs_table(std::vector{run}, after(9), {});
  EXPECT_TRUE(has(text, "REASON")) << text;
  EXPECT_TRUE(has(text, "coordinator-lost")) << text;
  EXPECT_TRUE(has(text, " LO ")) << text;
}

TEST(RunsTable, a_name_with_control_characters_cannot_break_the_table) {
  const auto text = runs_table(std::vector{a_run(1, "a\n\x1b[2J", {running_job(0, "a")}).summary}, after(1), {});
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_FALSE(has(text, "\x1b"));
}

TEST(JobsTable, has_a_line_a_job_and_says_where_it_runs) {
  const std::vector runs{a_run(7, "x", {running_job(0, "a"), ended_job(1, "b", Outcome::failed, kExit7)})};
  const auto text = jobs_table(runs, "", after(11), {});
  EXPECT_TRUE(has(text, "7    a     thread   R   0/0/1               00:10  w3     -\n")) << text;
  EXPECT_TRUE(has(text, "7    b     process  F   0/1/1                2.0s  -      exit:7\n")) << text;
  const auto only = jobs_table(runs, "b", after(11), {});
  EXPECT_FALSE(has(only, "thread")) << only;
}

TEST(RunPage, tells_state_reason_jobs_last_lines_and_the_logs_command) {
  const auto run = a_run(12, "nightly",
                         {ended_job(0, "ok", Outcome::succeeded), ended_job(1, "bad", Outcome::failed, kExit7),
                          ended_job(2, "after", Outcome::upstream_failed, {ReasonKind::dep, 0})});
  const auto page = run_page(run, {{"bad | no\x1b[2J"}, "rota --state-dir /s"}, now_after(60), {});
  EXPECT_TRUE(has(page, "run 12 nightly\n")) << page;
  EXPECT_TRUE(has(page, "State: failed since ")) << page;
  EXPECT_TRUE(has(page, "Took: 5.0s")) << page;
  EXPECT_TRUE(has(page, "3 tasks: 1 ok, 1 failed, 1 upstream_failed")) << page;
  EXPECT_TRUE(has(page, "exit status 7")) << page;
  EXPECT_TRUE(has(page, "a job that it needs did not succeed")) << page;
  EXPECT_TRUE(has(page, "All output: rota --state-dir /s logs 12\n")) << page;
  EXPECT_FALSE(has(page, "\x1b")) << page;
}

TEST(RunPage, a_large_run_lists_what_needs_attention_first) {
  std::vector<core::JobView> jobs;
  for (JobIndex i = 0; i < 500; ++i)
    jobs.push_back(ended_job(i, "job" + std::to_string(i), i == 499 ? Outcome::failed : Outcome::succeeded,
                             i == 499 ? kExit7 : Reason{}));
  const auto page = run_page(a_run(12, "big", std::move(jobs)), {}, now_after(60), {});
  EXPECT_LT(std::count(page.begin(), page.end(), '\n'), 60);
  EXPECT_TRUE(has(page, "job499")) << page;
  EXPECT_TRUE(has(page, "and 460 more: rota ps --jobs 12")) << page;
}

TEST(TaskPage, output_that_the_disk_did_not_take_is_not_told_as_beyond_its_cap) {
  auto job = ended_job(0, "fetch", Outcome::succeeded);
  auto& report = job.tasks[0].attempts[0].report;
  report.output.dropped = 2048;
  output::report_loss(report, std::string(output::kLost) + "write: No space left on device");
  const auto run = a_run(12, "nightly", {job});
  const auto page = task_page(run, run.jobs[0], run.jobs[0].tasks[0], {}, now_after(60), {});
  EXPECT_TRUE(has(page, "(2 KiB more lost: write: No space left on device)")) << page;
  EXPECT_FALSE(has(page, "log.max_bytes")) << page;
}

TEST(TaskPage, of_a_run_whose_coordinator_died_claims_no_time_that_nobody_saw) {
  auto run = a_run(12, "nightly", {ended_job(0, "a", Outcome::lost, {ReasonKind::coordinator_lost, 0})});
  run.summary.outcome = Outcome::lost;
  run.summary.reason = {ReasonKind::coordinator_lost, 0};
  const auto page = run_page(run, {}, now_after(60), {});
  EXPECT_TRUE(has(page, "State: lost, last heard of ")) << page;
  EXPECT_FALSE(has(page, "since")) << page;
  EXPECT_TRUE(has(page, "Took: >5.0s")) << page;
  const auto task = task_page(run, run.jobs[0], run.jobs[0].tasks[0], {}, now_after(60), {});
  EXPECT_TRUE(has(task, "State: lost (coordinator-lost), last heard of ")) << task;
  EXPECT_TRUE(has(task, ", at least 2.0s")) << task;
  EXPECT_TRUE(has(outcome_line(run.summary), " after at least 5.0s")) << outcome_line(run.summary);
}

TEST(TaskPage, tells_every_attempt_with_usage_and_output) {
  auto job = ended_job(0, "fetch", Outcome::succeeded);
  job.tasks[0].attempts = {ended_attempt(1, Outcome::failed, kExit7), ended_attempt(2, Outcome::succeeded)};
  job.tasks[0].attempts[0].report.output.dropped = 1024;
  const auto run = a_run(12, "nightly", {job});
  const auto page = task_page(run, run.jobs[0], run.jobs[0].tasks[0], {{"last"}, "rota"}, now_after(60), {});
  EXPECT_TRUE(has(page, "12/fetch\n")) << page;
  EXPECT_TRUE(has(page,
                  "   1  failed: exit status 7, 2.0s, pid 4711, cpu 1.50s (0.25s of it system), memory 3 MiB, "
                  "switched 1 time, output 12 B (1 KiB more dropped"))
      << page;
  EXPECT_TRUE(has(page, "   2  succeeded, 2.0s")) << page;
  EXPECT_TRUE(has(page, "Last lines:\n  last\n")) << page;
  EXPECT_TRUE(has(page, "All output: rota logs 12/fetch\n")) << page;
}

TEST(TaskPage, a_running_one_says_for_how_long_and_where) {
  const auto run = a_run(12, "x", {running_job(0, "a")});
  const auto page = task_page(run, run.jobs[0], run.jobs[0].tasks[0], {}, now_after(4), {});
  EXPECT_TRUE(has(page, "1  running for 3.0s, worker 3")) << page;
}

jobs::Plan a_plan(std::vector<std::pair<std::string, std::vector<JobIndex>>> jobs) {
  jobs::Plan plan;
  plan.name = *Name::parse("demo");
  plan.settings.resize(1);
  for (const auto& [id, needs] : jobs) {
    jobs::Job job;
    job.id = *Name::parse(id);
    job.action = jobs::TargetCall{"noop"};
    job.mode = Mode::thread;
    for (const auto need : needs) job.needs.push_back({need, jobs::NeedKind::success});
    plan.jobs.push_back(std::move(job));
  }
  return plan;
}

TEST(Plan, levels_follow_the_longest_chain_of_needs) {
  EXPECT_EQ(jobs::levels(a_plan({{"d", {1, 2}}, {"b", {3}}, {"c", {}}, {"a", {}}})),
            (std::vector<std::size_t>{3, 2, 1, 1}));
}

TEST(Plan, is_listed_by_level_with_needs_and_slots) {
  auto plan = a_plan({{"report", {1}}, {"work", {}}});
  plan.max_parallel = 3;
  plan.jobs[1].kwargs = {{"delay", Value("1s")}};
  const auto text = plan_text(plan, 8, {});
  EXPECT_TRUE(has(text, "demo: 2 jobs\n")) << text;
  EXPECT_TRUE(has(text, "4 pool workers")) << text;
  EXPECT_TRUE(has(text, "At most 3 tasks at once")) << text;
  EXPECT_TRUE(has(text, "   1  work    thread  noop(delay=1s)  -\n   2  report  thread  noop()          work\n"))
      << text;
}

TEST(Plan, an_action_is_one_line_whatever_is_in_it) {
  jobs::Job job;
  job.action = jobs::RunText{"\n  make\nmake install\n"};
  EXPECT_EQ(action_text(job, {}), "make ...");
  job.action = jobs::CommandLine{{"echo", "a b", "it's"}};
  job.args = {Value("$x")};
  EXPECT_EQ(action_text(job, {}), "echo 'a b' 'it'\\''s' '$x'");
  job.action = jobs::CommandLine{{"a\nb"}};
  EXPECT_FALSE(has(action_text(job, {}), "\n"));
}

TEST(LimitsTable, lists_every_limit) {
  const auto text = limits_text({});
  for (const auto& limit : limits::all()) EXPECT_TRUE(has(text, std::string(limit.name))) << limit.name;
}

TEST(TargetsTable, lists_every_target_with_its_modes) {
  const auto text = targets_text(jobs::catalogue(), {});
  for (const auto& target : jobs::catalogue()) EXPECT_TRUE(has(text, std::string(target.name))) << target.name;
  EXPECT_TRUE(has(text, "delay=")) << text;
}

}  // namespace
}  // namespace rota::cli
