// Every example that ships does what it says, with the real binaries.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tests/e2e/scene.h"
#include "tests/support/paths.h"
#include "tests/support/scratch.h"

namespace rota::test {
namespace {

using Strings = std::vector<std::string>;

std::string example(const std::string& name) { return source_path("jobs/examples/" + name + ".yaml"); }

Strings all_examples() {
  Strings names;
  for (const auto& entry : std::filesystem::directory_iterator(source_path("jobs/examples"))) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class Example : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Shipped, Example, testing::ValuesIn(all_examples()), [](const auto& p) { return p.param; });

/// What the example needs beyond its file, in this build.
Strings parameters(const std::string& name) {
  if (name != "gil") return {};
  return {"-p", "library=" + program("../lib/libgil.so"), "-p", "limit=2000", "-p", "cpp_limit=20000"};
}

bool lacks_its_language(const std::string& name) {
  return name == "gil" && read_file(program("../lib/python/rota_worker/__main__.py")).empty();
}

TEST_P(Example, is_valid_plans_and_runs_to_success_and_leaves_nothing_alive) {
  if (lacks_its_language(GetParam())) GTEST_SKIP() << "this build has no Python";
  const Scene scene;
  const auto call = [&](const std::string& verb) {
    Strings words{verb, example(GetParam())};
    for (const auto& word : parameters(GetParam())) words.push_back(word);
    return scene.rota(words).run(std::chrono::seconds(90));
  };
  const Ended valid = call("validate");
  EXPECT_EQ(valid.status, 0) << told(valid);
  const Ended plan = call("plan");
  EXPECT_EQ(plan.status, 0) << told(plan);
  const Ended e = call("run");
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_TRUE(scene.nothing_lives()) << describe(scene.living());
  EXPECT_EQ(scene.story().outcome, "succeeded");
}

/// Position of the first line of `job` with this text, or the number of lines.
std::size_t position(const std::vector<JobLine>& all, const JobLine& line) {
  return static_cast<std::size_t>(std::find(all.begin(), all.end(), line) - all.begin());
}

TEST(PrintNumbers, three_modes_count_side_by_side_and_the_report_comes_last) {
  const Scene scene;
  const Ended e = scene.rota({"run", example("print_numbers")}).run(std::chrono::seconds(90));
  ASSERT_EQ(e.status, 0) << told(e);
  const auto lines = job_lines(e.out);
  const Strings modes{"numbers_thread", "numbers_process", "numbers_async"};
  for (const auto& job : modes) EXPECT_EQ(lines_of(lines, job), (Strings{"1", "2", "3", "4", "5"})) << told(e);
  for (const auto& job : modes) {
    for (const auto& other : modes) {
      EXPECT_LT(position(lines, {job, "1"}), position(lines, {other, "5"})) << "one after the other:\n" << told(e);
    }
  }
  ASSERT_EQ(lines.size(), 16u) << told(e);
  EXPECT_EQ(lines.back(), (JobLine{"report", "all done"})) << told(e);
}

TEST(PrintNumbers, each_mode_has_the_same_log_afterwards) {
  const Scene scene;
  const std::string yaml =
      "jobs:\n"
      "  t: {target: print_numbers, args: [3], kwargs: {delay: 10ms}, mode: thread}\n"
      "  p: {target: print_numbers, args: [3], kwargs: {delay: 10ms}, mode: process}\n"
      "  a: {target: print_numbers, args: [3], kwargs: {delay: 10ms}, mode: async}\n";
  const Ended e = scene.run(yaml);
  ASSERT_EQ(e.status, 0) << told(e);
  for (const std::string job : {"t", "p", "a"}) EXPECT_EQ(scene.rota({"logs", "last/" + job}).run().out, "1\n2\n3\n");
}

TEST(KeepAlive, the_daemons_end_with_the_last_main_job_and_count_as_succeeded) {
  const Scene scene;
  const Ended e =
      scene.rota({"run", example("keep_alive"), "-p", "camera=127.0.0.1:39417"}).run(std::chrono::seconds(90));
  ASSERT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(lines_of(job_lines(e.out), "record"), Strings{"recorded"}) << told(e);
  const Story story = scene.story();
  EXPECT_EQ(story["camera"].outcome, "succeeded");
  EXPECT_EQ(story["keep_alive"].outcome, "succeeded");
  EXPECT_EQ(story["keep_alive"].reason, "not-needed");
  EXPECT_TRUE(scene.nothing_lives()) << describe(scene.living());
}

}  // namespace
}  // namespace rota::test
