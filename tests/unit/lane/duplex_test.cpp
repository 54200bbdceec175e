// Messages through both lanes, with both ends in one process.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <rapidcheck/gtest.h>

#include <deque>

#include "shared/wire/codec.h"
#include "tests/support/lane_pair.h"

namespace rota {
namespace {

using test::a_start;
using test::LanePair;

bool rings(int bell) {
  pollfd p{bell, POLLIN, 0};
  return ::poll(&p, 1, 0) == 1;
}

TEST(Lane, a_message_arrives_as_it_was_sent) {
  auto pair = LanePair::greeted();
  pair.coordinator.send(a_start(7, 100));
  pair.coordinator.flush();
  lane::Down got;
  ASSERT_TRUE(*pair.worker.receive(got));
  EXPECT_EQ(wire::encoded(got), wire::encoded(a_start(7, 100)));
  EXPECT_FALSE(*pair.worker.receive(got));
}

TEST(Lane, nothing_is_seen_before_it_is_flushed) {
  auto pair = LanePair::greeted();
  pair.coordinator.send(a_start(0));
  lane::Down got;
  EXPECT_FALSE(*pair.worker.receive(got));
  pair.coordinator.flush();
  EXPECT_TRUE(*pair.worker.receive(got));
}

TEST(Lane, messages_of_every_size_around_a_frame_and_up_to_the_limit_come_whole) {
  auto pair = LanePair::greeted();
  const auto bare = wire::encoded(a_start(0)).size();
  std::vector<std::size_t> sizes{bare + 1};
  for (const auto frame : {std::size_t{64}, std::size_t{limits::kFrameBytes}, std::size_t{2 * limits::kFrameBytes}})
    for (std::size_t around = frame - 30; around < frame + 10; ++around) sizes.push_back(std::max(around, bare + 1));
  for (std::size_t short_of = 0; short_of < 8; ++short_of) sizes.push_back(limits::kLaneMessageBytes - short_of);
  for (const auto size : sizes) {
    auto m = a_start(0, size - bare);
    while (wire::encoded(m).size() > size) std::get<lane::down::Start>(m).assignment.name.pop_back();
    pair.coordinator.send(m);
    lane::Down got;
    while (!*pair.worker.receive(got)) pair.coordinator.flush();
    ASSERT_EQ(wire::encoded(got), wire::encoded(m)) << size;
    pair.worker.send(lane::up::Finished{{{1, 0, 0}, 1}, {}});
    pair.worker.flush();
    lane::Up end;
    ASSERT_TRUE(*pair.coordinator.receive(end));
  }
}

TEST(Lane, a_start_past_the_limit_comes_back_as_a_bad_call_and_is_not_sent) {
  auto pair = LanePair::greeted();
  pair.coordinator.send(a_start(3, limits::kLaneMessageBytes));
  pair.coordinator.flush();
  EXPECT_FALSE(pair.coordinator.about_to_sleep());
  lane::Up back;
  ASSERT_TRUE(*pair.coordinator.receive(back));
  const auto& finished = std::get<lane::up::Finished>(back);
  EXPECT_EQ(finished.attempt.task.job, 3u);
  EXPECT_EQ(finished.report.ending.kind, Ending::Kind::bad_call);
  EXPECT_NE(finished.report.message.find("lane_message_bytes"), std::string::npos);
  lane::Down none;
  EXPECT_FALSE(*pair.worker.receive(none));
}

TEST(Lane, w18_a_full_ring_keeps_the_rest_in_the_outbox_and_asks_for_room) {
  auto pair = LanePair::greeted();
  constexpr std::uint32_t kMany = 40;  // of 100 kB each: several rings full
  for (std::uint32_t n = 0; n < kMany; ++n) pair.coordinator.send(a_start(n, 100'000));
  pair.coordinator.flush();
  EXPECT_TRUE(pair.coordinator.wants_flush());
  ASSERT_TRUE(pair.coordinator.about_to_sleep());
  EXPECT_FALSE(rings(pair.coordinator.bell()));
  std::uint32_t next = 0;
  while (next < kMany) {
    lane::Down got;
    if (*pair.worker.receive(got)) {
      ASSERT_EQ(std::get<lane::down::Start>(got).assignment.id.task.job, next++);
      continue;
    }
    // All that was in the ring is taken: the coordinator must have been rung for the room.
    ASSERT_TRUE(rings(pair.coordinator.bell()));
    pair.coordinator.awake();
    pair.coordinator.flush();
  }
  EXPECT_FALSE(pair.coordinator.wants_flush());
}

TEST(Lane, the_bell_rings_for_a_sleeper_only_and_once_per_sleep) {
  auto pair = LanePair::greeted();
  pair.coordinator.send(a_start(0));
  pair.coordinator.flush();
  EXPECT_FALSE(rings(pair.worker.bell())) << "the worker was awake";
  EXPECT_FALSE(pair.worker.about_to_sleep()) << "there is something to receive";
  lane::Down got;
  ASSERT_TRUE(*pair.worker.receive(got));
  ASSERT_TRUE(pair.worker.about_to_sleep());
  pair.coordinator.send(a_start(1));
  pair.coordinator.flush();
  ASSERT_TRUE(rings(pair.worker.bell()));
  pair.worker.awake();
  EXPECT_FALSE(rings(pair.worker.bell()));
  pair.coordinator.send(a_start(2));
  pair.coordinator.flush();
  EXPECT_FALSE(rings(pair.worker.bell()));
}

TEST(Lane, a_sleep_that_is_announced_twice_is_still_rung) {
  auto pair = LanePair::greeted();
  ASSERT_TRUE(pair.worker.about_to_sleep());
  ASSERT_TRUE(pair.worker.about_to_sleep());
  pair.coordinator.send(a_start(0));
  pair.coordinator.flush();
  EXPECT_TRUE(rings(pair.worker.bell()));
}

TEST(Lane, a_bell_that_the_peer_has_filled_and_made_blocking_never_blocks) {
  auto pair = LanePair::greeted();
  for (const int bell : {pair.worker.bell(), pair.coordinator.bell()}) {
    const std::uint64_t full = ~std::uint64_t{1};
    ASSERT_EQ(::write(bell, &full, sizeof full), 8);
    ASSERT_EQ(::fcntl(bell, F_SETFL, 0), 0);
  }
  ASSERT_TRUE(pair.worker.about_to_sleep());
  pair.coordinator.send(a_start(0));
  pair.coordinator.flush();  // would block for ever on a write
  pair.coordinator.awake();  // takes the content
  pair.coordinator.awake();  // would block for ever on a read
  EXPECT_TRUE(rings(pair.worker.bell()));
}

RC_GTEST_PROP(LaneProperty, any_interleaving_delivers_every_message_once_in_order, ()) {
  auto pair = LanePair::greeted();
  std::deque<std::string> down_expected, up_expected;
  std::uint32_t n = 0;
  const auto take_down = [&] {
    lane::Down d;
    if (!LanePair::made(pair.worker.receive(d))) return false;
    RC_ASSERT(!down_expected.empty() && wire::encoded(d) == down_expected.front());
    down_expected.pop_front();
    return true;
  };
  const auto take_up = [&] {
    lane::Up u;
    if (!LanePair::made(pair.coordinator.receive(u))) return false;
    RC_ASSERT(!up_expected.empty() && wire::encoded(u) == up_expected.front());
    up_expected.pop_front();
    return true;
  };
  for (const int what : *rc::gen::container<std::vector<int>>(200, rc::gen::inRange(0, 8))) {
    if (what < 3) {
      const auto m =
          a_start(n++, *rc::gen::weightedOneOf<std::size_t>({{8, rc::gen::inRange<std::size_t>(0, 300)},
                                                             {1, rc::gen::inRange<std::size_t>(0, 200'000)}}));
      down_expected.push_back(wire::encoded(m));
      pair.coordinator.send(m);
    } else if (what == 3) {
      lane::Up note = lane::up::Note{std::nullopt, std::string(*rc::gen::inRange<std::size_t>(0, 60'000), 'n')};
      up_expected.push_back(wire::encoded(note));
      pair.worker.send(note);
    } else if (what == 4) {
      pair.coordinator.flush();
    } else if (what == 5) {
      pair.worker.flush();
    } else if (what == 6) {
      take_down();
    } else {
      take_up();
    }
  }
  for (bool more = true; more;) {
    pair.coordinator.flush();
    pair.worker.flush();
    more = take_down();
    more = take_up() || more || pair.coordinator.wants_flush() || pair.worker.wants_flush();
  }
  RC_ASSERT(down_expected.empty() && up_expected.empty());
}

}  // namespace
}  // namespace rota
