// The live block: what a terminal shows below the output while a run goes on. Pure: from a board to lines.
#pragma once

#include <string>
#include <vector>

#include "scheduler/cli/display/board.h"
#include "scheduler/cli/display/roster.h"
#include "scheduler/cli/stream.h"

namespace rota::cli {

struct BlockStyle {
  Extent extent{80, 24};
  bool colour = false;
  bool unicode = false;
};

/// At most this many jobs have a line each.
inline constexpr std::size_t kJobsWithBars = 12;

/// Lines without newlines, each narrower than the terminal, fewer than its rows: a line a job and one for the run, or
/// (for many jobs, or few rows) one for the run and the longest running jobs.
std::vector<std::string> render_block(RunId run, const Roster& roster, const Board& board, Instant begun, Instant now,
                                      const BlockStyle& style);
/// What stays on the screen at the end: the jobs' lines, or nothing when they have none.
std::vector<std::string> render_final(const Roster& roster, const Board& board, Instant now, const BlockStyle& style);

}  // namespace rota::cli
