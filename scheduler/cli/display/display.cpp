// The observer of a foreground run.
#include "scheduler/cli/display/display.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "scheduler/cli/display/block.h"
#include "scheduler/cli/display/narrate.h"
#include "scheduler/cli/paint.h"
#include "scheduler/cli/words.h"
#include "shared/text/text.h"

namespace rota::cli {
namespace {

constexpr Duration kFrame = std::chrono::milliseconds(100);               // the block is drawn at most this often
constexpr Duration kFrameLeast = kFrame - std::chrono::milliseconds(10);  // a tick may come a little early
constexpr Duration kCount = std::chrono::seconds(1);                      // and the count is told at most this often
constexpr std::size_t kPaddedNames = 24;  // longer names would push the output away; they stand out instead

std::vector<std::uint32_t> task_counts(const Roster& roster) {
  std::vector<std::uint32_t> out;
  for (const auto& job : roster.jobs) out.push_back(jobs::task_count(job.shape));
  return out;
}

constexpr Style kJobStyles[] = {Style::busy, Style::good, Style::warn, Style::bold};

}  // namespace

Display::Display(DisplayOptions options, Roster roster, Console console, Clock& clock)
    : options_(std::move(options)),
      roster_(std::move(roster)),
      console_(std::move(console)),
      clock_(clock),
      board_(task_counts(roster_)),
      start_told_(roster_.size() <= kJobsTold ? roster_.size() : 0),
      lines_([this](const Origin& origin, std::string_view line) { on_line(origin, line); }),
      live_(console_.err().terminal && !options_.quiet && !options_.single) {}

void Display::on_opened(RunId run, const std::string&) { run_ = run; }

void Display::on_turn(std::span<const core::Record> records, const core::Scheduler&, Now now) {
  take_turn(records, now);
}
void Display::on_tick(const core::Scheduler&, Now now) { take_tick(now); }

void Display::take_turn(std::span<const core::Record> records, Now now) {
  if (!begun_) begun_ = drawn_at_ = now.mono;
  for (const auto& record : records) {
    board_.apply(record);
    tell(record);
  }
  take_tick(now);
}

void Display::take_tick(Now now) {
  if (options_.quiet || !begun_) return;
  if (live_) {
    if (now.mono - drawn_at_ >= kFrameLeast) redraw(now.mono);
    return;
  }
  if (!counts() || now.mono - drawn_at_ < kCount || board_.ended() == counted_) return;
  drawn_at_ = now.mono;
  counted_ = board_.ended();
  say(progress_sentence(board_, now.mono - *begun_));
}

Duration Display::tick() const {
  if (options_.quiet) return Duration::zero();
  if (live_) return kFrame;
  return counts() ? kCount : Duration::zero();
}

void Display::redraw(Instant now) {
  drawn_at_ = now;
  console_.draw(block(now));
}

std::vector<std::string> Display::block(Instant now) const {
  const auto& err = console_.err();
  return render_block(run_, roster_, board_, begun_.value_or(now), now, {err.extent(), err.colour, err.unicode});
}

// --- output -------------------------------------------------------------------------------------------------------

void Display::on_output(const output::Chunk& chunk) {
  const Origin origin{{{run_, chunk.task.job, chunk.task.task}, chunk.attempt}, chunk.stream};  // a chunk names no run
  tell_start(chunk.task.job, chunk.attempt);
  if (chunk.after_gap && chunk.task.job < roster_.size())
    say(fmt::format("{}: part of its output was dropped here (log.max_bytes)\n",
                    roster_[chunk.task.job].task_name(chunk.task.task)));
  const auto& to = chunk.stream == output::Stream::out ? console_.out() : console_.err();
  if (options_.single && !to.terminal) {
    chunk.stream == output::Stream::out ? console_.print_out(chunk.bytes) : console_.print_err(chunk.bytes);
    return;
  }
  lines_.feed(origin, chunk.bytes);
  flush_output();
}

void Display::on_line(const Origin& origin, std::string_view line) {
  const bool is_out = origin.stream == output::Stream::out;
  const auto& to = is_out ? console_.out() : console_.err();
  auto& text = is_out ? out_ : err_;
  if (!options_.single) text += prefix(origin, to.colour);
  if (to.terminal) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    text += safe_line(line, to.colour);
  } else {
    text += line;
  }
  text += '\n';
  if (!is_out && !options_.single) tails_.add(origin.attempt, line);
}

void Display::flush_output() {
  if (!out_.empty()) console_.print_out(out_);
  if (!err_.empty()) console_.print_err(err_);
  const bool printed = !out_.empty() || !err_.empty();
  out_.clear();
  err_.clear();
  if (!printed || !live_ || !begun_) return;
  // Put the block back at once, unless output comes so fast that it would only flicker: then the next tick does.
  const auto now = clock_.now().mono;
  if (!console_.drawn() && now - drawn_at_ >= kFrameLeast) redraw(now);
}

std::string Display::prefix(const Origin& origin, bool colour) const {
  const auto job = origin.attempt.task.job;
  auto name = job < roster_.size() ? roster_[job].task_name(origin.attempt.task.task) : fmt::format("job {}", job);
  if (job < board_.size() && board_[job].superseded)
    name += fmt::format("#{}", origin.attempt.number - board_[job].taken_back);
  if (roster_.size() <= kJobsTold) name = padded(name, std::min(roster_.longest_name, kPaddedNames));
  return paint(name + " |", kJobStyles[job % std::size(kJobStyles)], colour) + " ";
}

// --- events -------------------------------------------------------------------------------------------------------

void Display::tell(const core::Record& record) {
  std::visit([this](const auto& fact) { tell(fact); }, record.fact);
}

void Display::tell(const core::record::Started& r) {
  const auto job = r.attempt.task.job;
  if (job < roster_.size() && board_[job].phase != Board::Phase::ended) tell_start(job, r.attempt.number);
}

// Output may be there before the record of the start is told; a person expects the start first.
void Display::tell_start(JobIndex job, std::uint32_t attempt) {
  if (options_.single || job >= roster_.size() || !tells(job) || start_told_[job] >= attempt) return;
  start_told_[job] = attempt;
  say(started_sentence(roster_[job], attempt - board_[job].taken_back, board_[job].superseded));
}

void Display::tell(const core::record::BecameReady& r) {
  const auto job = r.attempt.task.job;
  if (job < roster_.size() && tells(job)) say(ready_sentence(roster_[job]));
}

void Display::tell(const core::record::AttemptEnded& r) {
  const auto job = r.attempt.task.job;
  if (job >= roster_.size()) return;
  lines_.finish(r.attempt);
  flush_output();
  const bool failure = is_failure(r.outcome) && r.next == core::record::Next::finished;
  if (failure) return tell_failure(r.attempt, r.outcome, r.reason, r.report);
  tails_.forget(r.attempt);
  if (options_.single || !tells(job) || r.outcome == Outcome::revoked) return;
  say(r.next == core::record::Next::finished ? ended_sentence(roster_[job], board_[job])
                                             : retry_sentence(roster_[job], board_[job], r));
}

void Display::tell(const core::record::TaskEnded& r) {
  if (r.task.job >= roster_.size()) return;
  if (is_failure(r.outcome)) return tell_failure({r.task, 0}, r.outcome, r.reason, {});
  // That the hooks for other outcomes do not run is no news.
  if (roster_[r.task.job].hook && r.reason.kind == ReasonKind::condition) return;
  if (!options_.single && tells(r.task.job)) say(ended_sentence(roster_[r.task.job], board_[r.task.job]));
}

// What failed without an attempt: its condition could not be computed.
void Display::tell(const core::record::TasksEnded& r) {
  if (r.tasks.job >= roster_.size() || !is_failure(r.outcome)) return;
  AttemptReport report;
  report.message = r.message;
  tell_failure({{r.run, r.tasks.job, r.tasks.first}, 0}, r.outcome, r.reason, report);
}

void Display::tell_failure(const AttemptId& attempt, Outcome outcome, Reason reason, const AttemptReport& report) {
  const auto& job = roster_[attempt.task.job];
  auto tail = tails_.take(attempt);
  if (options_.quiet || ++failures_ > kFailuresTold + 1) return;
  if (failures_ == kFailuresTold + 1) {
    say(fmt::format("more failures are only counted; {} lists them\n", command(fmt::format("show {}", run_))));
    return;
  }
  const auto took = report.started.ns ? report.ended - report.started : Duration::zero();
  const auto name = job.task_name(attempt.task.task);
  const Failure failure{job,
                        name,
                        outcome,
                        reason,
                        report.message,
                        report.ending.forced,
                        took,
                        std::move(tail),
                        report.started.ns ? command(fmt::format("logs {}/{}", run_, name)) : std::string()};
  const auto& err = console_.err();
  say(failures_ <= kFailuresInFull ? failure_paragraph(failure, err.terminal, err.colour)
                                   : failure_sentence(failure, err.colour));
}

void Display::on_note(std::string_view text) { say("rota: " + text::escape_terminal(text) + "\n"); }

void Display::on_interrupt(int signal, int times) {
  const std::string dots = console_.err().unicode ? "…" : "...";
  const auto again = signal == SIGINT ? std::string("Ctrl-C again kills") : signal_name(signal) + " again kills";
  say(times <= 1 ? fmt::format("stopping{} ({} at once)\n", dots, again) : "killing what still runs" + dots + "\n");
}

void Display::say(std::string_view text) {
  if (!options_.quiet) console_.print_err(text);
}

// --- the end ------------------------------------------------------------------------------------------------------

void Display::close(const core::RunSummary& end) {
  lines_.finish_all();
  flush_output();
  console_.wipe();
  if (options_.quiet) return;
  const auto& err = console_.err();
  if (live_)
    for (const auto& line : render_final(roster_, board_, end.ended, {err.extent(), err.colour, err.unicode}))
      console_.print_err(line + "\n");
  const bool ok = end.outcome == Outcome::succeeded;
  auto line = outcome_line(end, roster_.many ? "task" : "job");
  console_.print_err(paint(line, ok ? Style::good : Style::bad, err.colour) + "\n");
}

void Display::abandon() {
  lines_.finish_all();
  flush_output();
  console_.wipe();
}

}  // namespace rota::cli
