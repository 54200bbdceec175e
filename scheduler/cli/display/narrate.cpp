// Sentences of the display.
#include "scheduler/cli/display/narrate.h"

#include <fmt/format.h>

#include "scheduler/cli/paint.h"
#include "scheduler/cli/words.h"
#include "shared/text/text.h"

namespace rota::cli {

std::string started_sentence(const Roster::Entry& job, std::uint32_t attempt, bool again) {
  const auto mode = to_text(job.mode);
  if (again) return fmt::format("{} started again, attempt {} ({})\n", job.name, attempt, mode);
  return fmt::format("{} started ({}{})\n", job.name, mode, job.daemon ? " daemon" : "");
}

std::string ready_sentence(const Roster::Entry& job) { return job.name + " is ready\n"; }

std::string ended_sentence(const Roster::Entry& job, const Board::Place& place) {
  const auto reason = why({.outcome = place.outcome, .reason = place.reason, .timeout = job.timeout});
  if (place.outcome == Outcome::succeeded) {
    if (place.reason.kind == ReasonKind::not_needed) return fmt::format("{} {}\n", job.name, reason);
    if (!place.started.ns) return fmt::format("{} succeeded\n", job.name);
    return fmt::format("{} succeeded in {}\n", job.name, text::short_duration(place.ended - place.started));
  }
  return fmt::format("{} {}: {}\n", job.name, to_text(place.outcome), reason);
}

std::string retry_sentence(const Roster::Entry& job, const core::record::AttemptEnded& end) {
  const auto reason = why({end.outcome, end.reason, end.report.message, end.report.ending.forced, job.timeout});
  if (end.next == core::record::Next::requeue)
    return fmt::format("{} was interrupted: {}; it starts again\n", job.name, reason);
  const auto wait = std::max(Duration::zero(), end.due - end.report.ended);
  return fmt::format("{} {}: {}; attempt {} in {}\n", job.name, to_text(end.outcome), reason, end.attempt.number + 1,
                     text::short_duration(wait));
}

std::string failure_sentence(const Failure& f, bool colour) {
  // "timed_out: timed out after 5s" says it twice.
  const auto reason = why({f.outcome, f.reason, f.message, f.forced, f.job.timeout});
  std::string verdict(f.outcome == Outcome::timed_out || f.outcome == Outcome::lost ? reason
                                                                                    : std::string(to_text(f.outcome)));
  const auto rest = verdict == reason ? std::string() : ": " + reason;
  const auto took = f.took > Duration::zero() && f.reason.kind != ReasonKind::timeout
                        ? ", after " + text::short_duration(f.took)
                        : std::string();
  return fmt::format("{} {}{}{}{}\n", paint(f.job.name, Style::bold, colour), paint(verdict, Style::bad, colour), rest,
                     took, f.job.forgiven ? " (continue_on_error: the run goes on)" : "");
}

std::string failure_paragraph(const Failure& f, bool terminal, bool colour) {
  auto out = failure_sentence(f, colour);
  if (!f.tail.empty()) out += f.tail.size() == 1 ? "  its stderr ended with:\n" : "  the last lines of its stderr:\n";
  for (const auto& line : f.tail) out += "    " + (terminal ? safe_line(line, colour) : line) + "\n";
  return out + "  all that it wrote: " + f.logs_command + "\n";
}

std::string progress_sentence(const Board& board, Duration elapsed) {
  auto out = fmt::format("{} of {} ended", number(board.ended()), number_of(board.size(), "job"));
  if (board.failed()) out += fmt::format(", {} failed", number(board.failed()));
  return out + ", " + text::short_duration(elapsed) + "\n";
}

}  // namespace rota::cli
