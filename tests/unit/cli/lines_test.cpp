// Lines from chunks: whole, in order of each stream, never mixed.
#include "scheduler/cli/display/lines.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "scheduler/cli/display/tails.h"
#include "shared/limits.h"

namespace rota::cli {
namespace {

Origin origin(JobIndex job, output::Stream stream = output::Stream::out, std::uint32_t number = 1) {
  return {{{1, job, 0}, number}, stream};
}

struct Collected {
  std::vector<std::pair<Origin, std::string>> lines;
  LineAssembler assembler{[this](const Origin& o, std::string_view line) { lines.emplace_back(o, std::string(line)); }};
  std::vector<std::string> texts() const {
    std::vector<std::string> out;
    for (const auto& [o, line] : lines) out.push_back(line);
    return out;
  }
};

using Texts = std::vector<std::string>;

TEST(Lines, several_lines_of_one_chunk_come_in_order) {
  Collected c;
  c.assembler.feed(origin(0), "a\nb\n\nc\n");
  EXPECT_EQ(c.texts(), (Texts{"a", "b", "", "c"}));
  EXPECT_EQ(c.assembler.held_bytes(), 0u);
}

TEST(Lines, a_line_in_three_pieces_comes_once_and_whole) {
  Collected c;
  c.assembler.feed(origin(0), "he");
  c.assembler.feed(origin(0), "ll");
  EXPECT_TRUE(c.lines.empty());
  c.assembler.feed(origin(0), "o\nnext");
  EXPECT_EQ(c.texts(), Texts{"hello"});
  EXPECT_EQ(c.assembler.held_bytes(), 4u);
}

TEST(Lines, jobs_streams_and_attempts_do_not_mix) {
  Collected c;
  c.assembler.feed(origin(0), "one ");
  c.assembler.feed(origin(1), "two ");
  c.assembler.feed(origin(0, output::Stream::err), "three ");
  c.assembler.feed(origin(0, output::Stream::out, 2), "four ");
  for (const auto& o : {origin(0, output::Stream::out, 2), origin(0, output::Stream::err), origin(1), origin(0)})
    c.assembler.feed(o, "end\n");
  EXPECT_EQ(c.texts(), (Texts{"four end", "three end", "two end", "one end"}));
}

TEST(Lines, the_end_of_an_attempt_completes_its_last_lines_and_no_others) {
  Collected c;
  c.assembler.feed(origin(0, output::Stream::err), "error");
  c.assembler.feed(origin(0), "last");
  c.assembler.feed(origin(1), "other");
  c.assembler.finish({{1, 0, 0}, 1});
  EXPECT_EQ(c.texts(), (Texts{"last", "error"}));
  c.assembler.finish_all();
  EXPECT_EQ(c.texts().back(), "other");
  EXPECT_EQ(c.assembler.held_bytes(), 0u);
}

TEST(Lines, carriage_returns_and_nul_bytes_stay_part_of_the_line) {
  Collected c;
  c.assembler.feed(origin(0), std::string_view("a\r\nb\0c\n", 7));
  EXPECT_EQ(c.texts(), (Texts{"a\r", std::string("b\0c", 3)}));
}

TEST(Lines, a_line_at_the_limit_is_one_line_and_one_past_it_two_pieces) {
  const std::string full(limits::kDisplayLineBytes, 'x');
  Collected at;
  at.assembler.feed(origin(0), full);
  at.assembler.feed(origin(0), "\nz\n");
  EXPECT_EQ(at.texts(), (Texts{full, "z"}));
  Collected past;
  past.assembler.feed(origin(0), full + "y");
  past.assembler.feed(origin(0), "\n");
  EXPECT_EQ(past.texts(), (Texts{full, "y"}));
}

TEST(Lines, a_line_of_a_megabyte_in_small_chunks_stays_whole) {
  Collected c;
  for (int i = 0; i < 1000; ++i) c.assembler.feed(origin(0), std::string(1000, 'a'));
  c.assembler.feed(origin(0), "\n");
  ASSERT_EQ(c.lines.size(), 1u);
  EXPECT_EQ(c.lines[0].second.size(), 1'000'000u);
}

TEST(Lines, held_bytes_never_pass_their_limit) {
  Collected c;
  const std::string most(limits::kDisplayLineBytes, 'x');
  for (JobIndex job = 0; job < 80; ++job) {
    c.assembler.feed(origin(job), most);
    ASSERT_LE(c.assembler.held_bytes(), limits::kDisplayHeldBytes);
  }
  EXPECT_FALSE(c.lines.empty());
}

RC_GTEST_PROP(Lines, chunking_does_not_change_the_lines, (std::string text, std::vector<std::uint8_t> cuts)) {
  Collected whole, pieces;
  whole.assembler.feed(origin(0), text);
  whole.assembler.finish_all();
  std::string_view rest = text;
  for (const auto cut : cuts) {
    pieces.assembler.feed(origin(0), rest.substr(0, cut));
    rest.remove_prefix(std::min<std::size_t>(cut, rest.size()));
  }
  pieces.assembler.feed(origin(0), rest);
  pieces.assembler.finish_all();
  RC_ASSERT(whole.texts() == pieces.texts());
  std::string joined;
  for (const auto& line : whole.texts()) joined += line + "\n";
  RC_ASSERT(joined == (text.empty() || text.ends_with('\n') ? text : text + "\n"));
}

TEST(Tails, keep_the_last_ten_lines_within_their_bytes) {
  Tails tails;
  const AttemptId id{{1, 0, 0}, 1};
  for (int i = 0; i < 25; ++i) tails.add(id, "line " + std::to_string(i) + "\r");
  const auto ten = tails.take(id);
  ASSERT_EQ(ten.size(), limits::kDisplayTailLines);
  EXPECT_EQ(ten.front(), "line 15");
  EXPECT_EQ(ten.back(), "line 24");
  EXPECT_TRUE(tails.take(id).empty());

  for (int i = 0; i < 5; ++i) tails.add(id, std::string(3000, 'x'));
  EXPECT_EQ(tails.take(id).size(), 1u);
  tails.add(id, std::string(10'000, 'y') + "end");
  const auto cut = tails.take(id);
  ASSERT_EQ(cut.size(), 1u);
  EXPECT_EQ(cut[0].size(), limits::kDisplayTailBytes);
  EXPECT_TRUE(cut[0].ends_with("yend"));
  EXPECT_EQ(tails.size(), 0u);
}

}  // namespace
}  // namespace rota::cli
