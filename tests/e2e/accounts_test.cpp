// What runs used and how far they are, in every mode, from the plugin to the JSON.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>
#include <cstdio>
#include <fstream>

#include "tests/e2e/service_scene.h"
#include "tests/support/eventually.h"
#include "tests/support/paths.h"
#include "tests/support/scratch.h"

namespace rota::test {
namespace {

namespace json = boost::json;

json::object run_of(const Ended& e) {
  if (e.status != 0) throw std::runtime_error(told(e));
  return json::parse(e.out).as_object().at("run").as_object();
}
json::object job_at(const json::object& run, std::size_t index = 0) {
  return run.at("jobs").as_array().at(index).as_object();
}
json::object last_attempt_of(const json::object& job, std::size_t task = 0) {
  return job.at("tasks").as_array().at(task).as_object().at("attempts").as_array().back().as_object();
}
double number_of(const json::object& usage, const char* name) {
  return usage.at(name).is_null() ? -1 : usage.at(name).to_number<double>();
}

class AccountsIn : public testing::TestWithParam<std::string> {
 protected:
  /// The function for this mode.
  static std::string function(const std::string& name) {
    return plugin() + ":" + (GetParam() == "async" ? "co_" : "") + name;
  }
};
INSTANTIATE_TEST_SUITE_P(Mode, AccountsIn, testing::Values("thread", "process", "async"),
                         [](const auto& p) { return p.param; });

TEST_P(AccountsIn, a_busy_target_is_told_to_have_used_what_it_burned) {
  const Scene scene;
  const Ended e = scene.run("jobs:\n  x: {target: \"" + function("burn") + "\", args: [400ms], mode: " + GetParam() +
                            ", outputs: {burned: int}}\n  y: {target: sleep, args: [100ms], needs: [x], mode: " +
                            GetParam() + "}\n");
  ASSERT_EQ(e.status, 0) << told(e);
  const auto run = run_of(scene.rota({"show", "last", "--json"}).run());
  const auto attempt = last_attempt_of(job_at(run));
  const auto usage = attempt.at("usage").as_object();
  const double burned = attempt.at("outputs").as_object().at("burned").to_number<double>() / 1e6;
  EXPECT_GE(number_of(usage, "cpu_seconds"), burned * 0.99);
  EXPECT_LE(number_of(usage, "cpu_seconds"), burned + 0.5);
  EXPECT_LE(number_of(usage, "cpu_seconds"), attempt.at("seconds").to_number<double>() + 0.02);
  EXPECT_EQ(number_of(usage, "max_rss_bytes") > 0, GetParam() == "process");
  EXPECT_EQ(number_of(usage, "loop_seconds") >= burned * 0.99, GetParam() == "async");
  EXPECT_EQ(number_of(usage, "voluntary_switches") >= 0, GetParam() != "async");
  const auto idle = last_attempt_of(job_at(run, 1)).at("usage").as_object();
  EXPECT_GE(number_of(idle, "cpu_seconds"), 0);
  EXPECT_LT(number_of(idle, "cpu_seconds"), burned / 2) << "it slept, and is not told of what the other burned";
  const auto page = scene.rota({"show", "last/x"}).run();
  char shown[64];
  std::snprintf(shown, sizeof shown, ", cpu %.2fs", std::round(number_of(usage, "cpu_seconds") * 1e6) / 1e6);
  EXPECT_TRUE(contains(page.out, shown)) << shown << told(page);
}

TEST_P(AccountsIn, a_job_and_a_run_have_the_sums_of_their_tasks_also_in_history) {
  const Scene scene;
  const Ended e = scene.run("jobs:\n  x: {target: \"" + function("burn") + "\", args: [10ms], array: 6, mode: " +
                            GetParam() + "}\n");
  ASSERT_EQ(e.status, 0) << told(e);
  const auto run = run_of(scene.rota({"show", "last", "--json"}).run());
  const auto usage = job_at(run).at("usage").as_object();
  EXPECT_EQ(number_of(usage, "attempts"), 6);
  EXPECT_EQ(number_of(usage, "measured"), 6);
  EXPECT_GE(number_of(usage, "cpu_seconds"), 0.059);
  EXPECT_GT(number_of(usage, "wall_seconds"), 0.009);
  EXPECT_EQ(run.at("usage"), job_at(run).at("usage"));
  const auto history = scene.rota({"history", "--json"}).run();
  ASSERT_EQ(history.status, 0) << told(history);
  EXPECT_TRUE(contains(history.out, "\"usage\":{\"attempts\":6,\"measured\":6,\"cpu_seconds\":0.")) << history.out;
  EXPECT_TRUE(contains(scene.rota({"show", "last/x"}).run().out, "Used: cpu ")) << told(e);
}

TEST_P(AccountsIn, how_far_a_target_is_can_be_seen_while_it_runs) {
  const Service service;
  auto rotad = service.up();
  const auto id = service.submit("jobs: {x: {target: \"" + function("steps") + "\", mode: " + GetParam() + "}}");
  const auto is_told = [&](std::vector<std::string> words, std::string_view text) {
    return eventually(kPatience, [&] { return contains(service.ask(words).out, text); });
  };
  EXPECT_TRUE(is_told({"show", id, "--json"}, "\"progress\":0.4"));
  EXPECT_TRUE(is_told({"ps", "--tasks", id}, " 40%"));
  EXPECT_TRUE(is_told({"ps", id}, " 40%"));
  EXPECT_TRUE(is_told({"show", id + "/x"}, ", at 40%"));
  service.scene().write("go", "");
  EXPECT_EQ(service.ask({"wait", id}).status, 0);
  EXPECT_FALSE(contains(service.ask({"show", id, "--json"}).out, "\"progress\":0.4"));
}

TEST_P(AccountsIn, a_plugin_that_is_built_anew_between_two_runs_of_the_service_is_never_stale) {
  const Service service;
  auto rotad = service.up();
  const auto build = [&](const std::string& version) {
    service.scene().write("it.c",
                          "#include <rota/rota.h>\n"
                          "static rota_context* context; static const rota_host* host;\n"
                          "static int say() { return host->out(context, {\"version " +
                              version +
                              "\\n\", 10}), ROTA_DONE; }\n"
                              "static int run(const rota_host* h, rota_context* c, const rota_value* const*) {\n"
                              "  host = h; context = c; return say(); }\n"
                              "static void* start(const rota_host* h, rota_context* c, const rota_value* const*) {\n"
                              "  host = h; return context = c; }\n"
                              "static int resume(void*, int) { return say(); }\n"
                              "static void destroy(void*) {}\n"
                              "static const rota_target t = {sizeof t, 0, \"f\", 0, 0, 0, run,\n"
                              "  start, resume, destroy};\n"
                              "static const rota_target* const all[] = {&t};\n"
                              "static const rota_plugin p = {sizeof p, ROTA_ABI, 1, all, 0};\n"
                              "extern \"C\" const rota_plugin* rota_plugin_v1() { return &p; }");
    const auto e = service.scene()
                       .shell("c++ -x c++ -shared -fPIC -I'" + source_path("jobs/sdk/include") +
                              "' it.c -o new.so && mv new.so it.so")
                       .run();
    ASSERT_EQ(e.status, 0) << told(e);
  };
  for (const std::string version : {"1", "2"}) {
    build(version);
    const auto id = service.submit("jobs: {x: {target: \"./it.so:f\", mode: " + GetParam() + "}}");
    EXPECT_EQ(service.ask({"wait", id}).status, 0);
    EXPECT_EQ(service.ask({"logs", id}).out, "version " + version + "\n");
  }
}

}  // namespace
}  // namespace rota::test
