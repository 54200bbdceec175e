// What lies in the instance's directory so that one life knows of the others: numbers, starts, the lock of the pool.
#include <signal.h>
#include <sys/prctl.h>

#include <fstream>

#include "scheduler/daemon/fleet_shape.h"
#include "scheduler/daemon/numbers.h"
#include "scheduler/daemon/pool_lock.h"
#include "scheduler/daemon/starts.h"
#include "shared/process/spawn.h"
#include "tests/support/eventually.h"
#include "tests/support/processes.h"
#include "tests/support/scratch.h"

namespace rota::test {
namespace {

using daemon::Numbers;
using daemon::PoolLock;
using daemon::Starts;

const auto kNever = [] { return false; };
WallTime at_second(std::int64_t s) { return {(1'700'000'000 + s) * 1'000'000'000}; }

TEST(Numbers, go_on_behind_what_a_life_may_have_given_when_it_died_without_a_word) {
  Scratch scratch;
  const auto path = scratch.path("numbers");
  std::uint32_t segment = 0, generation = 0;
  {
    auto numbers = Numbers::open(path).value();
    for (int i = 0; i < 10'000; ++i) {
      segment = numbers.next_segment();
      if (i % 1000 == 0) generation = numbers.next_generation();
      ASSERT_TRUE(numbers.keep_ahead());
    }
  }
  auto next = Numbers::open(path).value();
  EXPECT_GT(next.next_segment(), segment);
  EXPECT_GT(next.next_generation(), generation);
}

TEST(Numbers, do_not_believe_a_file_that_is_behind_what_is_in_use_or_holds_something_else) {
  Scratch scratch;
  std::ofstream(scratch.path("numbers")) << "nonsense";
  auto numbers = Numbers::open(scratch.path("numbers")).value();
  numbers.at_least(41, 6);
  EXPECT_EQ(numbers.next_segment(), 42u);
  EXPECT_EQ(numbers.next_generation(), 7u);
}

TEST(Starts, k16_five_starts_within_a_minute_that_did_not_end_in_order_are_too_many) {
  Scratch scratch;
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(Starts::note(scratch.path("starts"), at_second(i * 10)).value().too_many());
  auto sixth = Starts::note(scratch.path("starts"), at_second(50)).value();
  EXPECT_TRUE(sixth.too_many());
  EXPECT_TRUE(Starts::note(scratch.path("starts"), at_second(55)).value().too_many()) << "as long as it goes on";
}

TEST(Starts, k16_an_orderly_end_a_quiet_minute_or_a_person_make_an_end_of_it) {
  Scratch scratch;
  const auto path = scratch.path("starts");
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Starts::note(path, at_second(i)));
  auto in_safe_mode = Starts::note(path, at_second(5)).value();
  ASSERT_TRUE(in_safe_mode.forgiven());
  EXPECT_FALSE(in_safe_mode.too_many());
  EXPECT_EQ(Starts::note(path, at_second(6)).value().unordered(), 1u) << "this one has not ended in order either";

  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Starts::note(path, at_second(i + 7)));
  EXPECT_FALSE(Starts::note(path, at_second(120)).value().too_many());

  auto last = Starts::note(path, at_second(121)).value();
  ASSERT_TRUE(last.ended_in_order());
  EXPECT_EQ(Starts::note(path, at_second(122)).value().unordered(), 0u);
  EXPECT_EQ(Starts::note(path, at_second(60)).value().unordered(), 0u) << "a clock that was set back";
}

/// A process that is not of our tree, as a dead coordinator's pool worker is not; with this lock and this mark.
Process stranger(const Scratch& scratch, const PoolLock& lock, const std::string& mark) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);  // what an earlier test of this process may have made it
  process::SpawnSpec spec;
  spec.argv = {"/bin/sh", "-c",
               "'" + program("rota-test-child") + "' announce '" + scratch.path("pid") + "' pause & exit 0"};
  spec.env = {"PATH=/usr/bin:/bin", mark};
  spec.extra_fds = {{lock.fd(), 7}};
  auto child = process::spawn(spec).value();
  EXPECT_TRUE(eventually(kPatience, [&] {
    return process_of(child.pid).start_time == 0 || !alive(process_of(child.pid));
  }));
  static_cast<void>(process::reap(child));
  EXPECT_TRUE(eventually(kPatience, [&] { return !slurp(scratch.path("pid")).empty(); }));
  return process_of(std::stoi(slurp(scratch.path("pid"))));
}

TEST(PoolLock, c03_pool_workers_of_the_last_life_are_killed_and_outwaited) {
  Scratch scratch;
  Process old;
  {
    const auto lock = PoolLock::take(scratch.path("pool.lock"), kPatience, kNever).value();
    old = stranger(scratch, lock, lock.mark());
  }
  ASSERT_TRUE(alive(old));
  const auto lock = PoolLock::take(scratch.path("pool.lock"), kPatience, kNever);
  ASSERT_TRUE(lock) << to_text(lock.error());
  EXPECT_FALSE(alive(old));
}

TEST(PoolLock, c03_one_that_cannot_be_ended_keeps_the_next_life_from_starting) {
  Scratch scratch;
  Process old;
  {
    const auto lock = PoolLock::take(scratch.path("pool.lock"), kPatience, kNever).value();
    old = stranger(scratch, lock, "NOBODY=knows_it");
  }
  const auto refused = PoolLock::take(scratch.path("pool.lock"), std::chrono::milliseconds(50), kNever);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::refused);
  EXPECT_TRUE(alive(old));
  ::kill(old.pid, SIGKILL);
  EXPECT_TRUE(PoolLock::take(scratch.path("pool.lock"), kPatience, kNever));
}

TEST(FleetShape, the_service_takes_what_it_was_told_and_the_machines_measure_elsewhere) {
  control::ServiceSettings settings;
  auto shape = daemon::shape_for(settings, 8);
  EXPECT_EQ(shape.pool_workers, 4u);
  EXPECT_EQ(shape.threads_each, 2u);
  EXPECT_EQ(shape.process_slots, 8u);
  EXPECT_EQ(shape.launchers, 2u);
  settings.process_slots.value = 50;
  settings.pool.value = 1;
  settings.threads.value = 3;
  settings.async_slots.value = 7;
  shape = daemon::shape_for(settings, 8);
  EXPECT_EQ(shape.process_slots, 50u);
  EXPECT_EQ(shape.launchers, 2u);
  EXPECT_EQ(shape.pool_workers, 1u);
  EXPECT_EQ(shape.threads_each, 3u);
  EXPECT_EQ(shape.async_each, 7u);
}

}  // namespace
}  // namespace rota::test
