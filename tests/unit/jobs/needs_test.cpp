// Needs between jobs: names to indices, conditions, daemons, circles.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/unit/jobs/loading.h"

namespace rota::jobs {
namespace {

using test::findings;
using test::plan;
using test::says;
using Needs = std::vector<Need>;

TEST(NeedsField, are_a_name_a_list_or_a_map) {
  const auto p = plan(
      "jobs:\n  a: {run: x, needs: d}\n  b: {run: x, needs: [a, d]}\n  c: {run: x, needs: {b: completed, a: failed, d: "
      "started}}\n  d: {run: x}\n"
      "  e: {run: x, needs: []}\n  f: {run: x, needs: {}}\n");
  EXPECT_EQ(p.jobs.at(0).needs, (Needs{{3, NeedKind::success}}));
  EXPECT_EQ(p.jobs.at(1).needs, (Needs{{0, NeedKind::success}, {3, NeedKind::success}}));
  EXPECT_EQ(p.jobs.at(2).needs, (Needs{{1, NeedKind::completed}, {0, NeedKind::failed}, {3, NeedKind::started}}));
  EXPECT_TRUE(p.jobs.at(4).needs.empty());
  EXPECT_TRUE(p.jobs.at(5).needs.empty());
}

TEST(NeedsField, of_a_daemon_are_readiness_and_start) {
  const auto p = plan(
      "jobs:\n  loud: {run: x, daemon: true, ready: {log: up}}\n  quiet: {run: x, daemon: true}\n"
      "  a: {run: x, needs: [loud, quiet]}\n  b: {run: x, needs: {loud: ready, quiet: ready}}\n  c: {run: x, needs: "
      "{loud: started}}\n");
  EXPECT_EQ(p.jobs.at(2).needs, (Needs{{0, NeedKind::ready}, {1, NeedKind::started}}));
  EXPECT_EQ(p.jobs.at(3).needs, (Needs{{0, NeedKind::ready}, {1, NeedKind::started}}));
  EXPECT_EQ(p.jobs.at(4).needs, (Needs{{0, NeedKind::started}}));
}

TEST(NeedsField, readiness_of_a_job_that_announces_it_can_be_waited_for) {
  EXPECT_EQ(plan("jobs: {a: {run: x, ready: {log: half}}, b: {run: x, needs: {a: ready}}}").jobs.at(1).needs,
            (Needs{{0, NeedKind::ready}}));
  EXPECT_TRUE(says("jobs: {a: {run: x}, b: {run: x, needs: {a: ready}}}", "job 'a' has no 'ready:'"));
}

TEST(NeedsField, y06_a_circle_is_printed_as_a_path) {
  EXPECT_TRUE(says("jobs: {a: {run: x, needs: b}, b: {run: x, needs: a}}", "a -> b -> a"));
  EXPECT_TRUE(says("jobs: {a: {run: x, needs: a}}", "job 'a' needs itself"));
  const auto two =
      findings("jobs: {a: {run: x, needs: b}, b: {run: x, needs: a}, c: {run: x, needs: d}, d: {run: x, needs: c}}");
  EXPECT_EQ(two.size(), 2u);
}

TEST(NeedsField, y06_a_long_circle_is_shortened_and_a_long_chain_is_fine) {
  std::string chain = "jobs:\n  j0: {run: x}\n", circle = "jobs:\n  j0: {run: x, needs: j19999}\n";
  for (int i = 1; i < 20'000; ++i) {
    const auto job = "  j" + std::to_string(i) + ": {run: x, needs: j" + std::to_string(i - 1) + "}\n";
    chain += job;
    circle += job;
  }
  EXPECT_EQ(plan(chain).jobs.size(), 20'000u);
  EXPECT_TRUE(says(circle, "... (19988 more) -> j0"));
}

RC_GTEST_PROP(NeedsField, y06_a_random_graph_is_refused_exactly_when_it_has_a_circle, ()) {
  const auto n = *rc::gen::inRange(1, 8);
  std::vector<std::vector<bool>> reach(static_cast<std::size_t>(n),
                                       std::vector<bool>(static_cast<std::size_t>(n), false));
  std::string yaml = "jobs:\n";
  for (int i = 0; i < n; ++i) {
    yaml += "  j" + std::to_string(i) + ": {run: x, needs: [";
    for (int k = 0; k < n; ++k) {
      if (*rc::gen::inRange(0, 4) != 0) continue;
      yaml += "j" + std::to_string(k) + ", ";
      reach[static_cast<std::size_t>(i)][static_cast<std::size_t>(k)] = true;
    }
    yaml += "]}\n";
  }
  for (auto k = reach.size(); k-- > 0;)
    for (auto& row : reach)
      for (std::size_t j = 0; row[k] && j < row.size(); ++j) row[j] = row[j] || reach[k][j];
  bool circle = false;
  for (std::size_t i = 0; i < reach.size(); ++i) circle = circle || reach[i][i];
  RC_ASSERT(findings(yaml).empty() == !circle);
}

}  // namespace
}  // namespace rota::jobs
