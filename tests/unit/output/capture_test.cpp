// Capture: the cap is exact, the tail survives, dropped bytes are counted, the ready text is found across writes.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "shared/limits.h"
#include "shared/output/read.h"
#include "tests/support/scratch.h"

namespace rota::output {
namespace {

using test::Scratch;

const AttemptId kOurs{{1, 4, 0}, 2};

struct Kept {
  std::string out, err;
  int gaps = 0;
};

Kept kept(const Scratch& s, const OutputRef& ref, AttemptId id = kOurs) {
  Kept k;
  EXPECT_TRUE(read_attempt(s.path("a"), id, ref, {}, [&](const Chunk& c) {
    (c.stream == Stream::out ? k.out : k.err) += c.bytes;
    k.gaps += c.after_gap;
    return true;
  }));
  return k;
}

std::string pattern(std::size_t n) {
  std::string s;
  for (std::size_t i = 0; i < n; ++i) s.push_back(static_cast<char>('a' + (i * 7919 >> 3) % 26));
  return s;
}

TEST(Capture, an_attempt_that_wrote_nothing_has_no_range_and_makes_no_file) {
  Scratch s;
  SegmentWriter w(9, s.path("a"));
  Capture c(w, kOurs, 100, "");
  const auto ref = c.finish();
  EXPECT_EQ(ref.bytes, 0u);
  EXPECT_EQ(ref.dropped, 0u);
  EXPECT_EQ(test::slurp(s.path("a")), "");
}

TEST(Capture, the_range_holds_this_attempts_chunks_among_others) {
  Scratch s;
  SegmentWriter w(9, s.path("a"));
  const AttemptId other{{1, 5, 0}, 1};
  Capture mine(w, kOurs, 1000, ""), theirs(w, other, 1000, "");
  theirs.write(Stream::out, "before ");
  mine.write(Stream::out, "one ");
  theirs.write(Stream::out, "between ");
  mine.write(Stream::err, "two");
  theirs.write(Stream::out, "after");
  const auto ref = mine.finish();
  EXPECT_EQ(ref.segment, 9u);
  EXPECT_EQ(ref.bytes, 7u);
  const auto k = kept(s, ref);
  EXPECT_EQ(k.out, "one ");
  EXPECT_EQ(k.err, "two");
  EXPECT_EQ(kept(s, theirs.finish(), other).out, "before between after");
}

TEST(Capture, one_stream_alone_can_be_read) {
  Scratch s;
  SegmentWriter w(1, s.path("a"));
  Capture c(w, kOurs, 1000, "");
  c.write(Stream::out, "o");
  c.write(Stream::err, "e");
  std::string only;
  ASSERT_TRUE(read_attempt(s.path("a"), kOurs, c.finish(), Stream::err, [&](const Chunk& chunk) {
    only += chunk.bytes;
    return true;
  }));
  EXPECT_EQ(only, "e");
}

TEST(Capture, output_of_exactly_the_cap_is_kept_whole_and_one_byte_more_too) {
  for (const std::size_t more : {0u, 1u}) {
    Scratch s;
    SegmentWriter w(1, s.path("a"));
    Capture c(w, kOurs, 1000, "");
    const auto bytes = pattern(1000 + more);
    c.write(Stream::out, bytes);
    const auto ref = c.finish();
    EXPECT_EQ(ref.dropped, 0u);
    EXPECT_EQ(ref.bytes, 1000 + more);
    const auto k = kept(s, ref);
    EXPECT_EQ(k.out, bytes);
    EXPECT_EQ(k.gaps, 0);
  }
}

TEST(Capture, p10_past_cap_and_tail_the_head_and_the_end_are_kept_and_the_middle_is_counted) {
  Scratch s;
  SegmentWriter w(1, s.path("a"));
  constexpr std::size_t cap = 10'000, lost = 12'345;
  Capture c(w, kOurs, cap, "");
  const auto bytes = pattern(cap + lost + limits::kLogTailBytes);
  for (std::size_t at = 0; at < bytes.size(); at += 777) c.write(Stream::out, std::string_view(bytes).substr(at, 777));
  const auto ref = c.finish();
  EXPECT_EQ(ref.dropped, lost);
  EXPECT_EQ(ref.bytes, cap + limits::kLogTailBytes);
  const auto k = kept(s, ref);
  EXPECT_EQ(k.gaps, 1);
  EXPECT_TRUE(k.out == bytes.substr(0, cap) + bytes.substr(bytes.size() - limits::kLogTailBytes));
}

TEST(Capture, each_stream_keeps_its_own_end) {
  Scratch s;
  SegmentWriter w(1, s.path("a"));
  Capture c(w, kOurs, 10, "");
  c.write(Stream::out, pattern(300'000));
  c.write(Stream::err, "the last words");
  const auto k = kept(s, c.finish());
  EXPECT_EQ(k.err, "the last words");
  EXPECT_EQ(k.out.size(), 10 + limits::kLogTailBytes);
}

TEST(Capture, a_cap_of_zero_keeps_the_end_alone) {
  Scratch s;
  SegmentWriter w(1, s.path("a"));
  Capture c(w, kOurs, 0, "");
  c.write(Stream::out, "abc");
  EXPECT_EQ(kept(s, c.finish()).out, "abc");
}

TEST(Capture, finish_twice_writes_once) {
  Scratch s;
  SegmentWriter w(1, s.path("a"));
  Capture c(w, kOurs, 5, "");
  c.write(Stream::out, "0123456789");
  const auto first = c.finish();
  EXPECT_EQ(c.finish(), first);
  EXPECT_EQ(kept(s, first).out, "0123456789");
}

TEST(Capture, bytes_that_the_segment_refuses_are_dropped_and_the_reason_is_kept) {
  Scratch s;
  SegmentWriter w(1, s.path("no/such/directory/a"));
  Capture c(w, kOurs, 3, "");
  c.write(Stream::out, "hello");
  const auto ref = c.finish();
  EXPECT_EQ(ref.bytes, 0u);
  EXPECT_EQ(ref.dropped, 5u);
  EXPECT_FALSE(c.status());
}

TEST(Capture, the_ready_text_is_reported_once_wherever_the_writes_cut_it) {
  const std::string text = "now listening", all = "noise now list now listening now listening";
  for (std::size_t a = 0; a <= all.size(); ++a) {
    for (std::size_t b = a; b <= all.size(); ++b) {
      SegmentWriter w(1, "/nonexistent/a");
      Capture c(w, kOurs, 0, text);
      int found = c.write(Stream::out, all.substr(0, a));
      found += c.write(Stream::out, all.substr(a, b - a));
      found += c.write(Stream::out, all.substr(b));
      EXPECT_EQ(found, 1) << a << " " << b;
    }
  }
}

TEST(Capture, the_ready_text_is_not_put_together_from_two_streams) {
  SegmentWriter w(1, "/nonexistent/a");
  Capture c(w, kOurs, 0, "ready");
  EXPECT_FALSE(c.write(Stream::out, "rea"));
  EXPECT_FALSE(c.write(Stream::err, "dy"));
  EXPECT_TRUE(c.write(Stream::out, "dy"));
}

RC_GTEST_PROP(Capture, the_ready_text_is_found_exactly_when_the_stream_contains_it, ()) {
  const auto text = *rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab"))));
  const auto parts = *rc::gen::container<std::vector<std::string>>(
      rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab"))));
  SegmentWriter w(1, "/nonexistent/a");
  Capture c(w, kOurs, 0, text);
  std::string all;
  bool found = false;
  for (const auto& p : parts) {
    all += p;
    const bool now = c.write(Stream::out, p);
    RC_ASSERT(!(now && found));
    found |= now;
    RC_ASSERT(found == (all.find(text) != std::string::npos));
  }
}

}  // namespace
}  // namespace rota::output
