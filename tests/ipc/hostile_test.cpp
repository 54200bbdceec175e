// A hostile worker in a process of its own: what the kernel refuses it, and what the coordinator survives.
#include "tests/ipc/peer.h"

namespace rota {
namespace {

using test::a_start;
using test::Peer;

class Attack : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(s02, Attack,
                         ::testing::Values("shrink-a", "shrink-b", "grow-b", "punch-a", "write-a", "map-a", "reopen-a"),
                         [](const auto& p) {
                           std::string name = p.param;
                           for (auto& c : name)
                             if (c == '-') c = '_';
                           return name;
                         });

TEST_P(Attack, s02_is_refused_by_the_kernel) {
  Peer peer("attack", GetParam());
  EXPECT_EQ(peer.wait_death(), (Ending{Ending::Kind::exited, 0}));
}

TEST(HostileProcess, bells_that_are_full_and_blocking_never_block_the_coordinator) {
  Peer peer("attack", "fill-bells");
  pollfd p{peer.end().bell(), POLLIN, 0};
  ASSERT_EQ(::poll(&p, 1, 10'000), 1);
  for (int i = 0; i < 1000; ++i) {
    peer.end().send(a_start(static_cast<std::uint32_t>(i), 5000));
    peer.end().flush();
    lane::Up m;
    const auto got = peer.end().receive(m);
    ASSERT_TRUE(got);
    EXPECT_FALSE(*got);
    peer.end().about_to_sleep();
    peer.end().awake();
  }
  peer.kill();
  peer.wait_death();
}

TEST(HostileProcess, w16_scribbling_all_the_while_ends_in_corrupt_or_silence_and_never_in_a_result) {
  for (int seed = 1; seed <= 30; ++seed) {
    Peer peer("scribble", std::to_string(seed));
    for (std::uint32_t n = 0; n < 50; ++n) peer.end().send(a_start(n));
    peer.end().flush();
    lane::Up m;
    bool corrupt = false;
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(30);
    while (!corrupt && std::chrono::steady_clock::now() < until) {
      const auto got = peer.end().receive(m);
      corrupt = !got;
      if (!corrupt) {
        EXPECT_FALSE(*got) << "a message out of random bytes";
      }
      peer.end().begun();
      peer.end().guilty();
      peer.end().flush();
    }
    peer.kill();
    peer.wait_death();
    const auto got = peer.end().receive(m);
    EXPECT_TRUE(!got || !*got);
  }
}

TEST(HostileProcess, s01_a_process_that_got_another_worker_s_lanes_refuses_them) {
  // The peer is built as worker {2, 9}; these lanes are made for another generation.
  auto end = test::LanePair::made(lane::CoordinatorEnd::create({2, 10}, 4));
  process::SpawnSpec spec;
  spec.argv = {test::program("rota-test-lane-peer"), "serve", "0"};
  spec.extra_fds = end.descriptors();
  auto child = test::LanePair::made(process::spawn(spec));
  end.spawned();
  const auto exit = test::LanePair::made(process::reap(child));
  EXPECT_EQ(exit.ending, (Ending{Ending::Kind::exited, 70}));
}

}  // namespace
}  // namespace rota
