// The graph of a plan: its steps, its parts, and expressions as they are written.
#include "jobs/model/graph.h"

#include <gtest/gtest.h>

#include "jobs/model/formula_text.h"
#include "tests/unit/jobs/loading.h"

namespace rota::jobs {
namespace {

// a ─ b ─ d,  a ─ c,  e alone
constexpr auto kFile =
    "jobs:\n"
    "  a: {run: x, outputs: [k]}\n"
    "  b: {run: x, needs: a}\n"
    "  c: {command: [echo, '${{ needs.a.outputs.k }}'], needs: {a: completed}}\n"
    "  d: {run: x, needs: [b, e], if: \"needs.e.outcome == 'failed' || always()\"}\n"
    "  e: {run: x}\n"
    "hooks: {on_exit: {run: bye}}\n";

std::vector<std::string> ids(const Plan& plan) {
  std::vector<std::string> out;
  for (const auto& job : plan.jobs) out.push_back(job.id.text());
  return out;
}
using Ids = std::vector<std::string>;

TEST(Graph, a_hook_is_no_job_and_comes_after_all_steps) {
  const auto plan = test::plan(kFile);
  EXPECT_EQ(job_count(plan), 5u);
  EXPECT_EQ(task_count(plan), 5u);
  EXPECT_EQ(levels(plan), (std::vector<std::size_t>{1, 2, 2, 3, 1, 0}));
}

TEST(Graph, arrays_and_matrices_count_with_all_their_tasks) {
  const auto plan = test::plan(
      "jobs: {a: {run: x, array: 1000}, m: {command: [x], matrix: {os: [l, w], n: '1..3'}}, s: {run: x}}");
  EXPECT_EQ(task_count(plan), 1007u);
}

TEST(Graph, only_one_job_comes_with_all_that_it_needs_and_the_hooks) {
  const auto plan = test::plan(kFile);
  EXPECT_EQ(ids(only(plan, "d").value()), (Ids{"a", "b", "d", "e", "hook.on_exit"}));
  EXPECT_EQ(ids(only(plan, "a").value()), (Ids{"a", "hook.on_exit"}));
  const auto none = only(plan, "aa");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Code::not_found);
  EXPECT_NE(none.error().what.find("did you mean 'a'?"), std::string::npos) << none.error().what;
}

TEST(Graph, a_part_speaks_of_the_same_jobs_by_their_new_places) {
  const auto part = only(test::plan(kFile), "d").value();
  ASSERT_EQ(part.jobs.size(), 5u);
  EXPECT_EQ(part.jobs[2].needs, (std::vector<Need>{{1, NeedKind::completed}, {3, NeedKind::completed}}));
  EXPECT_EQ(formula_text(*part.jobs[2].condition, part), "needs.e.outcome == 'failed' || always()");
}

TEST(Graph, what_a_job_takes_with_it_goes_up_or_down) {
  const auto plan = test::plan(kFile);
  JobSet down{true, false, false, false, false, false}, up{false, false, false, true, false, false};
  add_downstream(plan, down);
  add_upstream(plan, up);
  EXPECT_EQ(down, (JobSet{true, true, true, true, false, false}));
  EXPECT_EQ(up, (JobSet{true, true, false, true, true, false}));
}

class Written : public ::testing::TestWithParam<const char*> {};

// Of a matrix job with a need, so that every name may be spoken of.
std::string again(const std::string& expression) {
  const auto plan = test::plan("jobs: {a: {run: x, outputs: {k: int, s: string}}, m: {command: [x], needs: a, matrix: "
                               "{os: [l, w], n: '1..3'}, if: \"" +
                               expression + "\"}}");
  return plan.jobs.size() < 2 || !plan.jobs[1].condition ? "" : formula_text(*plan.jobs[1].condition, plan);
}

TEST_P(Written, an_expression_reads_back_as_it_is_written) {
  const auto text = again(GetParam());
  EXPECT_EQ(text, GetParam());
  EXPECT_EQ(again(text), text);
}

INSTANTIATE_TEST_SUITE_P(Expressions, Written,
                         ::testing::Values("needs.a.outputs.k > 3", "!(matrix.n == 2)",
                                           "matrix.os == 'l' && (matrix.n < 2 || needs.a.outputs.k == 1)",
                                           "matrix.os == 'it''s'", "contains(needs.a.outputs.s, 'x')",
                                           "needs.a.outputs.k + matrix.n >= 4", "success() || job.attempt == 1",
                                           "starts_with(format('{0}-{1}', matrix.os, matrix.n), 'l-')",
                                           "hash(needs.a.outputs.s) != 'x'"));

}  // namespace
}  // namespace rota::jobs
