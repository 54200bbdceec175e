// Workers that stand by for a crew that has lost one by a crash.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>

#include "scheduler/daemon/fleet.h"
#include "tests/support/eventually.h"
#include "tests/support/scratch.h"

namespace rota::test {
namespace {

/// A fleet of one pool worker, and what the core would hear of it.
class Standby : public testing::Test {
 protected:
  struct Heard {
    bool up;
    WorkerId worker;
    bool operator==(const Heard&) const = default;
  };

  static daemon::WorkerCall call(const std::string& program_name) {
    daemon::WorkerCall call;
    call.binary = program(program_name);
    call.env = {"PATH=/usr/bin:/bin"};
    return call;
  }

  daemon::Fleet fleet_of(const std::string& program_name) {
    daemon::Fleet::Listener listener;
    listener.event = [this](const core::Event& e) {
      if (const auto* up = std::get_if<core::event::WorkerUp>(&e)) heard_.push_back({true, up->worker});
      if (const auto* down = std::get_if<core::event::WorkerDown>(&e)) heard_.push_back({false, down->worker});
    };
    listener.output = [](std::uint32_t, std::uint64_t) {};
    listener.note = [](const std::string&) {};
    listener.holds = [](WorkerId, const lane::up::Holds&) {};
    listener.plan = [](RunId) -> const jobs::Plan* { return nullptr; };
    listener.environment = [](RunId) { return std::vector<std::string>{}; };
    listener.gone = [](const core::event::WorkerDown&, const std::string&) {};
    daemon::FleetShape shape;
    shape.threads_each = 2;
    return {loop_, shape, call(program_name), numbers_, std::move(listener)};
  }

  /// Turns until it holds.
  bool turns(daemon::Fleet& fleet, const std::function<bool()>& until) {
    return eventually(kPatience, [&] {
      turn(fleet);
      return until();
    });
  }
  void turn(daemon::Fleet& fleet) {
    fleet.flush();
    if (fleet.about_to_sleep()) loop_.wait(monotonic_now() + std::chrono::milliseconds(10));
    else loop_.wait(Instant{});
    const Now now = clock_.now();
    fleet.collect(now);
    core::Demand demand;
    demand.thread = 1;
    if (wanting_) fleet.want(demand, now);
  }
  std::vector<WorkerId> in_state(const daemon::Fleet& fleet, const std::string& state) {
    std::vector<WorkerId> out;
    for (const auto& w : fleet.list())
      if (w.state == state) out.push_back(w.worker);
    return out;
  }
  pid_t pid_of(const daemon::Fleet& fleet, WorkerId id) {
    for (const auto& w : fleet.list())
      if (w.worker == id) return w.pid;
    return 0;
  }

  daemon::Loop loop_ = daemon::Loop::create().value();
  daemon::Numbers numbers_;
  SystemClock clock_;
  std::vector<Heard> heard_;
  bool wanting_ = true;
};

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

}  // namespace
}  // namespace rota::test
