// Plans and graphs as JSON: the names are a promise.
#include "scheduler/control/plan_json.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/unit/jobs/loading.h"

namespace rota::control {
namespace {

namespace json = boost::json;

const jobs::Plan& a_plan() {
  static const auto plan = jobs::test::plan(
      "params: {n: 3}\n"
      "max_parallel: 4\n"
      "history: {keep_for: 7d, max_log_bytes: 1KiB}\n"
      "jobs:\n"
      "  fetch: {run: get, outputs: {lines: int}, secrets: {TOKEN: {env: MY_TOKEN}}}\n"
      "  sweep: {command: [x, '${{ matrix.os }}'], needs: fetch, matrix: {os: [l, w], n: '1..2'}, max_failures: 5%,\n"
      "          if: 'needs.fetch.outputs.lines > 3'}\n"
      "  count: {run: x, array: '100..199', needs: {fetch: completed}, fail_fast: true}\n"
      "hooks: {on_failure: {run: sorry}}\n");
  return plan;
}

std::string text_at(const std::string& text, const std::string& pointer) {
  return json::serialize(json::parse(text).at_pointer(pointer));
}

TEST(PlanJson, says_what_would_run_in_which_steps_and_how_many_tasks) {
  const auto text = plan_json(a_plan(), 8);
  EXPECT_EQ(text_at(text, "/schema"), "\"rota/1\"");
  EXPECT_EQ(text_at(text, "/plan/steps"), "2");
  EXPECT_EQ(text_at(text, "/plan/tasks"), "105");
  EXPECT_EQ(text_at(text, "/plan/max_parallel"), "4");
  EXPECT_EQ(text_at(text, "/plan/slots"), R"({"pool_workers":4,"threads":4,"processes":8,"coroutines":40000})");
  EXPECT_EQ(text_at(text, "/plan/params"), R"({"n":3})");
  EXPECT_EQ(text_at(text, "/plan/history"), R"({"keep_runs":null,"keep_for":604800,"max_log_bytes":1024})");
  EXPECT_EQ(text_at(text, "/plan/jobs/0/run"), "\"get\"");
  EXPECT_EQ(text_at(text, "/plan/jobs/0/outputs"), R"({"lines":"int"})");
  EXPECT_EQ(text_at(text, "/plan/jobs/0/secrets"), R"([{"name":"TOKEN","env":"MY_TOKEN"}])");
  EXPECT_EQ(text_at(text, "/plan/jobs/1/if"), "\"needs.fetch.outputs.lines > 3\"");
  EXPECT_EQ(text_at(text, "/plan/jobs/1/needs"), R"([{"job":"fetch","on":"success"}])");
  EXPECT_EQ(text_at(text, "/plan/jobs/1/matrix"), R"({"axes":{"os":2,"n":2},"excluded":0,"included":0})");
  EXPECT_EQ(text_at(text, "/plan/jobs/1/samples"), R"([{"os":"l","n":1},{"os":"l","n":2},{"os":"w","n":1}])");
  EXPECT_EQ(text_at(text, "/plan/jobs/1/max_failures"), R"({"percent":5})");
  EXPECT_EQ(text_at(text, "/plan/jobs/2/array"), R"({"first":100,"step":1,"count":100})");
  EXPECT_EQ(text_at(text, "/plan/hooks/0/hook"), "\"on_failure\"");
}

TEST(PlanJson, a_graph_has_nodes_and_edges) {
  const auto text = graph_json(a_plan());
  EXPECT_EQ(text_at(text, "/graph/nodes/2"),
            R"({"job":"count","step":2,"tasks":100,"mode":"process","daemon":false,"hook":null})");
  EXPECT_EQ(text_at(text, "/graph/edges"),
            R"([{"from":"fetch","to":"sweep","on":"success"},{"from":"fetch","to":"count","on":"completed"}])");
}

}  // namespace
}  // namespace rota::control
