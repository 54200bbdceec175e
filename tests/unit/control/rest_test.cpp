// What is left of a run: jobs and tasks that are done again, and the plan that is theirs alone.
#include "scheduler/control/rest.h"

#include <gtest/gtest.h>

#include "jobs/model/formula_text.h"
#include "tests/unit/jobs/loading.h"

namespace rota::control {
namespace {

Result<std::vector<core::TaskView>> nobody(const core::JobView&) { return fail(Code::internal, "was not to be asked"); }

/// A view of the plan in which all has succeeded; `bad` names the outcomes of the others.
struct Bad {
  JobIndex job;
  TaskIndex task;
  Outcome outcome;
};
core::RunView view_of(const jobs::Plan& plan, const std::vector<Bad>& bad) {
  core::RunView view;
  view.summary.run = 7;
  view.summary.outcome = Outcome::failed;
  for (JobIndex j = 0; j < plan.jobs.size(); ++j) {
    core::JobView job;
    job.index = j;
    job.id = plan.jobs[j].id.text();
    job.shape = plan.jobs[j].shape;
    job.hook = plan.jobs[j].hook;
    for (TaskIndex t = 0; t < plan.jobs[j].task_count(); ++t) {
      auto& task = job.tasks.emplace_back();
      task.index = t;
      task.state = core::TaskState::finished;
      task.outcome = Outcome::succeeded;
      for (const auto& b : bad)
        if (b.job == j && b.task == t) task.outcome = b.outcome;
      auto& attempt = task.attempts.emplace_back();
      attempt.outcome = task.outcome;
      attempt.report.outputs = {{"k", Value(std::int64_t{40} + t)}};
      ++job.counts.total;
      ++job.counts.by_state[static_cast<std::size_t>(task.state)];
      ++job.counts.by_outcome[static_cast<std::size_t>(*task.outcome)];
    }
    view.jobs.push_back(std::move(job));
  }
  return view;
}

const char* const kFile =
    "jobs:\n"
    "  a: {run: x, outputs: {k: int}}\n"
    "  b: {run: x, array: '100..109', needs: a}\n"
    "  c: {command: [echo, '${{ needs.a.outputs.k }} of ${{ needs.a.outcome }}'], needs: [a, b]}\n";

TEST(Rest, of_an_array_what_is_done_is_not_done_again) {
  const auto plan = jobs::test::plan(kFile);
  const auto view =
      view_of(plan, {{1, 3, Outcome::failed}, {1, 4, Outcome::cancelled}, {2, 0, Outcome::upstream_failed}});
  const auto all = what_is_done({plan, {}, view}, {.run = 7}, nobody).value();
  EXPECT_EQ(all.jobs, (std::vector<JobIndex>{0}));
  EXPECT_EQ(all.tasks, (std::vector<core::TaskSpan>{{1, 0, 3}, {1, 5, 5}}));
  EXPECT_EQ(tasks_left(plan, all), 3u);
  const auto failed = what_is_done({plan, {}, view}, {.run = 7, .failed_only = true}, nobody).value();
  EXPECT_EQ(failed.tasks, (std::vector<core::TaskSpan>{{1, 0, 3}, {1, 4, 6}})) << "not what was cancelled";
}

TEST(Rest, a_job_that_is_named_is_done_again_whole_and_what_needs_it_by_wish) {
  const auto plan = jobs::test::plan(kFile);
  const auto view = view_of(plan, {});
  auto done = what_is_done({plan, {}, view}, {.run = 7, .job = "b"}, nobody).value();
  EXPECT_EQ(done.jobs, (std::vector<JobIndex>{0, 2}));
  EXPECT_TRUE(done.tasks.empty());
  done = what_is_done({plan, {}, view}, {.run = 7, .job = "a", .downstream = true}, nobody).value();
  EXPECT_TRUE(done.jobs.empty());
  EXPECT_EQ(what_is_done({plan, {}, view}, {.run = 7}, nobody).error().code, Code::refused);
}

TEST(Rest, a_job_that_stands_for_those_of_a_file_is_done_again_with_them) {
  const auto plan = jobs::test::plan(
      "jobs:\n"
      "  a: {run: x}\n"
      "  u.x: {run: x, array: 3, needs: a}\n"
      "  u.y: {run: x, needs: u.x}\n"
      "  u: {target: noop, needs: [u.x, u.y]}\n");
  auto view = view_of(plan, {});
  view.jobs[3].stands_for = 2;
  const auto done = what_is_done({plan, {}, view}, {.run = 7, .job = "u"}, nobody).value();
  EXPECT_EQ(done.jobs, (std::vector<JobIndex>{0}));
  EXPECT_TRUE(done.tasks.empty());
}

TEST(Rest, tasks_that_are_named_are_done_again_and_of_each_need_those_at_their_places) {
  const auto plan = jobs::test::plan(
      "jobs:\n"
      "  a: {run: x, array: '100..109'}\n"
      "  b: {run: x, array: 10, needs: {a: each}}\n"
      "  c: {run: x, array: 10, needs: {b: each}}\n"
      "  whole: {run: x, needs: b}\n"
      "  both: {run: x, array: 10, needs: {c: each, whole: success}}\n"
      "  apart: {run: x, array: 10}\n");
  const auto view = view_of(plan, {{0, 4, Outcome::failed}, {5, 0, Outcome::failed}});
  const auto done = what_is_done({plan, {}, view},
                                 {.run = 7, .job = "a", .downstream = true, .tasks = "[102-104,109]"}, nobody)
                        .value();
  EXPECT_EQ(done.jobs, (std::vector<JobIndex>{5}));
  std::vector<core::TaskSpan> others;
  for (const JobIndex j : {0u, 1u, 2u}) {
    others.push_back({j, 0, 2});
    others.push_back({j, 5, 4});
  }
  EXPECT_EQ(done.tasks, others) << "`whole` needs all of b, and so `both` is done again whole";
  const auto failed =
      what_is_done({plan, {}, view}, {.run = 7, .failed_only = true, .job = "a", .tasks = "[102-109]"}, nobody).value();
  EXPECT_EQ(failed.tasks, (std::vector<core::TaskSpan>{{0, 0, 4}, {0, 5, 5}}));
  const auto none =
      what_is_done({plan, {}, view}, {.run = 7, .failed_only = true, .job = "a", .tasks = "[105-109]"}, nobody);
  EXPECT_EQ(none.error().code, Code::refused);
  EXPECT_NE(none.error().what.find("nothing of 7/a[105-109] failed"), std::string::npos) << none.error().what;
  EXPECT_EQ(what_is_done({plan, {}, view}, {.run = 7, .job = "a", .tasks = "[9]"}, nobody).error().code,
            Code::not_found);
  EXPECT_EQ(what_is_done({plan, {}, view}, {.run = 7, .tasks = "[102]"}, nobody).error().code, Code::invalid)
      << "of which job?";
}

TEST(Rest, a_view_that_holds_too_little_is_asked_for_more) {
  const auto plan = jobs::test::plan(kFile);
  auto view = view_of(plan, {{1, 3, Outcome::failed}, {1, 9, Outcome::cancelled}});
  const auto all = view.jobs[1].tasks;
  view.jobs[1].tasks.resize(5);
  unsigned asked = 0;
  const auto done = what_is_done({plan, {}, view}, {.run = 7}, [&](const core::JobView&) {
                      ++asked;
                      return Result<std::vector<core::TaskView>>(all);
                    }).value();
  EXPECT_EQ(asked, 1u);
  EXPECT_EQ(done.tasks, (std::vector<core::TaskSpan>{{1, 0, 3}, {1, 4, 5}}));
}

TEST(Rest, another_file_does_again_what_it_does_otherwise_with_all_that_needs_it) {
  const auto plan = jobs::test::plan("jobs: {a: {run: x}, b: {run: y}, c: {run: z, needs: b}, gone: {run: w}}");
  const auto other = jobs::test::plan("jobs: {fresh: {run: n}, c: {run: z, needs: b}, b: {run: changed}, a: {run: x}}");
  const Done done{{0, 1, 2, 3}, {}, {}};
  const auto now = done_in(other, plan, done);
  EXPECT_EQ(now.jobs, (std::vector<JobIndex>{3})) << "a alone is as it was";
  EXPECT_EQ(done_in(plan, plan, done).jobs, done.jobs);
}

TEST(Rest, a_plan_of_the_rest_has_values_in_place_of_what_is_done) {
  const auto plan = jobs::test::plan(kFile);
  const auto rest = rest_of({plan, {}, view_of(plan, {{2, 0, Outcome::failed}})}, nobody).value();
  ASSERT_EQ(rest.jobs.size(), 1u);
  EXPECT_TRUE(rest.jobs[0].needs.empty());
  ASSERT_EQ(rest.jobs[0].late.size(), 1u);
  jobs::each_name(rest.jobs[0].late[0].value, [](const jobs::LateName&) { ADD_FAILURE() << "no name is left"; });
  EXPECT_NE(jobs::formula_text(rest.jobs[0].late[0].value, rest).find("40"), std::string::npos);
}

TEST(Rest, what_is_done_leaves_its_outputs_to_those_that_speak_of_them) {
  const auto plan = jobs::test::plan(kFile);
  const auto view = view_of(plan, {{2, 0, Outcome::failed}});
  core::Terms terms;
  put_into(terms, plan, what_is_done({plan, {}, view}, {.run = 7}, nobody).value());
  ASSERT_EQ(terms.outputs.size(), 1u);
  EXPECT_EQ(terms.outputs[0].values, (ValueMap{{"k", Value(40)}}));
  auto again = view;  // a repetition of the repetition: a was not done in it
  again.jobs[0].tasks[0].attempts.clear();
  core::Terms third;
  put_into(third, plan, what_is_done({plan, terms, again}, {.run = 8}, nobody).value());
  ASSERT_EQ(third.outputs.size(), 1u);
  EXPECT_EQ(third.outputs[0].values, terms.outputs[0].values);
}

Result<jobs::Plan> left(const jobs::Plan& plan, JobIndex job, const std::vector<TaskIndex>& tasks) {
  std::vector<Bad> bad;
  for (const auto t : tasks) bad.push_back({job, t, Outcome::failed});
  return rest_of({plan, {}, view_of(plan, bad)}, nobody);
}
std::string condition_of(const jobs::Plan& plan) {
  return plan.jobs[0].condition ? jobs::formula_text(*plan.jobs[0].condition, plan) : "";
}

TEST(Rest, of_an_array_an_even_range_is_left_or_a_condition_tells_which_tasks_are) {
  const auto plan = jobs::test::plan(kFile);
  EXPECT_EQ(std::get<jobs::Array>(left(plan, 1, {7})->jobs[0].shape), (jobs::Array{107, 1, 1}));
  EXPECT_EQ(std::get<jobs::Array>(left(plan, 1, {1, 4, 7})->jobs[0].shape), (jobs::Array{101, 3, 3}));
  EXPECT_EQ(std::get<jobs::Array>(left(plan, 1, {0, 1, 2})->jobs[0].shape), (jobs::Array{100, 1, 3}));
  const auto odd = left(plan, 1, {1, 2, 5});
  ASSERT_TRUE(odd) << odd.error().what;
  EXPECT_EQ(std::get<jobs::Array>(odd->jobs[0].shape), (jobs::Array{100, 1, 10})) << "as it was";
  EXPECT_EQ(condition_of(*odd), "array.index >= 101 && array.index <= 102 || array.index == 105");
}

TEST(Rest, an_array_that_counts_its_tasks_or_is_needed_task_by_task_keeps_its_size) {
  const auto plan = jobs::test::plan(
      "jobs:\n"
      "  a: {command: [echo, '${{ array.count }}'], array: 6, if: \"array.index != 3\"}\n"
      "  b: {run: x, array: 6, needs: {a: each}}\n"
      "  c: {run: x, array: 6, max_failures: 50%}\n");
  const auto rest = left(plan, 0, {4, 5}).value();
  EXPECT_EQ(rest.jobs[0].task_count(), 6u);
  EXPECT_EQ(condition_of(rest), "array.index != 3 && (array.index >= 4 && array.index <= 5)");
  const auto second = left(plan, 1, {4, 5}).value();
  EXPECT_EQ(second.jobs[0].id.text(), "b");
  EXPECT_TRUE(second.jobs[0].needs.empty()) << "all of a is done";
  EXPECT_EQ(std::get<jobs::Array>(second.jobs[0].shape), (jobs::Array{4, 1, 2}));
  EXPECT_EQ(condition_of(second), "");
  EXPECT_EQ(left(plan, 2, {4, 5})->jobs[0].task_count(), 6u) << "half of six, and not of two";
}

TEST(Rest, of_a_matrix_the_combinations_that_are_left_are_named) {
  const auto plan = jobs::test::plan(
      "jobs: {a: {run: x, matrix: {n: '1..3', os: [l, m], exclude: [{n: 2, os: m}], "
      "include: [{os: m, fast: true}, {n: 9, os: b}]}}}\n");
  const auto rest = left(plan, 0, {1, 5}).value();
  const auto& m = std::get<jobs::Matrix>(rest.jobs[0].shape);
  EXPECT_TRUE(m.axes.empty());
  EXPECT_EQ(m.count, 2u);
  EXPECT_EQ(jobs::matrix_values(rest.jobs[0].shape, 0),
            (ValueMap{{"n", Value(1)}, {"os", Value("m")}, {"fast", Value(true)}}));
  EXPECT_EQ(jobs::matrix_values(rest.jobs[0].shape, 1), (ValueMap{{"n", Value(9)}, {"os", Value("b")}}));
}

TEST(Rest, of_a_large_matrix_those_that_are_done_are_excluded) {
  const auto plan = jobs::test::plan(
      "jobs: {a: {run: x, matrix: {n: '1..20', k: '1..20', exclude: [{n: 1, k: 2}, {n: 20, k: 20}]}}}\n");
  std::vector<TaskIndex> tasks;
  for (TaskIndex t = 0; t < 398; ++t)
    if (t != 0 && t != 5 && t != 397) tasks.push_back(t);
  const auto rest = left(plan, 0, tasks).value();
  const auto& shape = rest.jobs[0].shape;
  EXPECT_EQ(jobs::task_count(shape), 395u);
  EXPECT_EQ(std::get<jobs::Matrix>(shape).excluded, (std::vector<std::uint32_t>{0, 1, 6, 398, 399}));
  for (TaskIndex t = 0; t < 395; ++t)
    EXPECT_EQ(jobs::matrix_values(shape, t), jobs::matrix_values(plan.jobs[0].shape, tasks[t]));
}

TEST(Rest, what_no_file_can_say_is_refused_with_the_reason) {
  const auto refusal = [](const char* file, JobIndex job, const std::vector<TaskIndex>& tasks) {
    const auto plan = jobs::test::plan(file);
    std::vector<Bad> bad;
    for (const auto t : tasks) bad.push_back({job, t, Outcome::failed});
    for (JobIndex j = job + 1; j < plan.jobs.size(); ++j)
      for (TaskIndex t = 0; t < plan.jobs[j].task_count(); ++t) bad.push_back({j, t, Outcome::upstream_failed});
    const auto rest = rest_of({plan, {}, view_of(plan, bad)}, nobody);
    return rest ? std::string("it says it") : rest.error().what;
  };
  EXPECT_NE(refusal("jobs:\n  a: {run: x, array: 3, outputs: [k]}\n"
                    "  b: {command: [echo, '${{ needs.a.outputs.k }}'], needs: a}\n",
                    0, {1})
                .find("job 'b' wants the outputs of all tasks of 'a', of which some are done"),
            std::string::npos);
  EXPECT_NE(refusal("jobs:\n  a: {run: x, array: 3, outputs: [k]}\n"
                    "  b: {command: [echo, '${{ needs.a.outputs.k }}'], array: 3, needs: {a: each}}\n",
                    1, {1})
                .find("job 'b' wants in each task what the same task of 'a' left, which is done"),
            std::string::npos);
  EXPECT_NE(refusal("jobs:\n  a: {run: x, matrix: {n: [1, 2, 3]}}\n  b: {run: x, array: 3, needs: {a: each}}\n", 0, {1})
                .find("is a matrix of which some tasks are done, and is needed or needs task by task"),
            std::string::npos);
}

}  // namespace
}  // namespace rota::control
