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

TEST(Rest, of_an_array_an_even_range_can_be_left_and_nothing_else) {
  const auto plan = jobs::test::plan(kFile);
  const auto left = [&](const std::vector<TaskIndex>& tasks) {
    std::vector<Bad> bad;
    for (const auto t : tasks) bad.push_back({1, t, Outcome::failed});
    return rest_of({plan, {}, view_of(plan, bad)}, nobody);
  };
  EXPECT_EQ(std::get<jobs::Array>(left({7})->jobs[0].shape), (jobs::Array{107, 1, 1}));
  EXPECT_EQ(std::get<jobs::Array>(left({1, 4, 7})->jobs[0].shape), (jobs::Array{101, 3, 3}));
  EXPECT_EQ(std::get<jobs::Array>(left({0, 1, 2})->jobs[0].shape), (jobs::Array{100, 1, 3}));
  const auto odd = left({1, 2, 5});
  ASSERT_FALSE(odd);
  EXPECT_EQ(odd.error().code, Code::refused);
  EXPECT_NE(odd.error().what.find("job 'b' has tasks left that are no even range"), std::string::npos)
      << odd.error().what;
}

}  // namespace
}  // namespace rota::control
