// The live block: lines that fit, whatever the terminal and the run.
#include "scheduler/cli/display/block.h"

#include <gtest/gtest.h>

#include "scheduler/cli/paint.h"
#include "tests/unit/cli/sinks.h"

namespace rota::cli {
namespace {

using namespace testing;
using namespace std::chrono_literals;

const Instant kBegun{1'000'000'000'000};

TEST(Block, a_small_run_has_a_line_for_each_job_and_one_for_itself) {
  const auto roster = a_roster({"numbers", "report"}, Mode::thread);
  Board board(2);
  board.apply(started(0, kBegun));
  const auto lines = render_block(12, roster, board, kBegun, kBegun + 3200ms, {{80, 24}});
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_NE(lines[0].find("numbers  thread"), std::string::npos) << lines[0];
  EXPECT_NE(lines[0].find("running 3.2s"), std::string::npos) << lines[0];
  EXPECT_NE(lines[1].find("waiting"), std::string::npos);
  EXPECT_EQ(lines[2], " run 12  0/2 jobs, 1 running  3.2s");
}

TEST(Block, a_finished_job_has_a_full_bar_and_its_time) {
  Board board(1);
  board.apply(started(0, kBegun));
  board.apply(ended(0, Outcome::failed, {ReasonKind::exit, 7}, kBegun, kBegun + 2s));
  const auto lines = render_final(a_roster({"a"}), board, kBegun + 2s, {{80, 24}});
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_NE(lines[0].find("####################"), std::string::npos);
  EXPECT_NE(lines[0].find("failed: exit status 7 2.0s"), std::string::npos) << lines[0];
}

TEST(Block, a_large_run_has_one_bar_and_its_longest_running_jobs) {
  std::vector<std::string> names;
  for (int i = 0; i < 100; ++i) names.push_back("job" + std::to_string(i));
  Board board(100);
  for (JobIndex j = 0; j < 40; ++j) board.apply(ended(j, Outcome::succeeded, {}, kBegun, kBegun));
  for (JobIndex j = 40; j < 60; ++j) board.apply(started(j, kBegun + std::chrono::seconds(60 - j)));
  const auto lines = render_block(12, a_roster(names), board, kBegun, kBegun + 30s, {{80, 24}});
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_NE(lines[0].find("########------------"), std::string::npos) << lines[0];
  EXPECT_NE(lines[0].find("40/100 jobs, 20 running"), std::string::npos) << lines[0];
  EXPECT_NE(lines[1].find("job59"), std::string::npos) << lines[1];
  EXPECT_TRUE(render_final(a_roster(names), board, kBegun, {{80, 24}}).empty());
}

TEST(Block, fits_every_terminal) {
  for (const std::size_t jobs : {1u, 12u, 13u, 500u})
    for (const Extent extent : {Extent{20, 3}, Extent{40, 10}, Extent{60, 5}, Extent{61, 24}, Extent{200, 50}}) {
      std::vector<std::string> names;
      for (std::size_t i = 0; i < jobs; ++i) names.push_back(std::string(60, 'n') + std::to_string(i));
      Board board(jobs);
      board.apply(started(0, kBegun));
      const auto lines = render_block(4'000'000'000u, a_roster(names), board, kBegun, kBegun + 400'000s, {extent});
      EXPECT_LT(lines.size(), extent.rows);
      for (const auto& line : lines) EXPECT_LT(display_width(line), extent.columns) << line << "|" << extent.columns;
    }
}

TEST(Board, follows_a_task_through_its_attempts) {
  Board board(2);
  EXPECT_EQ(board[0].phase, Board::Phase::waiting);
  board.apply({core::record::Granted{attempt(0), {1, 1}, kBegun}});
  EXPECT_EQ(board[0].phase, Board::Phase::starting);
  board.apply(started(0, kBegun));
  board.apply(started(0, kBegun));
  EXPECT_EQ(board.running(), 1u);
  auto end = end_of(0, Outcome::failed, {ReasonKind::exit, 1}, kBegun, kBegun);
  end.next = core::record::Next::backoff;
  board.apply({end});
  EXPECT_EQ(board[0].phase, Board::Phase::backoff);
  EXPECT_TRUE(board[0].superseded);
  EXPECT_EQ(board.running(), 0u);
  EXPECT_EQ(board.ended(), 0u);
  board.apply(started(0, kBegun, 2));
  board.apply(ended(0, Outcome::succeeded, {}, kBegun, kBegun));
  board.apply(started(0, kBegun, 2));  // told late
  EXPECT_EQ(board[0].phase, Board::Phase::ended);
  EXPECT_EQ(board.ended(), 1u);
  EXPECT_EQ(board.failed(), 0u);
  EXPECT_EQ(board.running(), 0u);
}

TEST(Board, records_of_unknown_jobs_change_nothing) {
  Board board(1);
  board.apply(started(7, kBegun));
  board.apply(ended(7, Outcome::failed, {}, kBegun, kBegun));
  board.apply({core::record::TaskEnded{{12, 9, 0}, Outcome::skipped, {}, kBegun}});
  EXPECT_EQ(board.ended(), 0u);
  EXPECT_EQ(board.running(), 0u);
}

}  // namespace
}  // namespace rota::cli
