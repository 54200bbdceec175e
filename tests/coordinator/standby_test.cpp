// Workers that stand by for a crew that has lost one by a crash.
#include <csignal>

#include "tests/coordinator/lone_fleet.h"

namespace rota::test {
namespace {

class Standby : public LoneFleet {};

TEST_F(Standby, w14_a_crew_that_lost_a_worker_has_another_at_hand_when_the_next_one_dies) {
  auto fleet = fleet_of("rota-test-worker");
  ASSERT_TRUE(turns(fleet, [&] { return heard_.size() == 1; }));
  EXPECT_TRUE(in_state(fleet, "standby").empty()) << "nothing has crashed yet";
  ::kill(pid_of(fleet, heard_[0].worker), SIGSEGV);
  ASSERT_TRUE(turns(fleet, [&] { return heard_.size() == 3 && in_state(fleet, "standby").size() == 1; }));
  EXPECT_EQ(heard_[1], (Heard{false, heard_[0].worker}));
  EXPECT_TRUE(heard_[2].up);
  const auto standing = in_state(fleet, "standby")[0];
  wanting_ = false;  // nobody but the one that stands by can come now
  ::kill(pid_of(fleet, heard_[2].worker), SIGSEGV);
  ASSERT_TRUE(turns(fleet, [&] { return heard_.size() == 5; }));
  EXPECT_EQ(heard_[3], (Heard{false, heard_[2].worker}));
  EXPECT_TRUE(heard_[4].up);
  EXPECT_EQ(heard_[4].worker, standing);
  wanting_ = true;
  ASSERT_TRUE(turns(fleet, [&] { return in_state(fleet, "standby").size() == 1; })) << "and the next one comes";
  EXPECT_EQ(in_state(fleet, "up").size(), 1u);
}

TEST_F(Standby, w14_one_that_dies_itself_is_not_told_of_and_costs_nobody_anything) {
  auto fleet = fleet_of("rota-test-worker");
  ASSERT_TRUE(turns(fleet, [&] { return heard_.size() == 1; }));
  ::kill(pid_of(fleet, heard_[0].worker), SIGSEGV);
  ASSERT_TRUE(turns(fleet, [&] { return heard_.size() == 3 && in_state(fleet, "standby").size() == 1; }));
  ::kill(pid_of(fleet, in_state(fleet, "standby")[0]), SIGKILL);
  ASSERT_TRUE(turns(fleet, [&] { return in_state(fleet, "standby").empty(); }));
  EXPECT_EQ(heard_.size(), 3u);
  ::kill(pid_of(fleet, heard_[2].worker), SIGSEGV);
  ASSERT_TRUE(turns(fleet, [&] { return heard_.size() == 5 && in_state(fleet, "standby").size() == 1; }));
}

TEST_F(Standby, w14_the_place_of_one_that_has_crashed_is_taken_before_it_is_dead) {
  auto fleet = fleet_of("rota-test-lane-peer");
  ASSERT_TRUE(turns(fleet, [&] { return heard_.size() == 1; }));  // generation 1
  ::kill(pid_of(fleet, heard_[0].worker), SIGSEGV);
  // The second follows it, the third stands by.
  ASSERT_TRUE(turns(fleet, [&] { return heard_.size() == 3 && in_state(fleet, "standby").size() == 1; }));
  ::kill(pid_of(fleet, heard_[2].worker), SIGSEGV);
  ASSERT_TRUE(turns(fleet, [&] { return heard_.size() == 5 && in_state(fleet, "standby").size() == 1; }));
  const WorkerId falls = heard_[4].worker;
  ASSERT_EQ(falls.generation % 2, 1u);
  lane::down::Start start;
  start.assignment.id = AttemptId{{1, 0, 0}, 1};
  fleet.port(falls)->send(start);
  ASSERT_TRUE(turns(fleet, [&] { return heard_.size() == 6; }));
  EXPECT_TRUE(heard_[5].up) << "it still lives: nothing that it has begun is given to another";
  EXPECT_NE(heard_[5].worker, falls);
  ::kill(pid_of(fleet, falls), SIGKILL);
  ASSERT_TRUE(turns(fleet, [&] { return heard_.size() == 7; }));
  EXPECT_EQ(heard_[6], (Heard{false, falls}));
  turn(fleet);
  EXPECT_EQ(heard_.size(), 7u) << "its place is taken once";
}

TEST_F(Standby, w14_who_drains_has_its_successor_and_gets_no_other_when_it_is_killed) {
  auto fleet = fleet_of("rota-test-worker");
  ASSERT_TRUE(turns(fleet, [&] { return heard_.size() == 1; }));
  ::kill(pid_of(fleet, heard_[0].worker), SIGSEGV);
  ASSERT_TRUE(turns(fleet, [&] { return heard_.size() == 3 && in_state(fleet, "standby").size() == 1; }));
  const WorkerId drains = heard_[2].worker;
  fleet.drain(drains);
  ASSERT_TRUE(turns(fleet, [&] { return heard_.size() == 4; })) << "who stood by follows it";
  ::kill(pid_of(fleet, heard_[3].worker), SIGSEGV);
  ASSERT_TRUE(turns(fleet, [&] { return heard_.size() == 6 && in_state(fleet, "standby").size() == 1; }));
  ::kill(pid_of(fleet, drains), SIGKILL);
  ASSERT_TRUE(turns(fleet, [&] { return heard_.size() > 6; }));
  turn(fleet);
  ASSERT_EQ(heard_.size(), 7u);
  EXPECT_EQ(heard_[6], (Heard{false, drains}));
  EXPECT_EQ(in_state(fleet, "up").size(), 1u);
}

}  // namespace
}  // namespace rota::test
