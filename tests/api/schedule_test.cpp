// Registered files over the socket: in, listed, steered, out.
#include "scheduler/core/schedule.h"
#include "tests/api/world.h"

namespace rota::daemon {
namespace {

namespace answer = control::answer;
namespace ask = control::ask;
using To = ask::Reschedule::To;

constexpr std::string_view kNightly =
    "name: nightly\nschedule: [{cron: '30 2 * * *', timezone: UTC}, {every: 1h}]\njobs:\n  a: {command: [make]}\n";

TEST(Schedules, a_file_with_one_is_registered_and_not_run) {
  World world;
  auto what = world.a_submit("key");
  what.env = {"A=1"};
  const auto reply = world.ask_for<answer::Registered>(what, kNightly);
  EXPECT_EQ(reply.name, "nightly");
  EXPECT_EQ(reply.entries, 2u);
  EXPECT_EQ(reply.jobs, 1u);
  EXPECT_FALSE(reply.replaced);
  EXPECT_TRUE(reply.enabled);
  EXPECT_GT(reply.next.ns, 0);
  EXPECT_TRUE(world.ask_for<answer::Registered>(world.a_submit(), kNightly).replaced);
  world.call([&] {
    EXPECT_TRUE(world.desk.core.runs().empty());
    EXPECT_EQ(world.desk.opened, 0u);
    EXPECT_EQ(world.desk.core.schedules().files.at("nightly").terms.env, std::vector<std::string>{});
  });
}

TEST(Schedules, a_list_tells_all_of_one_or_of_all) {
  World world;
  world.ask_for<answer::Registered>(world.a_submit(), kNightly);
  const auto all = world.ask_for<answer::Schedules>(ask::Schedules{});
  ASSERT_EQ(all.files.size(), 1u);
  EXPECT_EQ(all.files[0].name, "nightly");
  ASSERT_EQ(all.files[0].entries.size(), 2u);
  EXPECT_EQ(all.files[0].entries[0].text, "30 2 * * *");
  EXPECT_EQ(all.files[0].entries[0].timezone, "UTC");
  EXPECT_EQ(all.files[0].entries[1].text, "every 1h");
  EXPECT_EQ(world.ask_for<answer::Schedules>(ask::Schedules{"nightly"}).files.size(), 1u);
  const auto none = world.refused(ask::Schedules{"nigthly"});
  EXPECT_EQ(none.error.code, Code::not_found);
  EXPECT_NE(none.error.what.find("did you mean 'nightly'?"), std::string::npos) << none.error.what;
}

TEST(Schedules, what_is_of_a_run_is_refused_for_them) {
  World world;
  auto held = world.a_submit();
  held.hold = true;
  EXPECT_NE(world.refused(held, kNightly).error.what.find("--hold is of a run"), std::string::npos);
  auto later = world.a_submit();
  later.begin = {5};
  EXPECT_EQ(world.refused(later, kNightly).error.code, Code::invalid);
  EXPECT_TRUE(world.ask_for<answer::Schedules>(ask::Schedules{}).files.empty());
}

TEST(Schedules, a_dry_run_registers_nothing) {
  World world;
  auto what = world.a_submit();
  what.dry_run = true;
  const auto reply = world.ask_for<answer::Registered>(what, kNightly);
  EXPECT_TRUE(reply.dry_run);
  EXPECT_GT(reply.next.ns, 0);
  EXPECT_TRUE(world.ask_for<answer::Schedules>(ask::Schedules{}).files.empty());
}

TEST(Schedules, they_are_disabled_enabled_and_removed) {
  World world;
  world.ask_for<answer::Registered>(world.a_submit(), kNightly);
  EXPECT_EQ(world.ask_for<answer::Done>(ask::Reschedule{"nightly", To::disable}).count, 1u);
  EXPECT_EQ(world.ask_for<answer::Done>(ask::Reschedule{"nightly", To::disable}).count, 0u);
  EXPECT_FALSE(world.ask_for<answer::Schedules>(ask::Schedules{}).files[0].enabled);
  EXPECT_FALSE(world.ask_for<answer::Registered>(world.a_submit(), kNightly).enabled);
  EXPECT_EQ(world.ask_for<answer::Done>(ask::Reschedule{"nightly", To::enable}).count, 1u);
  EXPECT_EQ(world.ask_for<answer::Done>(ask::Reschedule{"nightly", To::remove}).count, 1u);
  EXPECT_EQ(world.refused(ask::Reschedule{"nightly", To::remove}).error.code, Code::not_found);
}

TEST(Schedules, a_trigger_is_a_run_of_it_once_for_a_key) {
  World world;
  auto what = world.a_submit();
  what.env = {"A=1"};
  world.ask_for<answer::Registered>(what, kNightly);
  const auto first = world.ask_for<answer::Submitted>(ask::Trigger{"nightly", "key"});
  const auto again = world.ask_for<answer::Submitted>(ask::Trigger{"nightly", "key"});
  EXPECT_EQ(first.run, 1u);
  EXPECT_EQ(again.run, 1u);
  EXPECT_TRUE(again.known);
  world.call([&] {
    EXPECT_EQ(world.desk.core.terms(1)->schedule, "nightly");
    EXPECT_EQ(world.desk.core.terms(1)->occurrence.ns, 0);
    EXPECT_EQ(world.desk.env_of_last, (std::vector<std::string>{"A=1"}));
  });
  EXPECT_EQ(world.ask_for<answer::Schedules>(ask::Schedules{}).files[0].alive, (std::vector<RunId>{1}));
  EXPECT_EQ(world.refused(ask::Trigger{"nothing", ""}).error.code, Code::not_found);
}

}  // namespace
}  // namespace rota::daemon
