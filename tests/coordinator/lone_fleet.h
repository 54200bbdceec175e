// A fleet of one pool worker by itself, and what the core would hear of it.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "scheduler/daemon/fleet.h"
#include "tests/support/eventually.h"
#include "tests/support/scratch.h"

namespace rota::test {

class LoneFleet : public testing::Test {
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
    demand.thread = threads_;
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
  std::uint32_t threads_ = 1;  // tasks that want one
};

}  // namespace rota::test
