// Segments: what was written is read back, byte for byte; damage is found; a torn tail is not there yet.
#include "shared/output/segment.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

#include <sys/resource.h>

#include "shared/output/read.h"
#include "shared/wire/crc32c.h"
#include "tests/support/scratch.h"

namespace rota::output {
namespace {

using test::Scratch;
using test::slurp;

AttemptId attempt(JobIndex job, std::uint32_t number = 1) { return {{1, job, 0}, number}; }

void overwrite(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

/// All chunks as "job/attempt/stream:bytes".
std::vector<std::string> all_of(const std::string& path) {
  auto reader = SegmentReader::open(path);
  EXPECT_TRUE(reader);
  std::vector<std::string> out;
  Chunk c;
  while (true) {
    const auto more = reader->next(c);
    if (!more) {
      out.push_back("error");
      return out;
    }
    if (!*more) return out;
    out.push_back(std::to_string(c.task.job) + "/" + std::to_string(c.attempt) + "/" +
                  std::to_string(static_cast<int>(c.stream)) + ":" + std::string(c.bytes));
  }
}

TEST(Crc32c, the_published_vectors_hold_by_table_and_by_instruction) {
  EXPECT_EQ(wire::crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(wire::crc32c_by_table("123456789"), 0xE3069283u);
  EXPECT_EQ(wire::crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(wire::crc32c(std::string(32, '\xff')), 0x62A8AB43u);
  EXPECT_EQ(wire::crc32c(""), 0u);
}

RC_GTEST_PROP(Crc32c, parts_give_what_the_whole_gives, (std::string a, std::string b)) {
  RC_ASSERT(wire::crc32c(b, wire::crc32c(a)) == wire::crc32c(a + b));
  RC_ASSERT(wire::crc32c(a + b) == wire::crc32c_by_table(a + b));
}

TEST(Segment, chunks_come_back_as_they_went) {
  Scratch s;
  SegmentWriter w(3, s.path("a"));
  ASSERT_TRUE(w.append(attempt(1), Stream::out, "one"));
  ASSERT_TRUE(w.append(attempt(2, 5), Stream::err, std::string("\0\xff\n", 3)));
  EXPECT_EQ(all_of(s.path("a")), (std::vector<std::string>{"1/1/1:one", "2/5/2:" + std::string("\0\xff\n", 3)}));
  EXPECT_EQ(w.end(), slurp(s.path("a")).size());
}

TEST(Segment, the_file_appears_with_the_first_byte_and_is_never_taken_over) {
  Scratch s;
  SegmentWriter first(1, s.path("a"));
  EXPECT_NE(::access(s.path("a").c_str(), F_OK), 0);
  ASSERT_TRUE(first.append(attempt(1), Stream::out, "x"));
  SegmentWriter second(1, s.path("a"));
  EXPECT_FALSE(second.append(attempt(1), Stream::out, "y"));
  EXPECT_FALSE(second.append(attempt(1), Stream::out, "z")) << "the first error stays";
  EXPECT_EQ(all_of(s.path("a")).size(), 1u);
}

TEST(Segment, a_long_write_becomes_chunks_of_at_most_the_limit) {
  Scratch s;
  SegmentWriter w(1, s.path("a"));
  std::string bytes;
  for (std::size_t i = 0; i < 2 * kChunkBytes + 1; ++i) bytes.push_back(static_cast<char>(i * 31 / 7));
  const auto place = w.append(attempt(1), Stream::out, bytes);
  ASSERT_TRUE(place);
  std::string back;
  std::size_t chunks = 0;
  ASSERT_TRUE(
      read_attempt(s.path("a"), attempt(1), {1, place->first, place->end, bytes.size(), 0}, {}, [&](const Chunk& c) {
        back += c.bytes;
        EXPECT_LE(c.bytes.size(), kChunkBytes);
        ++chunks;
        return true;
      }));
  EXPECT_EQ(chunks, 3u);
  EXPECT_TRUE(back == bytes);
}

TEST(Segment, every_cut_of_the_file_gives_the_whole_chunks_before_it) {
  Scratch s;
  SegmentWriter w(1, s.path("a"));
  std::vector<std::uint64_t> ends;
  for (const char* text : {"alpha", "be", "gamma!"}) ends.push_back(w.append(attempt(1), Stream::out, text)->end);
  const auto whole = slurp(s.path("a"));
  for (std::size_t n = 0; n <= whole.size(); ++n) {
    overwrite(s.path("cut"), whole.substr(0, n));
    const auto expected =
        static_cast<std::size_t>(std::count_if(ends.begin(), ends.end(), [&](auto e) { return e <= n; }));
    const auto got = all_of(s.path("cut"));
    EXPECT_EQ(got.size(), expected) << n;
    EXPECT_TRUE(got.empty() || got.back() != "error") << n;
  }
}

TEST(Segment, every_flipped_bit_before_the_last_chunk_is_found) {
  Scratch s;
  SegmentWriter w(1, s.path("a"));
  const auto first = w.append(attempt(1), Stream::out, "alpha");
  ASSERT_TRUE(w.append(attempt(1), Stream::out, std::string(300, 'z')));
  const auto whole = slurp(s.path("a"));
  for (std::size_t n = 0; n < first->end; ++n) {
    auto evil = whole;
    evil[n] = static_cast<char>(evil[n] ^ 0x10);
    overwrite(s.path("evil"), evil);
    const auto got = all_of(s.path("evil"));
    EXPECT_TRUE(got.empty() || got.front() == "error") << "byte " << n << " gave " << got.front();
  }
}

TEST(Segment, zeros_after_the_last_chunk_are_a_torn_tail) {
  Scratch s;
  SegmentWriter w(1, s.path("a"));
  ASSERT_TRUE(w.append(attempt(1), Stream::out, "kept"));
  overwrite(s.path("b"), slurp(s.path("a")) + std::string(4096, '\0'));
  EXPECT_EQ(all_of(s.path("b")), (std::vector<std::string>{"1/1/1:kept"}));
}

TEST(Segment, a_follower_goes_on_when_the_file_has_grown) {
  Scratch s;
  SegmentWriter w(1, s.path("a"));
  ASSERT_TRUE(w.append(attempt(1), Stream::out, "one"));
  auto reader = SegmentReader::open(s.path("a"));
  ASSERT_TRUE(reader);
  Chunk c;
  ASSERT_TRUE(*reader->next(c));
  EXPECT_FALSE(*reader->next(c));
  ASSERT_TRUE(w.append(attempt(1), Stream::err, "two"));
  ASSERT_TRUE(*reader->next(c));
  EXPECT_EQ(c.bytes, "two");
  reader->seek(0);
  ASSERT_TRUE(*reader->next(c));
  EXPECT_EQ(c.bytes, "one");
}

TEST(Segment, chunks_of_many_threads_do_not_mix) {
  Scratch s;
  SegmentWriter w(1, s.path("a"));
  std::vector<std::thread> threads;
  for (JobIndex j = 0; j < 4; ++j) {
    threads.emplace_back([&, j] {
      for (int i = 0; i < 200; ++i) ASSERT_TRUE(w.append(attempt(j), Stream::out, std::string(100, char('a' + j))));
    });
  }
  for (auto& t : threads) t.join();
  const auto got = all_of(s.path("a"));
  EXPECT_EQ(got.size(), 800u);
  EXPECT_EQ(std::count(got.begin(), got.end(), "2/1/1:" + std::string(100, 'c')), 200);
}

TEST(Segment, a_write_that_the_disk_cuts_short_leaves_whole_chunks_and_says_why) {
  Scratch s;
  SegmentWriter w(1, s.path("a"));
  ASSERT_TRUE(w.append(attempt(1), Stream::out, "before"));
  rlimit old{};
  ::getrlimit(RLIMIT_FSIZE, &old);
  const rlimit tight{1000, old.rlim_max};
  const auto old_action = ::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &tight);
  const auto failed = w.append(attempt(1), Stream::out, std::string(5000, 'x'));
  const auto later = w.append(attempt(1), Stream::out, "y");
  ::setrlimit(RLIMIT_FSIZE, &old);
  ::signal(SIGXFSZ, old_action);
  EXPECT_FALSE(failed);
  EXPECT_FALSE(later);
  EXPECT_EQ(slurp(s.path("a")).size(), w.end());
  EXPECT_EQ(all_of(s.path("a")), (std::vector<std::string>{"1/1/1:before"}));
}

TEST(Segment, a_file_that_is_no_segment_is_refused_without_harm) {
  Scratch s;
  overwrite(s.path("a"), std::string(200, 'q'));
  EXPECT_EQ(all_of(s.path("a")), (std::vector<std::string>{"error"}));
  EXPECT_FALSE(SegmentReader::open(s.path()));
  EXPECT_FALSE(SegmentReader::open(s.path("nope")));
}

TEST(Segment, names_have_six_digits) { EXPECT_EQ(segment_file_name(7), "000007.seg"); }

}  // namespace
}  // namespace rota::output
