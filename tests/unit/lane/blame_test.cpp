// The ledger: an attempt is in it from its beginning until its Finished can be seen.
#include <gtest/gtest.h>

#include "tests/support/lane_pair.h"

namespace rota {
namespace {

using test::a_start;
using test::LanePair;

TEST(Ledger, an_attempt_is_begun_until_its_end_is_published_and_never_in_neither_place) {
  auto pair = LanePair::greeted();
  pair.coordinator.send(a_start(1));
  const AttemptId id{{1, 1, 0}, 1};
  const auto entry = pair.worker.claim();
  ASSERT_TRUE(entry);
  EXPECT_TRUE(pair.coordinator.begun().empty());
  pair.worker.begun(*entry, id);
  EXPECT_EQ(pair.coordinator.begun(), std::vector{id});
  pair.worker.send(lane::up::Finished{id, {}});
  pair.worker.ended(*entry);
  EXPECT_EQ(pair.coordinator.begun(), std::vector{id})
      << "a kill now would lose the end, so it must still be known as begun";
  pair.worker.flush();
  lane::Up m;
  ASSERT_TRUE(*pair.coordinator.receive(m));
  EXPECT_TRUE(pair.coordinator.begun().empty());
  EXPECT_EQ(pair.coordinator.in_flight(), 0u);
}

TEST(Ledger, while_the_ring_is_full_ends_that_wait_in_the_outbox_stay_begun) {
  auto pair = LanePair::greeted();
  pair.coordinator.send(a_start(1));
  const AttemptId id{{1, 1, 0}, 1};
  const auto entry = pair.worker.claim();
  pair.worker.begun(*entry, id);
  for (int i = 0; i < 30; ++i) pair.worker.send(lane::up::Note{std::nullopt, std::string(100'000, 'n')});
  pair.worker.send(lane::up::Finished{id, {}});
  pair.worker.ended(*entry);
  pair.worker.flush();
  ASSERT_TRUE(pair.worker.wants_flush());
  EXPECT_EQ(pair.coordinator.begun(), std::vector{id});
  lane::Up m;
  while (!std::holds_alternative<lane::up::Finished>(m))
    if (!*pair.coordinator.receive(m)) pair.worker.flush();
  pair.worker.flush();
  EXPECT_TRUE(pair.coordinator.begun().empty());
}

TEST(Ledger, it_is_full_at_its_limit_and_has_room_again_after_an_end) {
  auto pair = LanePair::greeted();
  std::uint32_t last = 0;
  for (std::uint32_t i = 0; i < lane::kLedgerEntries; ++i) {
    const auto entry = pair.worker.claim();
    ASSERT_TRUE(entry) << i;
    last = *entry;
  }
  EXPECT_FALSE(pair.worker.claim());
  pair.worker.ended(last);
  pair.worker.flush();
  EXPECT_EQ(pair.worker.claim(), last);
}

TEST(Blame, the_guilty_one_is_what_ran_on_the_thread_that_took_the_signal) {
  auto pair = LanePair::greeted();
  for (std::uint32_t n = 0; n < 2; ++n) {
    pair.coordinator.send(a_start(n));
    pair.worker.begun(*pair.worker.claim(), {{1, n, 0}, 1});
  }
  auto first = pair.worker.blame(1), second = pair.worker.blame(2);
  first.running(0);
  second.running(1);
  EXPECT_FALSE(pair.coordinator.guilty());
  second.crashed(11);
  EXPECT_EQ(pair.coordinator.guilty(), (lane::Guilty{{{1, 1, 0}, 1}, 11}));
  second.idle();
  EXPECT_FALSE(pair.coordinator.guilty()) << "a signal between attempts is nobody's";
}

}  // namespace
}  // namespace rota
