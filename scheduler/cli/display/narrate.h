// What happens to jobs as sentences for stderr. Pure: one sentence or one short paragraph each, with its newline.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scheduler/cli/display/board.h"
#include "scheduler/cli/display/roster.h"

namespace rota::cli {

/// "numbers_thread started (thread)"; from the second attempt on "... started again, attempt 2 (thread)".
std::string started_sentence(const Roster::Entry& job, std::uint32_t attempt, bool again);
/// "camera is ready".
std::string ready_sentence(const Roster::Entry& job);
/// "numbers_thread succeeded in 5.0s", "keep_alive stopped: no longer needed", "report upstream_failed: not started:
/// ...".
std::string ended_sentence(const Roster::Entry& job, const Board::Place& place);
/// "fetch failed: exit status 7; attempt 2 in 1.0s", or "... ; it starts again".
std::string retry_sentence(const Roster::Entry& job, const Board::Place& place,
                           const core::record::AttemptEnded& end);

/// All that a failure shows.
struct Failure {
  const Roster::Entry& job;
  std::string name;  // with the number of the task
  Outcome outcome = Outcome::failed;
  Reason reason;
  std::string_view message;
  bool forced = false;
  Duration took{};                // 0: it never started
  std::vector<std::string> tail;  // last lines of stderr, as they came
  std::string logs_command;       // "rota logs 12/fetch"; empty: it never started
};
/// "fetch failed: exit status 7, after 2.0s", the tail, and where the rest is. For a terminal the tail is escaped.
std::string failure_paragraph(const Failure& f, bool terminal, bool colour);
/// The first line of it alone.
std::string failure_sentence(const Failure& f, bool colour);

/// "41,203 of 100,000 jobs ended, 3 failed, 12.1s".
std::string progress_sentence(const Board& board, Duration elapsed);

}  // namespace rota::cli
