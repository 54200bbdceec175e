// What `rota run` shows: the jobs' output line by line, and on stderr the run's course: a live block on a terminal, a
// line for each event elsewhere. Costs what happens in a turn, not what the run holds: with many jobs, and of arrays
// and matrices, only failures and a count are told.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scheduler/cli/display/board.h"
#include "scheduler/cli/display/console.h"
#include "scheduler/cli/display/lines.h"
#include "scheduler/cli/display/roster.h"
#include "scheduler/cli/display/tails.h"
#include "scheduler/control/foreground.h"

namespace rota::cli {

/// Runs with more jobs than this tell failures and a count only.
inline constexpr std::size_t kJobsTold = 50;
/// Failures told with their stderr, and failures told at all; further ones are counted.
inline constexpr std::size_t kFailuresInFull = 20;
inline constexpr std::size_t kFailuresTold = 100;

struct DisplayOptions {
  bool quiet = false;         // nothing of our own, only the jobs' output
  bool single = false;        // one command: its output as it is, without a name before each line
  std::string rota = "rota";  // how to call this program again, for the commands it suggests
};

/// Not thread-safe: lives on the coordinator's thread.
class Display final : public control::RunObserver {
 public:
  Display(DisplayOptions options, Roster roster, Console console, Clock& clock);

  void on_opened(RunId run, const std::string& instance_directory) override;
  void on_turn(std::span<const core::Record> records, const core::Scheduler& scheduler, Now now) override;
  void on_output(const output::Chunk& chunk) override;
  void on_note(std::string_view text) override;
  void on_interrupt(int signal, int times) override;
  Duration tick() const override;
  void on_tick(const core::Scheduler& scheduler, Now now) override;

  /// The same without a scheduler at hand.
  void take_turn(std::span<const core::Record> records, Now now);
  void take_tick(Now now);
  /// After the last call of the coordinator: unfinished lines, the last state of the jobs, the outcome's line.
  void close(const core::RunSummary& end);
  /// The run could not be carried out: leaves the screen clean and says nothing.
  void abandon();

 private:
  void on_line(const Origin& origin, std::string_view line);
  void flush_output();
  std::string prefix(const Origin& origin, bool colour) const;
  void tell(const core::Record& record);
  void tell(const core::record::Started& r);
  void tell_start(JobIndex job, std::uint32_t attempt);
  void tell(const core::record::BecameReady& r);
  void tell(const core::record::AttemptEnded& r);
  void tell(const core::record::TaskEnded& r);
  void tell(const core::record::TasksEnded& r);
  template <class R>
  void tell(const R&) {}
  void tell_failure(const AttemptId& attempt, Outcome outcome, Reason reason, const AttemptReport& report);
  void say(std::string_view text);
  void redraw(Instant now);
  std::vector<std::string> block(Instant now) const;
  std::string command(std::string_view rest) const { return options_.rota + " " + std::string(rest); }
  /// Each event of this job is told: tasks of arrays are only counted.
  bool tells(JobIndex job) const { return !live_ && roster_.size() <= kJobsTold && !roster_[job].many(); }
  bool counts() const { return roster_.size() > kJobsTold || roster_.many; }

  DisplayOptions options_;
  Roster roster_;
  Console console_;
  Clock& clock_;
  Board board_;
  std::vector<std::uint32_t> start_told_;  // by job: the attempt whose start was told last
  LineAssembler lines_;
  Tails tails_;
  bool live_ = false;  // a block is shown: stderr is a terminal
  RunId run_ = 0;
  std::optional<Instant> begun_;
  Instant drawn_at_;         // the block's or the count's last time
  std::size_t counted_ = 0;  // jobs ended at the last count
  std::size_t failures_ = 0;
  std::string out_, err_;  // lines of one chunk on their way out
};

}  // namespace rota::cli
