// One life of the coordinator after the other.
#include "tests/chaos/keeper.h"

#include <signal.h>

namespace rota::chaos {

Keeper::Keeper(const World& world, std::uint64_t seed) : world_(world), dice_(seed) {
  thread_ = std::thread([this] { run(); });
}

Keeper::~Keeper() {
  leaving_ = true;
  kill_coordinator();
  if (thread_.joinable()) thread_.join();
}

void Keeper::run() {
  while (!leaving_) {
    one_life();
    // Mostly at once; sometimes so late that jobs end meanwhile.
    if (!leaving_) pause_ms(roll(dice_, 0, 4) == 0 ? roll(dice_, 300, 1500) : roll(dice_, 0, 50));
  }
}

void Keeper::one_life() {
  auto rotad = world_.rotad().start();
  ++starts_;
  {
    const std::lock_guard lock(mutex_);
    coordinator_ = test::process_of(rotad.pid());
    killed_ = false;
  }
  greet(rotad);
  while (!rotad.ended()) pause_ms(5);
  const auto end = rotad.wait();
  const std::lock_guard lock(mutex_);
  coordinator_.reset();
  last_ = end;
  if (!killed_ && !leaving_)
    own_deaths_.push_back("status " + std::to_string(end.status) + ", signal " + std::to_string(end.by_signal) + ": " +
                          end.err);
}

/// So many starts within a minute are a crash loop, and end in safe mode: somebody must say that all is well.
void Keeper::greet(const test::Running& rotad) {
  while (!rotad.ended() && !leaving_) {
    if (world_.rota({"daemon", "drain", "--off"}).run().status == 0) return;
    pause_ms(20);
  }
}

bool Keeper::kill_coordinator() {
  const std::lock_guard lock(mutex_);
  if (!coordinator_ || killed_ || !test::alive(*coordinator_)) return false;
  killed_ = true;
  return ::kill(coordinator_->pid, SIGKILL) == 0;
}

bool Keeper::freeze_coordinator(int ms) {
  std::optional<test::Process> one;
  {
    const std::lock_guard lock(mutex_);
    one = coordinator_;
  }
  if (!one || !test::alive(*one) || ::kill(one->pid, SIGSTOP) != 0) return false;
  pause_ms(ms);
  return test::alive(*one) && ::kill(one->pid, SIGCONT) == 0;
}

test::Ended Keeper::finish() {
  test::eventually(test::kPatience, [&] { return world_.rota({"daemon", "status"}).run().status == 0; });
  leaving_ = true;
  const auto stop = world_.rota({"daemon", "stop"}).run();
  if (stop.status != 0) kill_coordinator();  // told by how it ended
  thread_.join();
  const std::lock_guard lock(mutex_);
  if (stop.status != 0)
    own_deaths_.push_back("rota daemon stop: status " + std::to_string(stop.status) + ": " + stop.err);
  return last_.value_or(test::Ended{});
}

std::vector<std::string> Keeper::own_deaths() const {
  const std::lock_guard lock(mutex_);
  return own_deaths_;
}

}  // namespace rota::chaos
