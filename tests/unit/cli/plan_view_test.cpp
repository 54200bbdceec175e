// Plans and graphs for people: tables, trees, DOT.
#include <gtest/gtest.h>

#include "scheduler/cli/view/graph.h"
#include "scheduler/cli/view/plan.h"
#include "tests/unit/cli/views_of.h"
#include "tests/unit/jobs/loading.h"

namespace rota::cli {
namespace {

using namespace testing;

const char* const kFile =
    "jobs:\n"
    "  fetch: {run: 'get ${{ params.what }}', secrets: {TOKEN: {env: MY_TOKEN}}, outputs: {n: int}}\n"
    "  sweep: {command: [x, '${{ matrix.os }}'], needs: fetch, matrix: {os: [l, w], n: '1..2'}, max_failures: 5%}\n"
    "  count: {run: x, array: '100..199', needs: {fetch: completed}, if: 'needs.fetch.outputs.n > 3'}\n"
    "  join: {run: y, needs: [count, sweep]}\n"
    "params: {what: it}\n"
    "hooks: {on_failure: {run: sorry}}\n";

TEST(PlanText, says_tasks_conditions_secrets_and_hooks) {
  const auto text = plan_text(jobs::test::plan(kFile), 8, {});
  EXPECT_TRUE(has(text, "4 jobs, 106 tasks")) << text;
  EXPECT_TRUE(has(text, "needs.fetch.outputs.n > 3")) << text;
  EXPECT_TRUE(has(text, "fetch completed")) << text;
  EXPECT_TRUE(has(text, "  sweep: 4 tasks, matrix of os (2) by n (2)\n    .0  os=l, n=1\n")) << text;
  EXPECT_TRUE(has(text, "    and 1 more\n")) << text;
  EXPECT_TRUE(has(text, "  count: 100 tasks, array 100..199\n")) << text;
  EXPECT_TRUE(has(text, "  TOKEN: the variable MY_TOKEN of the coordinator, for fetch\n")) << text;
  EXPECT_TRUE(has(text, "  on_failure: sorry (if something failed)\n")) << text;
  EXPECT_TRUE(has(text, "max_failures 5%")) << text;
  EXPECT_FALSE(has(text, "hook.on_failure")) << "a hook is in no step: " << text;
  EXPECT_FALSE(has(text, "ROTA_X")) << "what was typed is shown, not what was made of it: " << text;
}

TEST(PlanText, says_how_much_is_kept_of_its_runs) {
  const auto of = [](const std::string& history) {
    return plan_text(jobs::test::plan("history: " + history + "\njobs: {a: {run: x}}\n"), 8, {});
  };
  EXPECT_TRUE(has(of("{keep_runs: 1000, keep_for: 7d, max_log_bytes: 10MiB}"),
                  "Of its finished runs are kept: the newest 1,000, for 7d, up to 10 MiB (history)\n"))
      << of("{keep_runs: 1000, keep_for: 7d, max_log_bytes: 10MiB}");
  EXPECT_FALSE(has(of("{}"), "(history)"));
}

TEST(GraphText, hangs_each_job_below_the_need_that_holds_it_back) {
  EXPECT_EQ(graph_text(jobs::test::plan(kFile), {}),
            "file: 4 jobs, 106 tasks\n\n"
            "fetch\n"
            "|- sweep [4]\n"
            "`- count [100]  (completed; if ...)\n"
            "   `- join  (also after sweep)\n"
            "\nafterwards on_failure: sorry\n");
}

TEST(GraphText, a_deep_graph_is_listed_by_its_steps) {
  std::string yaml = "jobs:\n  j0: {run: x}\n";
  for (int i = 1; i < 2000; ++i)
    yaml += "  j" + std::to_string(i) + ": {run: x, needs: j" + std::to_string(i - 1) + "}\n";
  const auto text = graph_text(jobs::test::plan(yaml), {});
  EXPECT_TRUE(has(text, "  2000  j1999  (after j1998)\n"));
  EXPECT_LT(text.size(), 100'000u);
}

TEST(GraphDot, is_a_digraph_whatever_is_in_names) {
  auto plan = jobs::test::plan(kFile);
  plan.jobs[0].name = "a \"quoted\" \\ name\nof two lines";
  const auto dot = graph_dot(plan);
  EXPECT_TRUE(dot.starts_with("digraph \"file\" {\n")) << dot;
  EXPECT_TRUE(has(dot, R"(j0 [label="fetch\na \"quoted\" \\ name)")) << dot;
  EXPECT_FALSE(has(dot, "name\nof")) << dot;
  EXPECT_TRUE(has(dot, "  j1 [label=\"sweep\\n4 tasks\", peripheries=2];\n")) << dot;
  EXPECT_TRUE(has(dot, "  j0 -> j2 [label=\"completed\"];\n")) << dot;
  EXPECT_TRUE(has(dot, "  j0 -> j1;\n")) << dot;
  EXPECT_TRUE(dot.ends_with("}\n"));
}

}  // namespace
}  // namespace rota::cli
