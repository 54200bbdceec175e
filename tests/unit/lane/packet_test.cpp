// PacketLink: messages of every size come whole and in order; a peer that goes or lies is told as such.
#include "shared/lane/packet.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <vector>

#include "shared/limits.h"

namespace rota::lane {
namespace {

struct Pair {
  std::optional<PacketLink> a, b;
  Pair() {
    auto sockets = posix::make_socketpair(SOCK_SEQPACKET);
    EXPECT_TRUE(sockets);
    a.emplace(std::move(sockets->first));
    b.emplace(std::move(sockets->second));
  }
};

/// Flushes and receives in turn until everything has arrived.
std::vector<std::string> pumped(PacketLink& from, PacketLink& to) {
  std::vector<std::string> got;
  std::string message;
  do {
    EXPECT_TRUE(from.flush());
    while (*to.receive(message)) got.push_back(message);
  } while (from.wants_write());
  return got;
}

TEST(PacketLink, messages_of_all_sizes_come_whole_and_in_order) {
  Pair p;
  std::vector<std::string> sent;
  for (const std::size_t n :
       {std::size_t{0}, std::size_t{1}, std::size_t{limits::kFrameBytes - 5}, std::size_t{limits::kFrameBytes - 4},
        std::size_t{limits::kFrameBytes - 3}, std::size_t{limits::kFrameBytes}, std::size_t{limits::kLaneMessageBytes},
        std::size_t{3}}) {
    sent.emplace_back(n, static_cast<char>('a' + sent.size()));
    ASSERT_TRUE(p.a->send(sent.back()));
  }
  EXPECT_TRUE(pumped(*p.a, *p.b) == sent);
  EXPECT_EQ(p.a->outbox_bytes(), 0u);
}

TEST(PacketLink, one_byte_past_the_limit_is_refused_and_nothing_is_sent) {
  Pair p;
  EXPECT_FALSE(p.a->send(std::string(limits::kLaneMessageBytes + 1, 'x')));
  EXPECT_FALSE(p.a->wants_write());
}

TEST(PacketLink, sending_to_a_peer_that_does_not_read_never_blocks) {
  Pair p;
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(p.a->send(std::string(100'000, static_cast<char>('a' + i % 26))));
    ASSERT_TRUE(p.a->flush());
  }
  EXPECT_TRUE(p.a->wants_write());
  EXPECT_GT(p.a->outbox_bytes(), 1'000'000u);
  EXPECT_EQ(pumped(*p.a, *p.b).size(), 200u);
}

TEST(PacketLink, many_short_messages_share_packets) {
  Pair p;
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(p.a->send("twelve bytes"));
  EXPECT_LE(p.a->outbox_bytes(), 16'000u);
  ASSERT_TRUE(p.a->flush());
  EXPECT_FALSE(p.a->wants_write()) << "one packet holds them all";
  EXPECT_EQ(pumped(*p.a, *p.b).size(), 1000u);
}

TEST(PacketLink, what_a_dead_peer_had_said_is_still_heard_then_the_end) {
  Pair p;
  ASSERT_TRUE(p.a->send("to the one that will not read it"));
  ASSERT_TRUE(p.a->flush());
  ASSERT_TRUE(p.b->send("last words"));
  ASSERT_TRUE(p.b->flush());
  p.b.reset();
  std::string message;
  const auto first = p.a->receive(message);
  ASSERT_TRUE(first && *first);
  EXPECT_EQ(message, "last words");
  EXPECT_FALSE(p.a->eof());
  const auto second = p.a->receive(message);
  ASSERT_TRUE(second);
  EXPECT_FALSE(*second);
  EXPECT_TRUE(p.a->eof());
  ASSERT_TRUE(p.a->send("into the void"));
  EXPECT_TRUE(p.a->flush());
  EXPECT_FALSE(p.a->wants_write());
}

TEST(PacketLink, a_packet_that_breaks_the_rules_is_corrupt_for_good) {
  const std::string too_long(limits::kFrameBytes + 1, '\0');
  for (const std::string& evil :
       {std::string("\x01"), std::string("\xff\xff\xff\xff"), std::string("\x08\0\0\0abc", 7), too_long}) {
    auto sockets = posix::make_socketpair(SOCK_SEQPACKET);
    ASSERT_EQ(::send(sockets->first.get(), evil.data(), evil.size(), 0), static_cast<ssize_t>(evil.size()));
    PacketLink link(std::move(sockets->second));
    std::string message;
    EXPECT_FALSE(link.receive(message));
    EXPECT_FALSE(link.receive(message));
  }
}

TEST(PacketLink, a_message_that_never_ends_is_stopped_at_the_limit) {
  auto sockets = posix::make_socketpair(SOCK_SEQPACKET);
  PacketLink link(std::move(sockets->second));
  std::string evil(4 + 8000, 'x');
  const std::uint32_t head = 8000u << 1 | 1u;
  for (std::size_t i = 0; i < 4; ++i) evil[i] = static_cast<char>(head >> (8 * i));
  std::string message;
  bool stopped = false;
  for (std::size_t sent = 0; sent < 2 * limits::kLaneMessageBytes && !stopped; sent += 8000) {
    ASSERT_EQ(::send(sockets->first.get(), evil.data(), evil.size(), 0), static_cast<ssize_t>(evil.size()));
    stopped = !link.receive(message);
  }
  EXPECT_TRUE(stopped);
}

RC_GTEST_PROP(PacketLink, any_sequence_of_messages_comes_back, (std::vector<std::string> messages)) {
  Pair p;
  for (auto& m : messages) {
    while (m.size() > 3 && m.size() < 50'000) m += m;  // some are longer than a packet
    RC_ASSERT(p.a->send(m).has_value());
  }
  RC_ASSERT(pumped(*p.a, *p.b) == messages);
}

}  // namespace
}  // namespace rota::lane
