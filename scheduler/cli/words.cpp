// Words of outcomes and reasons.
#include "scheduler/cli/words.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "shared/text/text.h"

namespace rota::cli {
namespace {

std::string with_message(std::string head, std::string_view message) {
  if (!message.empty()) head.append(": ").append(text::escape_terminal(message));
  return head;
}

/// The rest is where it was, which is told on lines of its own.
std::string_view first_line(std::string_view message) { return message.substr(0, message.find('\n')); }

std::string killed_suffix(const Ended& e) { return e.forced ? " (it had to be killed)" : ""; }

std::string timed_out(const Ended& e) {
  return "timed out" + (e.timeout ? " after " + text::format_duration(*e.timeout) : std::string()) + killed_suffix(e);
}

std::string not_started(const Ended& e) {
  // Workers begin their text with the same words.
  constexpr std::string_view kSame = "could not be started: ";
  auto message = e.message;
  if (message.starts_with(kSame)) message.remove_prefix(kSame.size());
  if (!message.empty()) return with_message("could not start", message);
  return with_message("could not start", e.reason.value ? std::strerror(e.reason.value) : "");
}

}  // namespace

std::string number(std::uint64_t n) {
  auto digits = std::to_string(n);
  for (auto i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(static_cast<std::size_t>(i), 1, ',');
  return digits;
}

std::string number_of(std::uint64_t n, std::string_view noun) {
  return fmt::format("{} {}{}", number(n), noun, n == 1 ? "" : "s");
}

std::string new_terms(std::optional<std::int32_t> priority, std::optional<std::uint32_t> max_parallel) {
  std::string out = priority ? fmt::format("priority {}", *priority) : "";
  if (!max_parallel) return out;
  if (!out.empty()) out += " and ";
  return out + (*max_parallel > 0 ? fmt::format("at most {} at once", number_of(*max_parallel, "task"))
                                  : std::string("no bound of its own on tasks at once"));
}

std::string signal_name(int signal) {
  if (const char* name = sigabbrev_np(signal)) return std::string("SIG") + name;
  return "signal " + std::to_string(signal);
}

namespace {

std::string no_process(int error) {
  switch (error) {
    case ENOMEM: return "there is no memory for another process";
    case EMFILE:
    case ENFILE: return "there are no descriptors left for another process";
    default: return "no more processes may be started (a limit of the user, of the control group or of the machine)";
  }
}

std::string why_waiting(Reason r) {
  switch (r.kind) {
    case ReasonKind::processes: return no_process(r.value);
    case ReasonKind::hold: return "held until somebody releases it";
    case ReasonKind::paused: return "paused until somebody resumes it";
    case ReasonKind::begin: return "its time has not come";
    case ReasonKind::after: return fmt::format("run {} must end first", r.value);
    case ReasonKind::slots: return "all slots of its mode are taken";
    case ReasonKind::max_parallel: return "its run may have no more at once (max_parallel)";
    case ReasonKind::recovering: return "its launcher has not said yet what became of it";
    case ReasonKind::drained: return "the service takes up nothing new (drained)";
    case ReasonKind::safe_mode: return "the service died too often: scheduling is paused (safe mode)";
    case ReasonKind::job_parallel: return "its job may have no more tasks at once (max_parallel)";
    case ReasonKind::pool: return "a pool of it has no slot free";
    case ReasonKind::rate: return "a pool of it has let as many start as its rate allows";
    case ReasonKind::res_cpus: return "what is alive has declared the other cpus";
    case ReasonKind::res_memory: return "what is alive has declared the other memory";
    case ReasonKind::concurrency: return fmt::format("run {} of its concurrency group must end first", r.value);
    case ReasonKind::command_slots: return "all slots for commands under thread and async are taken";
    default: return "for a reason without a name";
  }
}

}  // namespace

std::string why(const Ended& e) {
  switch (e.reason.kind) {
    case ReasonKind::none: return with_message(std::string(to_text(e.outcome)), first_line(e.message));
    case ReasonKind::exit: return with_message(fmt::format("exit status {}", e.reason.value), first_line(e.message));
    case ReasonKind::signal:
      // What a worker says of its task names the signal.
      if (e.outcome == Outcome::crashed && !e.message.empty()) return text::escape_terminal(first_line(e.message));
      return fmt::format("killed by signal {} ({})", e.reason.value, signal_name(e.reason.value));
    case ReasonKind::oom: return with_message("killed by the kernel for want of memory", e.message);
    case ReasonKind::timeout: return timed_out(e);
    case ReasonKind::run_timeout: return "the time of the whole run was up" + killed_suffix(e);
    case ReasonKind::cancel_user: return "the user asked for it" + killed_suffix(e);
    case ReasonKind::cancel_policy: return "another job failed (failure_policy: cancel)" + killed_suffix(e);
    case ReasonKind::stop_policy: return "another job failed before it started (failure_policy: stop)";
    case ReasonKind::dep:
      return e.outcome == Outcome::skipped ? "what it waits for did not fail" : "a job that it needs did not succeed";
    case ReasonKind::spawn: return not_started(e);
    case ReasonKind::exception: return with_message("the target failed", e.message);
    case ReasonKind::bad_call: return with_message("the target could not be called", e.message);
    case ReasonKind::worker_lost: return with_message("its worker died", e.message);
    case ReasonKind::coordinator_lost: return "the coordinator died before it ended";
    case ReasonKind::not_needed: return "no longer needed";
    case ReasonKind::output: return with_message("its log could not be written", e.message);
    case ReasonKind::done: return fmt::format("left as it ended in run {}", e.reason.value);
    case ReasonKind::shut_down: return "its coordinator stopped";
    case ReasonKind::condition: return "its condition (if) was false";
    case ReasonKind::expression: return with_message("a value of it could not be computed", e.message);
    case ReasonKind::bad_output: return with_message("its outputs are not as declared", e.message);
    case ReasonKind::fail_fast: return "another task of its job failed (fail_fast)" + killed_suffix(e);
    case ReasonKind::max_failures: return "too many tasks of its job failed before it started (max_failures)";
    case ReasonKind::initializer:  // likewise
      return e.message.empty() ? "what prepares its process failed" : text::escape_terminal(e.message);
    case ReasonKind::secret:  // which one, and why, is in the message
      return e.message.empty() ? "a secret of it could not be had" : text::escape_terminal(e.message);
    case ReasonKind::group_full: return fmt::format("its concurrency group was full: run {} was alive", e.reason.value);
    case ReasonKind::replaced: return fmt::format("run {} of its concurrency group took its place", e.reason.value);
    case ReasonKind::not_live: return with_message("it did not answer its probe any more (live)", e.message);
    case ReasonKind::not_ready: return with_message("it did not come to serve in time (ready)", e.message);
    case ReasonKind::overlap: return "the run before it was not over (overlap: skip)";
    case ReasonKind::missed: return "nobody was there at its time, and it was not caught up with (catch_up)";
    case ReasonKind::start_deadline: return "it could not be begun in time (start_deadline)";
    case ReasonKind::accused:
      return e.message.empty() ? "its worker seems to have died by it" : text::escape_terminal(first_line(e.message));
    case ReasonKind::runs_queued: return "as many runs as may be are alive already (schedule_runs, runs_queued)";
    default: return why_waiting(e.reason);
  }
}

std::string verdict(const Ended& e) {
  // "timed_out: timed out after 5s" would say it twice.
  if (e.reason.kind == ReasonKind::timeout || e.reason.kind == ReasonKind::none) return why(e);
  return std::string(to_text(e.outcome)) + ": " + why(e);
}

std::string tally(const core::Counts& counts) {
  static constexpr std::array kOrder{Outcome::succeeded, Outcome::failed,          Outcome::crashed,
                                     Outcome::oom,       Outcome::timed_out,       Outcome::lost,
                                     Outcome::cancelled, Outcome::upstream_failed, Outcome::skipped};
  std::string out;
  for (const auto outcome : kOrder) {
    const auto n = counts.of(outcome);
    if (n == 0) continue;
    if (!out.empty()) out += ", ";
    out += number(n) + " " + (outcome == Outcome::succeeded ? "ok" : std::string(to_text(outcome)));
  }
  return out.empty() ? "nothing ended" : out;
}

std::string outcome_line(const core::RunSummary& run, std::string_view each) {
  const auto outcome = run.outcome.value_or(Outcome::lost);
  const bool all_ok = outcome == Outcome::succeeded && run.counts.of(Outcome::succeeded) == run.counts.total;
  std::string line = fmt::format("run {} {}", run.run, to_text(outcome));
  if (outcome == Outcome::timed_out || outcome == Outcome::lost) line += fmt::format(" ({})", to_text(run.reason));
  line += ": " + (all_ok ? number_of(run.counts.total, each) : tally(run.counts));
  const bool unseen = run.reason.kind == ReasonKind::coordinator_lost;
  return line + (unseen ? " after at least " : " in ") + text::short_duration(run.ended - run.submitted.mono);
}

std::string shell_word(std::string_view word) {
  static constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@%+,";
  if (!word.empty() && word.find_first_not_of(kPlain) == word.npos) return std::string(word);
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string percent(Progress progress) { return fmt::format("{}%", progress * 100 / kProgressDone); }

std::string one_line(std::string_view text) { return text::escape_terminal(text); }

}  // namespace rota::cli
