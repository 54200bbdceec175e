// The coordinator's end of a lane whose other end is in the process rota-test-lane-peer.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>

#include "shared/lane/ends.h"
#include "shared/process/spawn.h"
#include "tests/support/lane_pair.h"
#include "tests/support/scratch.h"

namespace rota::test {

class Peer {
 public:
  Peer(const std::string& what, const std::string& argument)
      : end_(LanePair::made(lane::CoordinatorEnd::create({2, 9}, 4))) {
    auto witness = LanePair::made(posix::make_pipe());
    process::SpawnSpec spec;
    spec.argv = {program("rota-test-lane-peer"), what, argument};
    for (const char* name : {"ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"})
      if (const char* value = std::getenv(name)) spec.env.push_back(std::string(name) + "=" + value);
    spec.extra_fds = end_.descriptors();
    spec.extra_fds.emplace_back(witness.second.get(), 7);
    spec.stderr_fd = 2;
    spec.parent_death_signal = SIGKILL;
    child_ = LanePair::made(process::spawn(spec));
    end_.spawned();
    witness_ = std::move(witness.first);
    ::fcntl(witness_.get(), F_SETFL, O_NONBLOCK);
  }
  ~Peer() {
    if (!ended_) kill();
    if (!ended_) wait_death();
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  lane::CoordinatorEnd& end() { return end_; }
  void kill() { process::signal(child_, SIGKILL); }
  bool dead() {
    pollfd p{child_.pidfd.get(), POLLIN, 0};
    return ended_ || ::poll(&p, 1, 0) == 1;
  }
  Ending wait_death() {
    pollfd p{child_.pidfd.get(), POLLIN, 0};
    EXPECT_EQ(::poll(&p, 1, 60'000), 1) << "the peer does not end";
    ended_ = true;
    return LanePair::made(process::reap(child_)).ending;
  }
  /// Sleeps until the bell rings or the peer dies. Fails the test after a minute: a wake-up was lost.
  void doze() {
    if (!end_.about_to_sleep()) return;
    pollfd fds[2] = {{end_.bell(), POLLIN, 0}, {child_.pidfd.get(), POLLIN, 0}};
    EXPECT_GT(::poll(fds, 2, 60'000), 0) << "a wake-up was lost";
    witnessed();  // or the peer would wait for room in the pipe
    end_.awake();
  }
  /// How many ends the peer says it has published.
  std::size_t witnessed() {
    char buffer[65536];
    for (ssize_t n; (n = ::read(witness_.get(), buffer, sizeof buffer)) > 0;) witnessed_ += static_cast<std::size_t>(n);
    return witnessed_;
  }

 private:
  lane::CoordinatorEnd end_;
  process::Child child_;
  posix::Fd witness_;
  std::size_t witnessed_ = 0;
  bool ended_ = false;
};

}  // namespace rota::test
