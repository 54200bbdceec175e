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
  const Ended end{place.outcome, place.reason, "", false, job.timeout};
  if (place.outcome != Outcome::succeeded) return fmt::format("{} {}\n", job.name, verdict(end));
  if (place.reason.kind == ReasonKind::not_needed) return fmt::format("{} stopped: {}\n", job.name, why(end));
  if (!place.started.ns) return fmt::format("{} succeeded\n", job.name);
  return fmt::format("{} succeeded in {}\n", job.name, text::short_duration(place.ended - place.started));
}

std::string retry_sentence(const Roster::Entry& job, const Board::Place& place,
                           const core::record::AttemptEnded& end) {
  const auto told = verdict({end.outcome, end.reason, end.report.message, end.report.ending.forced, job.timeout});
  if (end.next == core::record::Next::requeue) return fmt::format("{} {}; it starts again\n", job.name, told);
  const auto wait = std::max(Duration::zero(), end.due - end.report.ended);
  return fmt::format("{} {}; attempt {} in {}\n", job.name, told, end.attempt.number + 1 - place.taken_back,
                     text::short_duration(wait));
}

std::string failure_sentence(const Failure& f, bool colour) {
  const bool timed = f.reason.kind == ReasonKind::timeout;  // says for itself how long it took
  const auto took = f.took > Duration::zero() && !timed ? ", after " + text::short_duration(f.took) : std::string();
  const auto told = verdict({f.outcome, f.reason, f.message, f.forced, f.job.timeout});
  return fmt::format("{} {}{}{}\n", paint(f.name, Style::bold, colour), paint(told, Style::bad, colour), took,
                     f.job.forgiven ? " (continue_on_error: the run goes on)" : "");
}

std::string failure_paragraph(const Failure& f, bool terminal, bool colour) {
  auto out = failure_sentence(f, colour);
  if (!f.tail.empty()) out += f.tail.size() == 1 ? "  its stderr ended with:\n" : "  the last lines of its stderr:\n";
  for (const auto& line : f.tail) out += "    " + (terminal ? safe_line(line, colour) : line) + "\n";
  return f.logs_command.empty() ? out : out + "  all that it wrote: " + f.logs_command + "\n";
}

std::string progress_sentence(const Board& board, Duration elapsed) {
  auto out = fmt::format("{} of {} ended", number(board.ended()),
                         number_of(board.tasks(), board.tasks() == board.size() ? "job" : "task"));
  if (board.failed()) out += fmt::format(", {} failed", number(board.failed()));
  return out + ", " + text::short_duration(elapsed) + "\n";
}

}  // namespace rota::cli
