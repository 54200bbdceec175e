// Bars and counts.
#include "scheduler/cli/display/block.h"

#include <fmt/format.h>

#include <algorithm>

#include "scheduler/cli/paint.h"
#include "scheduler/cli/words.h"
#include "shared/text/text.h"

namespace rota::cli {
namespace {

constexpr std::size_t kBarColumns = 20;
constexpr std::size_t kNameColumns = 28;
constexpr std::size_t kModeColumns = 7;
constexpr std::size_t kWordColumns = 14;  // at least, for what a job is doing
constexpr std::size_t kBesideName = kModeColumns + kBarColumns + kWordColumns + 7;
constexpr std::size_t kLeastColumns = 60;  // narrower terminals get the run's line alone
constexpr std::size_t kRunningShown = 5;

std::string repeat(std::string_view glyph, std::size_t n) {
  std::string out;
  while (n-- > 0) out += glyph;
  return out;
}

// `from` to `to` of the bar's columns are filled.
std::string bar(std::size_t from, std::size_t to, Style filled, const BlockStyle& style) {
  const auto full = style.unicode ? "━" : "#", rest = style.unicode ? "─" : "-";
  return paint(repeat(rest, from), Style::dim, style.colour) + paint(repeat(full, to - from), filled, style.colour) +
         paint(repeat(rest, kBarColumns - to), Style::dim, style.colour);
}

// How far one job is, nobody knows: a short piece that moves to and fro says that it lives.
std::string moving_bar(Duration since, Style filled, const BlockStyle& style) {
  constexpr std::size_t kPiece = 5, kSteps = kBarColumns - kPiece;
  const auto step = static_cast<std::size_t>(std::max<std::int64_t>(0, since.count()) / 100'000'000) % (2 * kSteps);
  const auto at = step <= kSteps ? step : 2 * kSteps - step;
  return bar(at, at + kPiece, filled, style);
}

Style style_of(Outcome o) {
  if (o == Outcome::succeeded) return Style::good;
  if (is_failure(o)) return Style::bad;
  return o == Outcome::skipped ? Style::dim : Style::warn;
}

std::string ended_text(const Roster::Entry& job, const Board::Place& place) {
  if (place.outcome == Outcome::succeeded && place.reason.kind == ReasonKind::not_needed)
    return "stopped, not needed any more";
  const Ended end{place.outcome, place.reason, "", false, job.timeout};
  auto text = is_failure(place.outcome) ? verdict(end) : std::string(to_text(place.outcome));
  if (place.started.ns) text += " " + text::short_duration(place.ended - place.started);
  return text;
}

struct Telling {
  std::string bar;
  std::string words;
  Style style;
};

// How far an array is, everybody can see.
Telling tell_many(const Board::Place& place, Instant now, const BlockStyle& style) {
  const auto filled = std::size_t{place.ended_tasks} * kBarColumns / place.tasks;
  const bool bad = place.failed_tasks > 0, over = place.phase == Board::Phase::ended;
  auto words = fmt::format("{}/{}", number(place.ended_tasks), number(place.tasks));
  if (place.running_tasks) words += fmt::format(", {} running", number(place.running_tasks));
  if (bad) words += fmt::format(", {} failed", number(place.failed_tasks));
  if (over && !bad && place.outcome != Outcome::succeeded) words += ", " + std::string(to_text(place.outcome));
  if (place.started.ns) words += "  " + text::short_duration((over ? place.ended : now) - place.started);
  const auto look = bad ? Style::bad : over ? style_of(place.outcome) : Style::busy;
  return {bar(0, filled, look, style), std::move(words), bad ? Style::bad : Style::plain};
}

Telling tell(const Roster::Entry& job, const Board::Place& place, Instant now, const BlockStyle& style) {
  using Phase = Board::Phase;
  if (place.tasks > 1) return tell_many(place, now, style);
  const auto since = now - place.started;
  const auto still = [&](std::string words) {
    return Telling{bar(0, 0, Style::dim, style), std::move(words), Style::dim};
  };
  switch (place.phase) {
    case Phase::waiting: return still("waiting");
    case Phase::starting: return still("starting");
    case Phase::running:
      if (place.progress != kProgressUnknown)
        return {bar(0, place.progress * kBarColumns / kProgressDone, Style::busy, style),
                percent(place.progress) + ", running " + text::short_duration(since), Style::plain};
      return {moving_bar(since, Style::busy, style), "running " + text::short_duration(since), Style::plain};
    case Phase::stopping:
      return {moving_bar(since, Style::warn, style), "stopping " + text::short_duration(since), Style::warn};
    case Phase::backoff: {
      const auto left = std::max(Duration::zero(), place.due - now);
      return still(fmt::format("attempt {} in {}", place.attempt + 1, text::short_duration(left)));
    }
    case Phase::ended: break;
  }
  const auto outcome = style_of(place.outcome);
  const auto filled = place.started.ns ? kBarColumns : 0;
  return {bar(0, filled, outcome, style), ended_text(job, place), outcome};
}

std::string job_line(const Roster& roster, const Board& board, JobIndex job, Instant now, const BlockStyle& style) {
  const auto& entry = roster[job];
  const auto name_columns = std::min({roster.longest_name, kNameColumns, style.extent.columns - kBesideName});
  const auto told = tell(entry, board[job], now, style);
  const auto name = padded(cut(entry.name, name_columns, style.unicode), name_columns);
  const auto mode = padded(to_text(entry.mode), kModeColumns);
  const auto used = name_columns + kModeColumns + kBarColumns + 7;
  const auto left = style.extent.columns - used;
  return " " + name + "  " + paint(mode, Style::dim, style.colour) + "  " + told.bar + " " +
         paint(cut(told.words, left, style.unicode), told.style, style.colour);
}

std::string short_running_line(const Roster& roster, const Board& board, JobIndex job, Instant now,
                               const BlockStyle& style) {
  const auto& entry = roster[job];
  const auto words =
      fmt::format("   {}  {}  {}", padded(cut(entry.name, kNameColumns, style.unicode), kNameColumns),
                  padded(to_text(entry.mode), kModeColumns), text::short_duration(now - board[job].started));
  return paint(cut(words, style.extent.columns - 1, style.unicode), Style::dim, style.colour);
}

std::string run_line(RunId run, const Board& board, Instant begun, Instant now, bool with_bar,
                     const BlockStyle& style) {
  const auto noun = board.tasks() == board.size() ? "jobs" : "tasks";
  auto words = fmt::format("{}/{} {}", number(board.ended()), number(board.tasks()), noun);
  if (board.running()) words += fmt::format(", {} running", number(board.running()));
  if (board.failed()) words += fmt::format(", {} failed", number(board.failed()));
  words += "  " + text::short_duration(now - begun);
  if (board.stopping()) words += "  stopping";
  auto head = fmt::format(" run {}  ", run);
  const auto used = head.size() + (with_bar ? kBarColumns + 2 : 0) + 1;
  words = cut(words, style.extent.columns > used ? style.extent.columns - used : 1, style.unicode);
  if (with_bar) {
    const auto filled = board.tasks() ? board.ended() * kBarColumns / board.tasks() : 0;
    head += bar(0, filled, board.failed() ? Style::bad : Style::good, style) + " ";
  }
  return head + paint(words, board.failed() ? Style::bad : Style::plain, style.colour);
}

bool has_job_lines(const Board& board, const BlockStyle& style) {
  return board.size() <= kJobsWithBars && board.size() + 2 <= style.extent.rows &&
         style.extent.columns >= kLeastColumns;
}

}  // namespace

std::vector<std::string> render_block(RunId run, const Roster& roster, const Board& board, Instant begun, Instant now,
                                      const BlockStyle& style) {
  std::vector<std::string> lines;
  if (has_job_lines(board, style)) {
    for (JobIndex job = 0; job < board.size(); ++job) lines.push_back(job_line(roster, board, job, now, style));
    lines.push_back(run_line(run, board, begun, now, false, style));
    return lines;
  }
  const bool wide = style.extent.columns >= kLeastColumns;
  lines.push_back(run_line(run, board, begun, now, wide, style));
  const std::size_t room = style.extent.rows > 2 ? style.extent.rows - 2 : 0;
  for (const auto job : board.longest_running(std::min(room, wide ? kRunningShown : 0)))
    lines.push_back(short_running_line(roster, board, job, now, style));
  return lines;
}

std::vector<std::string> render_final(const Roster& roster, const Board& board, Instant now, const BlockStyle& style) {
  std::vector<std::string> lines;
  if (!has_job_lines(board, style)) return lines;
  for (JobIndex job = 0; job < board.size(); ++job) lines.push_back(job_line(roster, board, job, now, style));
  return lines;
}

}  // namespace rota::cli
