// Arrays where runs are looked at: lists, pages, the display's board.
#include <gtest/gtest.h>

#include "scheduler/cli/display/block.h"
#include "scheduler/cli/display/board.h"
#include "scheduler/cli/view/causes.h"
#include "scheduler/cli/view/page.h"
#include "scheduler/cli/view/runs.h"
#include "tests/unit/cli/views_of.h"

namespace rota::cli {
namespace {

using namespace testing;

/// Tasks 100 to 119: 0 done, 1 failed, 2 running, the others wait.
core::RunView an_array() {
  auto job = ended_job(0, "render", Outcome::succeeded);
  job.shape = jobs::Array{100, 1, 20};
  job.tasks.front().attempts.back().report.outputs = {{"frames", Value(7)}};
  job.tasks.push_back(ended_job(0, "render", Outcome::failed, {ReasonKind::exit, 7}).tasks.front());
  job.tasks.push_back(running_job(0, "render").tasks.front());
  job.tasks.resize(20);
  for (TaskIndex i = 0; i < 20; ++i) job.tasks[i].index = i;
  for (TaskIndex i = 3; i < 20; ++i) job.tasks[i].reason = {i < 10 ? ReasonKind::slots : ReasonKind::job_parallel, 0};
  return a_run(12, "sweep", {job});
}

TEST(ArrayView, tasks_that_wait_alike_are_one_line) {
  const auto run = an_array();
  const auto text = tasks_table(std::span(&run, 1), "", 100, after(5), {});
  EXPECT_TRUE(has(text, "12/render.100")) << text;
  EXPECT_TRUE(has(text, "12/render.101")) << text;
  EXPECT_TRUE(has(text, "12/render[103-109]")) << text;
  EXPECT_TRUE(has(text, "12/render[110-119]")) << text;
  EXPECT_FALSE(has(text, "more")) << text;
}

TEST(ArrayView, tasks_that_ended_alike_without_a_start_are_one_line) {
  auto run = an_array();
  for (TaskIndex i = 5; i < 20; ++i) {
    auto& task = run.jobs[0].tasks[i];
    task.state = core::TaskState::finished;
    task.outcome = Outcome::cancelled;
    task.reason = {ReasonKind::cancel_user, 0};
  }
  const auto text = tasks_table(std::span(&run, 1), "", 100, after(5), {});
  EXPECT_TRUE(has(text, "12/render[103-104]")) << text;
  EXPECT_TRUE(has(text, "12/render[105-119]")) << text;
  PageExtras extras;
  extras.alike = 15;
  const auto page = task_page(run, run.jobs[0], run.jobs[0].tasks[5], extras, now_after(5), {});
  EXPECT_TRUE(page.starts_with("12/render[105-119]\n")) << page;
  EXPECT_TRUE(has(page, "Tasks: 15, all of them\n     State: cancelled (cancel:user)")) << page;
}

/// Of tasks 100 to 119 some whose condition could not be computed.
core::RunView an_array_with_messages() {
  auto run = an_array();
  for (TaskIndex i = 5; i < 9; ++i) {
    auto& task = run.jobs[0].tasks[i];
    task.state = core::TaskState::finished;
    task.outcome = Outcome::failed;
    task.reason = {ReasonKind::expression, 0};
  }
  run.jobs[0].message = "task 105: its `if` (3:17): wrong\ntask 106: its `if` (3:20): worse";
  return run;
}

TEST(ArrayView, a_condition_that_cannot_be_computed_is_told_of_the_task_that_it_is_of) {
  const auto run = an_array_with_messages();
  const auto& job = run.jobs[0];
  EXPECT_EQ(condition_message(job, job.tasks[5]), "its `if` (3:17): wrong");
  EXPECT_EQ(condition_message(job, job.tasks[6]), "its `if` (3:20): worse");
  EXPECT_EQ(condition_message(job, job.tasks[8]),
            "of this one it is not kept; the first was task 105: its `if` (3:17): wrong");
  EXPECT_EQ(condition_message(job, job.tasks[1]), "") << "it failed by itself";
  EXPECT_TRUE(has(task_page(run, job, job.tasks[6], {}, now_after(5), {}), "Message: its `if` (3:20): worse\n"));
  const auto page = job_page(run, job, {}, now_after(5), {});
  EXPECT_TRUE(has(page, "   Message: task 105: its `if` (3:17): wrong\n            task 106: its `if` (3:20): worse\n"))
      << page;
  const auto causes = causes_text(causes_of(run, job, job.tasks[5]), {});
  EXPECT_EQ(causes, "12/render.105 failed: a value of it could not be computed: its `if` (3:17): wrong\n");
  const auto rows = tasks_table(std::span(&run, 1), "", 100, after(5), {});
  EXPECT_TRUE(has(rows, "12/render.106")) << rows;
}

TEST(ArrayView, a_list_of_tasks_is_bounded_and_says_what_it_leaves_out) {
  auto run = an_array();
  EXPECT_TRUE(has(tasks_table(std::span(&run, 1), "", 2, after(5), {}), "and 18 tasks more")) << "of those in the view";
  run.jobs[0].tasks.resize(3);
  EXPECT_TRUE(has(tasks_table(std::span(&run, 1), "", 100, after(5), {}), "12/render: and 17 more: 17 pending\n"));
}

TEST(ArrayView, the_page_of_an_array_counts_and_shows_its_first_failures) {
  const auto run = an_array();
  const auto text = job_page(run, run.jobs[0], {}, now_after(5), {});
  EXPECT_TRUE(has(text, "array 100..119")) << text;
  EXPECT_TRUE(has(text, "20 tasks: 1 ok, 1 failed, 1 running, 17 pending")) << text;
  EXPECT_TRUE(has(text, "First failures:\n  12/render.101\n")) << text;
  EXPECT_TRUE(has(text, "Running:\n  12/render.102\n")) << text;
  EXPECT_TRUE(has(text, "Outputs:\n  12/render.100  frames=7\n")) << text;
  EXPECT_TRUE(has(run_page(run, {}, now_after(5), {}), "render  1/1/20"));
}

TEST(ArrayView, the_page_of_a_task_has_its_number_and_values) {
  auto run = an_array();
  EXPECT_TRUE(has(task_page(run, run.jobs[0], run.jobs[0].tasks[1], {}, now_after(5), {}), "12/render.101"));
  jobs::Matrix matrix;
  matrix.axes = {{"os", {Value("l"), Value("w")}, 0, 1, 2}, {"n", {}, 1, 1, 10}};
  matrix.count = 20;
  run.jobs[0].shape = matrix;
  EXPECT_TRUE(has(task_page(run, run.jobs[0], run.jobs[0].tasks[11], {}, now_after(5), {}), "Values: os=w, n=2"));
}

TEST(ArrayView, an_array_stands_as_what_waits_and_not_as_those_that_succeeded_first) {
  auto run = an_array();
  auto& job = run.jobs[0];
  job.tasks.resize(1);  // as in the view of a large run, whose first tasks have succeeded
  EXPECT_EQ(standing(job).word, "running") << "one of those that are not shown";
  --job.counts.by_state[static_cast<std::size_t>(core::TaskState::running)];
  EXPECT_EQ(standing(job).code, "PD");
  EXPECT_FALSE(has(jobs_table(std::span(&run, 1), "", after(5), {}), "CD"));
}

TEST(ArrayView, an_array_of_which_a_task_failed_stands_as_failed_when_the_others_have_ended) {
  auto run = an_array();
  auto& job = run.jobs[0];
  EXPECT_EQ(standing(job).word, "running");
  EXPECT_TRUE(standing(job).has_failed);
  for (auto& task : job.tasks) {
    if (task.outcome) continue;
    task.state = core::TaskState::finished;
    task.outcome = Outcome::succeeded;
  }
  EXPECT_EQ(standing(job).word, "failed");
}

TEST(ArrayView, the_attempts_of_an_array_are_not_those_of_one_of_its_tasks) {
  auto run = an_array();
  auto& done = run.jobs[0].tasks[0].attempts;
  const Reason exit{ReasonKind::exit, 1};
  done = {ended_attempt(1, Outcome::failed, exit), ended_attempt(2, Outcome::failed, exit),
          ended_attempt(3, Outcome::succeeded)};
  EXPECT_TRUE(has(run_page(run, {}, now_after(5), {}), "up to 3")) << run_page(run, {}, now_after(5), {});
  run.jobs[0].tasks.resize(2);
  EXPECT_FALSE(has(run_page(run, {}, now_after(5), {}), "ATTEMPTS")) << "of those that are not shown nobody knows";
}

core::Record record(core::Fact fact) { return {std::move(fact), true}; }

TEST(ArrayBoard, counts_the_tasks_of_an_array_and_ends_with_the_last) {
  Board board(std::vector<std::uint32_t>{3, 1});
  const auto start = [&](TaskIndex t) {
    board.apply(record(core::record::Started{{{1, 0, t}, 1}, {1, 1}, 0, after(t + 1)}));
  };
  const auto end = [&](TaskIndex t, Outcome o) {
    core::record::AttemptEnded r{{{1, 0, t}, 1}, {1, 1}, o, {}};
    r.report.started = after(t + 1);
    r.report.ended = after(t + 2);
    r.next = core::record::Next::finished;
    board.apply(record(r));
  };
  EXPECT_EQ(board.tasks(), 4u);
  start(0);
  start(1);
  EXPECT_EQ(board.running(), 2u);
  end(0, Outcome::failed);
  EXPECT_EQ(board.running(), 1u);
  EXPECT_EQ(board.failed(), 1u);
  EXPECT_NE(board[0].phase, Board::Phase::ended);
  end(1, Outcome::succeeded);
  start(2);
  end(2, Outcome::succeeded);
  EXPECT_EQ(board[0].phase, Board::Phase::ended);
  EXPECT_EQ(board[0].outcome, Outcome::failed);
  EXPECT_EQ(board.ended(), 3u);
  EXPECT_EQ(board.running(), 0u);
}

TEST(ArrayBoard, an_array_is_one_bar_with_its_counts) {
  Board board(std::vector<std::uint32_t>{1'000'000});
  board.apply(record(core::record::Started{{{1, 0, 0}, 1}, {1, 1}, 0, after(1)}));
  Roster roster;
  roster.jobs.push_back({"sweep", Mode::thread, false, false, std::nullopt, jobs::Array{0, 1, 1'000'000}});
  roster.longest_name = 5;
  const auto lines = render_block(1, roster, board, after(0), after(3), {{80, 24}, false, false});
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_TRUE(has(lines[0], "0/1,000,000, 1 running")) << lines[0];
  EXPECT_TRUE(has(lines[1], "0/1,000,000 tasks")) << lines[1];
}

}  // namespace
}  // namespace rota::cli
