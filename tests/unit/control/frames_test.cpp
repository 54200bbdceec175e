// Frames over a socket pair: whole messages whatever the pieces, one descriptor, and a peer that may do anything.
#include "scheduler/control/frames.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "tests/support/scratch.h"

namespace rota::control {
namespace {

struct Pair {
  Pair() {
    auto made = posix::make_socketpair(SOCK_STREAM).value();
    ours = std::move(made.first);
    theirs = std::move(made.second);
  }
  void send(std::string_view bytes) const {
    ASSERT_EQ(::send(theirs.get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  }
  posix::Fd ours, theirs;
};

std::string header(std::uint32_t word) {
  std::string out;
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>((word >> shift) & 0xff);
  return out;
}
std::string frame(std::string_view text, bool goes_on = false) {
  return header(static_cast<std::uint32_t>(text.size()) | (goes_on ? 0x80000000u : 0)) + std::string(text);
}

using Got = FrameReader::Got;

TEST(Frames, a_message_comes_byte_by_byte_and_is_whole_at_its_last) {
  Pair pair;
  FrameReader in;
  const auto bytes = frame("hello");
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    EXPECT_EQ(in.inside(), i > 0);
    pair.send(bytes.substr(i, 1));
    const auto got = in.read(pair.ours.get());
    ASSERT_TRUE(got);
    EXPECT_EQ(*got, i + 1 == bytes.size() ? Got::message : Got::nothing) << i;
  }
  EXPECT_EQ(in.take().text, "hello");
  EXPECT_FALSE(in.inside());
}

TEST(Frames, two_messages_in_one_piece_are_taken_one_after_the_other) {
  Pair pair;
  FrameReader in;
  pair.send(frame("one") + frame("two"));
  ASSERT_EQ(in.read(pair.ours.get()).value(), Got::message);
  EXPECT_EQ(in.take().text, "one");
  ASSERT_EQ(in.read(pair.ours.get()).value(), Got::message);
  EXPECT_EQ(in.take().text, "two");
  EXPECT_EQ(in.read(pair.ours.get()).value(), Got::nothing);
}

TEST(Frames, a_message_over_several_frames_is_one) {
  Pair pair;
  FrameReader in;
  pair.send(frame("a", true) + frame("b", true) + frame("c"));
  ASSERT_EQ(in.read(pair.ours.get()).value(), Got::message);
  EXPECT_EQ(in.take().text, "abc");
}

TEST(Frames, c06_a_length_of_nothing_or_of_four_gigabytes_is_refused_at_its_header) {
  for (const std::uint32_t word : {0u, 0x80000000u, 0xffffffffu, 0x7fffffffu,
                                   static_cast<std::uint32_t>(limits::kControlFrameBytes) + 1}) {
    Pair pair;
    FrameReader in;
    pair.send(header(word));
    const auto got = in.read(pair.ours.get());
    ASSERT_FALSE(got) << word;
    EXPECT_EQ(got.error().code, Code::invalid);
  }
}

TEST(Frames, c06_a_message_past_its_limit_is_refused_before_its_bytes_come) {
  Pair pair;
  FrameReader at_limit(10), past(9);
  pair.send(frame("12345", true) + frame("67890"));
  EXPECT_EQ(at_limit.read(pair.ours.get()).value(), Got::message);
  pair.send(frame("12345", true) + header(5));
  const auto got = past.read(pair.ours.get());
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::invalid);
}

TEST(Frames, an_end_between_messages_is_an_end_and_one_in_their_midst_is_a_break) {
  for (const std::string sent : {"", "\x05", "\x05\x00\x00\x00ab"}) {
    Pair pair;
    FrameReader in;
    if (!sent.empty()) pair.send(sent == "\x05" ? sent : std::string("\x05\0\0\0ab", 6));
    pair.theirs.reset();
    const auto got = in.read(pair.ours.get());
    if (sent.empty()) EXPECT_EQ(got.value(), Got::end);
    else EXPECT_EQ(got.error().code, Code::unreachable);
  }
}

TEST(Frames, a_large_message_passes_through_a_small_socket) {
  Pair pair;
  const std::string big(3 * limits::kControlFrameBytes + 17, 'x');
  std::thread writer([&] {
    FrameWriter out;
    out.add(big);
    while (!out.empty()) ASSERT_TRUE(out.flush(pair.theirs.get()));
  });
  FrameReader in;
  auto got = in.read(pair.ours.get());
  while (got && *got != Got::message && *got != Got::end) got = in.read(pair.ours.get());
  writer.join();
  ASSERT_TRUE(got);
  EXPECT_EQ(in.take().text, big);
}

TEST(Frames, a_descriptor_comes_with_its_message_and_not_with_the_next) {
  Pair pair;
  const auto file = sealed_file("jobs: {}").value();
  FrameWriter out;
  out.add("first");
  out.add("with file", file.get());
  out.add("last");
  ASSERT_TRUE(out.flush(pair.theirs.get()));
  FrameReader in;
  for (const std::string text : {"first", "with file", "last"}) {
    ASSERT_EQ(in.read(pair.ours.get()).value(), Got::message);
    const auto message = in.take();
    EXPECT_EQ(message.text, text);
    EXPECT_EQ(static_cast<bool>(message.file), text == "with file");
    if (message.file) {
      EXPECT_EQ(check_sealed_file(message.file.get()).value(), 8u);
    }
  }
}

/// Sends one frame with several descriptors.
void send_many(int socket, std::string_view bytes, const std::vector<int>& fds) {
  std::vector<char> control(CMSG_SPACE(fds.size() * sizeof(int)));
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr m{};
  m.msg_iov = &part;
  m.msg_iovlen = 1;
  m.msg_control = control.data();
  m.msg_controllen = control.size();
  auto* c = CMSG_FIRSTHDR(&m);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
  std::memcpy(CMSG_DATA(c), fds.data(), fds.size() * sizeof(int));
  ASSERT_EQ(::sendmsg(socket, &m, 0), static_cast<ssize_t>(bytes.size()));
}

TEST(Frames, c06_of_many_descriptors_one_is_kept_and_no_other_stays_open) {
  Pair pair;
  const auto file = sealed_file("x").value();
  const int before = test::open_descriptors();
  send_many(pair.theirs.get(), frame("a"), std::vector<int>(60, file.get()));
  send_many(pair.theirs.get(), frame("b"), std::vector<int>(2, file.get()));
  FrameReader in;
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(in.read(pair.ours.get()).value(), Got::message);
    const auto message = in.take();
    EXPECT_TRUE(message.file);
    EXPECT_EQ(test::open_descriptors(), before + 1);
  }
  EXPECT_EQ(test::open_descriptors(), before);
}

TEST(Frames, only_a_sealed_memory_file_within_its_limit_is_a_job_file) {
  test::Scratch scratch;
  const auto plain = posix::open_file(scratch.path("plain"), O_RDWR | O_CREAT).value();
  EXPECT_EQ(check_sealed_file(plain.get()).error().code, Code::refused);
  const auto unsealed = posix::make_memfd("x", true).value();
  EXPECT_FALSE(check_sealed_file(unsealed.get()));
  ASSERT_EQ(::fcntl(unsealed.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW), 0);
  EXPECT_FALSE(check_sealed_file(unsealed.get()));
  const auto pipe = posix::make_pipe().value();
  EXPECT_FALSE(check_sealed_file(pipe.first.get()));
  for (const std::uint64_t extra : {0u, 1u}) {
    const auto big = posix::make_memfd("x", true).value();
    ASSERT_EQ(::ftruncate(big.get(), static_cast<off_t>(limits::kJobFileBytes + extra)), 0);
    ASSERT_EQ(::fcntl(big.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK), 0);
    EXPECT_EQ(check_sealed_file(big.get()).has_value(), extra == 0);
  }
  EXPECT_TRUE(check_sealed_file(sealed_file("").value().get()));
}

}  // namespace
}  // namespace rota::control
