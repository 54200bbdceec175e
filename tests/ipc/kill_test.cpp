// kill -9 of the peer at every step of its protocol, and at any other moment: what it published is there, whole and
// once; what it began is known; nothing else is claimed.
#include <algorithm>
#include <random>
#include <set>

#include "tests/ipc/peer.h"

namespace rota {
namespace {

using test::a_start;
using test::Peer;

struct Account {
  std::set<std::uint32_t> started, finished;
  std::size_t hellos = 0;

  /// Takes all there is. False (and a failure) when the lane is corrupt: an honest worker that is killed leaves none
  /// so.
  bool drain(lane::CoordinatorEnd& end) {
    lane::Up m;
    for (;;) {
      const auto got = end.receive(m);
      EXPECT_TRUE(got) << to_text(got.error());
      if (!got) return false;
      if (!*got) return true;
      if (std::get_if<lane::up::Hello>(&m)) ++hellos;
      if (const auto* s = std::get_if<lane::up::Started>(&m)) started.insert(s->attempt.task.job);
      if (const auto* f = std::get_if<lane::up::Finished>(&m)) finished.insert(f->attempt.task.job);
    }
  }
};

/// After the death: every attempt is finished, begun, or never began, and nothing published was lost.
void check(Peer& peer, Account& account, std::uint32_t sent) {
  ASSERT_TRUE(account.drain(peer.end()));
  EXPECT_GE(account.finished.size(), peer.witnessed());
  EXPECT_EQ(peer.end().in_flight(), sent - account.finished.size());
  const auto begun = peer.end().begun();
  for (const auto& id : begun) {
    EXPECT_LT(id.task.job, sent);
    EXPECT_FALSE(account.finished.contains(id.task.job));
  }
  for (const auto job : account.started) {
    const bool known = account.finished.contains(job) ||
                       std::any_of(begun.begin(), begun.end(), [job](const AttemptId& a) { return a.task.job == job; });
    EXPECT_TRUE(known) << "attempt " << job << " was started and is neither begun nor finished";
  }
}

/// Feeds the peer until it is dead or all is done; returns what was sent.
std::uint32_t feed(Peer& peer, Account& account, std::uint32_t count, std::uint32_t burst, std::size_t padding) {
  std::uint32_t sent = 0;
  while (!peer.dead() && account.finished.size() < count) {
    for (std::uint32_t i = 0; i < burst && sent < count; ++i) peer.end().send(a_start(sent++, padding));
    peer.end().flush();
    peer.doze();
    if (!account.drain(peer.end())) break;
  }
  return sent;
}

TEST(Kill, w02_at_each_step_of_the_protocol) {
  constexpr std::uint32_t kCount = 12;
  int deaths = 0;
  for (long step = 1; step < 400; ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    Peer peer("serve", std::to_string(step));
    Account account;
    const auto sent = feed(peer, account, kCount, 3, 10);
    if (account.finished.size() == kCount && !peer.dead()) break;  // it needs fewer steps than that
    EXPECT_EQ(peer.wait_death(), (Ending{Ending::Kind::signalled, SIGKILL}));
    ++deaths;
    check(peer, account, sent);
    if (HasFailure()) return;
  }
  EXPECT_GT(deaths, 50);
}

TEST(Kill, w02_at_any_moment_from_outside) {
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    Peer peer("serve", "0");
    Account account;
    const auto doomed_at = random() % 3000;
    const auto padding = random() % 3 == 0 ? 5000u : random() % 100;
    std::uint32_t sent = 0;
    while (!peer.dead() && account.finished.size() < 5000) {
      for (int i = 0; i < 40 && sent < 5000; ++i) peer.end().send(a_start(sent++, padding));
      peer.end().flush();
      if (sent >= doomed_at) peer.kill();  // it goes on for as long as the signal takes
      if (random() % 2) peer.doze();
      ASSERT_TRUE(account.drain(peer.end()));
    }
    peer.wait_death();
    check(peer, account, sent);
    if (HasFailure()) return;
  }
}

TEST(Kill, s04_of_everybody_leaves_nothing_with_a_name) {
  {
    Peer peer("serve", "0");
    Account account;
    feed(peer, account, 100, 10, 0);
    peer.kill();
    peer.wait_death();
  }
  EXPECT_EQ(test::slurp("/proc/self/maps").find("rota-lane"), std::string::npos);
}

TEST(Serve, everything_is_answered_and_the_end_is_orderly) {
  Peer peer("serve", "0");
  Account account;
  EXPECT_EQ(feed(peer, account, 20'000, 500, 20), 20'000u);
  peer.end().send(lane::down::End{});
  peer.end().flush();
  EXPECT_EQ(peer.wait_death(), (Ending{Ending::Kind::exited, 0}));
  ASSERT_TRUE(account.drain(peer.end()));
  EXPECT_EQ(account.finished.size(), 20'000u);
  EXPECT_EQ(peer.witnessed(), 20'000u);
  EXPECT_TRUE(peer.end().begun().empty());
}

}  // namespace
}  // namespace rota
