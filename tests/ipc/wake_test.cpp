// The protocol of the bells under a hammer: no wake-up is ever lost. A lost one shows as a sleeper that nobody wakes,
// which fails after a minute instead of hanging.
#include <random>
#include <thread>

#include "tests/ipc/peer.h"

namespace rota {
namespace {

using test::a_start;
using test::LanePair;
using test::Peer;

/// ROTA_HANDOFFS sets how many messages are handed over; 1e8 is for a long night.
std::uint32_t handoffs(std::uint32_t usual) {
  const char* set = std::getenv("ROTA_HANDOFFS");
  return set ? static_cast<std::uint32_t>(std::strtoul(set, nullptr, 10)) : usual;
}

template <class End>
bool doze(End& end) {
  if (!end.about_to_sleep()) return true;
  pollfd p{end.bell(), POLLIN, 0};
  const bool rung = ::poll(&p, 1, 60'000) == 1;
  end.awake();
  return rung;
}

void spin(std::uint32_t turns) {
  for (std::uint32_t i = 0; i < turns; ++i) asm volatile("" ::: "memory");
}

TEST(Wake, w19_no_wake_up_is_lost_between_two_threads) {
  auto pair = LanePair::greeted();
  const auto total = handoffs(1'000'000);
  // Bursts of random length answered one by one: both sides fall asleep at every possible moment.
  std::thread worker([&] {
    std::mt19937 random(1);
    for (std::uint32_t taken = 0; taken < total;) {
      lane::Down m;
      const auto got = pair.worker.receive(m);
      if (!got) return;
      if (*got) {
        const auto id = std::get<lane::down::Start>(m).assignment.id;
        pair.worker.send(lane::up::Finished{id, {}});
        ++taken;
        continue;
      }
      pair.worker.flush();
      spin(random() % 64);
      if (!doze(pair.worker)) return;
    }
    pair.worker.flush();
  });
  std::mt19937 random(2);
  std::uint32_t sent = 0, back = 0;
  bool woken = true;
  while (back < total && woken) {
    for (auto burst = 1 + random() % 32; burst > 0 && sent < total; --burst) pair.coordinator.send(a_start(sent++));
    pair.coordinator.flush();
    while (back < sent && woken) {
      lane::Up m;
      const auto got = pair.coordinator.receive(m);
      ASSERT_TRUE(got) << to_text(got.error());
      if (*got)
        ++back;
      else if (spin(random() % 64); back < sent)
        woken = doze(pair.coordinator);
    }
  }
  EXPECT_TRUE(woken) << "a wake-up was lost after " << back;
  worker.join();
  EXPECT_EQ(back, total);
}

TEST(Wake, w19_no_wake_up_is_lost_between_two_processes) {
  Peer peer("serve", "0");
  const auto total = handoffs(100'000);
  std::mt19937 random(3);
  std::uint32_t sent = 0, back = 0;
  while (back < total && !HasFailure()) {
    for (auto burst = 1 + random() % 16; burst > 0 && sent < total; --burst) peer.end().send(a_start(sent++));
    peer.end().flush();
    while (back < sent && !HasFailure()) {
      lane::Up m;
      const auto got = peer.end().receive(m);
      ASSERT_TRUE(got) << to_text(got.error());
      if (!*got) {
        peer.doze();
        ASSERT_FALSE(peer.dead());
      } else if (std::holds_alternative<lane::up::Finished>(m)) {
        ++back;
      }
    }
  }
  EXPECT_EQ(back, total);
}

TEST(Wake, w18_no_wake_up_for_room_is_lost_when_both_rings_are_full) {
  Peer peer("serve", "0");
  constexpr std::uint32_t kMany = 60'000;  // sent without reading anything in between
  for (std::uint32_t n = 0; n < kMany; ++n) peer.end().send(a_start(n, 200));
  peer.end().flush();
  std::uint32_t back = 0;
  while (back < kMany && !HasFailure()) {
    lane::Up m;
    const auto got = peer.end().receive(m);
    ASSERT_TRUE(got) << to_text(got.error());
    if (!*got) {
      peer.end().flush();
      peer.doze();
      ASSERT_FALSE(peer.dead());
    } else if (std::holds_alternative<lane::up::Finished>(m)) {
      ++back;
    }
  }
  EXPECT_EQ(back, kMany);
}

}  // namespace
}  // namespace rota
