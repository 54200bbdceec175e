// Outcomes, reasons and numbers in words for people. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "scheduler/core/view.h"
#include "shared/clock.h"
#include "shared/outcome.h"
#include "shared/progress.h"

namespace rota::cli {

/// "40%".
std::string percent(Progress progress);

/// "100,000".
std::string number(std::uint64_t n);
/// "1 job", "4 jobs", "100,000 jobs".
std::string number_of(std::uint64_t n, std::string_view noun);
/// "priority 5 and at most 3 tasks at once"; a bound of 0 is none. One of them is given.
std::string new_terms(std::optional<std::int32_t> priority, std::optional<std::uint32_t> max_parallel);
/// "SIGSEGV"; "signal 99" for one without a name.
std::string signal_name(int signal);

/// How something ended, with all that may make the sentence better.
struct Ended {
  Outcome outcome = Outcome::succeeded;
  Reason reason;
  std::string_view message;         // the worker's text; may be empty
  bool forced = false;              // it had to be killed
  std::optional<Duration> timeout;  // the time it was allowed, where known
};
/// Why: "exit status 7", "killed by signal 11 (SIGSEGV)", "timed out after 5s", "could not start: nope: No such file or
/// directory". Never empty: a success reads "succeeded".
std::string why(const Ended& e);
/// Outcome and why in one: "failed: exit status 7", "timed out after 5s", "succeeded".
std::string verdict(const Ended& e);

/// "3 ok, 1 failed, 2 upstream_failed": the outcomes that occur, in a fixed order; "nothing ended" for none.
std::string tally(const core::Counts& counts);

/// The last line of a run: "run 12 succeeded: 4 jobs in 5.0s", "run 12 failed: 3 ok, 1 failed in 5.0s". A summary tells
/// tasks; whoever knows that each job has one may call them jobs.
std::string outcome_line(const core::RunSummary& run, std::string_view each = "task");

/// A word as a POSIX shell takes it back: quoted where it must be.
std::string shell_word(std::string_view word);

/// What is left of an action's text on one line: control characters escaped.
std::string one_line(std::string_view text);

}  // namespace rota::cli
