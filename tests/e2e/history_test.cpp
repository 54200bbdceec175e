// What a file says of how much is kept of its runs, as its author sees it: of it so many stay, and all of others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "tests/e2e/service_scene.h"
#include "tests/support/eventually.h"

namespace rota::test {
namespace {

using ::testing::HasSubstr;

constexpr const char* kNightly = "name: nightly\nhistory: {keep_runs: 2}\njobs: {a: {run: 'echo night'}}\n";
constexpr const char* kOther = "name: other\njobs: {a: {run: 'echo other'}}\n";

TEST(History, the_service_keeps_of_a_files_runs_as_many_as_the_file_says_and_all_of_others) {
  const Service service;
  std::optional<Running> rotad(service.up());
  const auto finish = [&](const char* yaml) { EXPECT_EQ(service.ask({"wait", service.submit(yaml)}).status, 0); };
  finish(kOther);
  for (int i = 0; i < 5; ++i) finish(kNightly);
  EXPECT_EQ(service.ask({"daemon", "stop"}).status, 0);
  rotad->wait();
  rotad.emplace(service.up());  // which looks when it starts, and then every minute
  EXPECT_TRUE(eventually(kPatience, [&] { return service.ask({"ps", "-a", "-q"}).out == "6\n5\n1\n"; }));
  EXPECT_THAT(rotad->err(), HasSubstr("forgot 3 old runs"));
  EXPECT_EQ(service.ask({"show", "2"}).status, 3);
  EXPECT_EQ(service.ask({"logs", "6"}).out, "night\n");
  EXPECT_EQ(service.ask({"logs", "1"}).out, "other\n");
  EXPECT_EQ(service.ask({"daemon", "stop"}).status, 0);
  rotad->wait();
}

TEST(History, a_run_in_the_foreground_leaves_as_many_of_its_file_as_the_file_says) {
  const Scene scene;
  EXPECT_EQ(scene.run(kOther).status, 0);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(scene.run(kNightly).status, 0);
  EXPECT_EQ(scene.rota({"ps", "-a", "-q"}).run().out, "6\n5\n1\n");
  EXPECT_EQ(scene.rota({"logs", "6"}).run().out, "night\n");
  const auto plan = scene.rota({"plan", scene.write("nightly.yaml", kNightly)}).run();
  EXPECT_THAT(plan.out, HasSubstr("Of its finished runs are kept: the newest 2 (history)"));
}

}  // namespace
}  // namespace rota::test
