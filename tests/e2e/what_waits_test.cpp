// What keeps work waiting is told by name and number, as a stranger meets it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "tests/e2e/service_scene.h"
#include "tests/support/eventually.h"
#include "tests/support/process_limit.h"

namespace rota::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class WhatWaits : public ::testing::Test {
 protected:
  ~WhatWaits() override {
    if (rotad_ && !rotad_->ended()) {
      service_.ask({"daemon", "stop", "--all"});
      rotad_->wait();
    }
  }
  void up() { rotad_.emplace(service_.up({"--pool", "1", "--process-slots", "2"})); }
  Ended ask(std::vector<std::string> words) const { return service_.ask(std::move(words)); }
  bool says(const std::vector<std::string>& words, const std::string& what) const {
    return eventually(kPatience, [&] { return ask(words).out.find(what) != std::string::npos; });
  }

  Service service_;
  std::optional<Running> rotad_;
};

TEST_F(WhatWaits, p02_where_no_process_can_be_started_work_waits_says_so_and_goes_on_by_itself) {
  up();
  ProcessLimit limit(rotad_->pid());
  if (!limit.there()) GTEST_SKIP() << limit.why_not();
  limit.close();
  const auto run = service_.submit("jobs:\n  a: {run: echo done}\n  b: {target: noop}\n");
  ASSERT_TRUE(says({"ps"}, "limit:processes")) << "no launcher can be had";
  EXPECT_THAT(ask({"ps"}).out, HasSubstr("PD"));
  EXPECT_THAT(ask({"explain", run + "/a"}).out, HasSubstr("no more processes may be started"));
  EXPECT_THAT(ask({"explain", "--json", run + "/b"}).out, HasSubstr("\"code\":\"limit:processes\""));
  EXPECT_THAT(ask({"show", run}).out, HasSubstr("no more processes may be started"));
  limit.lift();
  EXPECT_EQ(ask({"wait", run}).status, 0);
  limit.close();
  const auto next = service_.submit("jobs:\n  a: {run: echo done}\n  c: {run: echo done, mode: thread}\n");
  ASSERT_TRUE(says({"explain", next + "/a"}, "limit:processes")) << "its launcher is there, and cannot start it";
  ASSERT_TRUE(says({"explain", next + "/c"}, "limit:processes")) << "nor can its pool worker";
  limit.lift();
  EXPECT_EQ(ask({"wait", next}).status, 0);
  for (const auto& id : {run, next}) {
    const auto story = service_.story(id);
    EXPECT_EQ(story["a"].charged().size(), 1u);
  }
  EXPECT_EQ(service_.story(next)["c"].charged().size(), 1u);
}

TEST_F(WhatWaits, who_waits_for_a_pool_is_told_which_how_much_of_it_and_who_holds_it) {
  up();
  const auto wait = "until [ -e " + service_.path("go") + " ]; do sleep 0.05; done";
  const auto first = service_.submit("pools: {gpu: 1}\njobs:\n  train: {run: '" + wait + "', pool: gpu}\n");
  ASSERT_TRUE(service_.reaches(first, "train", "running"));
  const auto second = service_.submit("pools: {gpu: 1}\njobs:\n  render: {run: echo done, pool: gpu}\n");
  ASSERT_TRUE(says({"ps"}, "limit:pool gpu: 1 wanted, 0 of 1 free"));
  EXPECT_THAT(ask({"explain", second}).out,
              HasSubstr("it waits for a place in pool gpu: 1 of 1 slot is held (by " + first + "/train)"));
  const auto json = ask({"explain", "--json", second}).out;
  EXPECT_THAT(json, HasSubstr("\"name\":\"gpu\""));
  EXPECT_THAT(json, HasSubstr("\"holders\":[\"" + first + "/train\"]"));
  EXPECT_THAT(ask({"show", second}).out, HasSubstr("gpu: 1 wanted, 0 of 1 free"));
  EXPECT_THAT(ask({"plan", service_.scene().write("p.yaml", "pools: {gpu: {slots: 2, rate: 5/m}}\njobs:\n  a: {run: x, "
                                                            "pool: gpu, priority: 7, resources: {cpus: 0.5}}\n")})
                  .out,
              AllOf(HasSubstr("Pool gpu: 2 slots, at most 5 starts every 1m"),
                    HasSubstr("pool gpu, cpus 0.5, priority 7")));
  service_.scene().write("go", "");
  EXPECT_EQ(ask({"wait", first, second}).status, 0);
}

TEST_F(WhatWaits, what_this_machine_can_never_run_is_refused_before_anything_runs) {
  up();
  const auto file = service_.scene().write("big.yaml", "jobs:\n  a: {run: echo x, resources: {cpus: 4096}}\n");
  for (const std::vector<std::string> words : {std::vector<std::string>{"validate", file}, {"plan", file},
                                               {"run", file}, {"submit", file}}) {
    const auto refused = ask(words);
    EXPECT_EQ(refused.status, 2) << words[0] << told(refused);
    EXPECT_THAT(refused.err, HasSubstr("big.yaml:2:")) << words[0];
    EXPECT_THAT(refused.err, HasSubstr("'resources.cpus' wants 4096, and this machine has")) << words[0];
  }
  EXPECT_THAT(ask({"ps", "-a"}).out, Not(HasSubstr("big")));
}

TEST_F(WhatWaits, what_is_registered_can_be_listed_while_the_service_does_not_run) {
  up();
  const auto file = service_.scene().write("nightly.yaml", "schedule: '@daily'\njobs:\n  a: {run: echo x}\n");
  ASSERT_EQ(ask({"submit", file}).status, 0);
  ask({"daemon", "stop"});
  rotad_->wait();
  const auto list = ask({"schedule", "list"});
  EXPECT_EQ(list.status, 0) << told(list);
  EXPECT_THAT(list.out, AllOf(HasSubstr("nightly"), HasSubstr("@daily")));
  EXPECT_THAT(list.err, HasSubstr("the service is not running"));
  EXPECT_THAT(ask({"schedule", "list", "--json"}).out, HasSubstr("\"name\":\"nightly\""));
  EXPECT_EQ(ask({"schedule", "trigger", "nightly"}).status, 4) << "that needs it";
}

}  // namespace
}  // namespace rota::test
