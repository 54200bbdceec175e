// Reasons, numbers and outcomes in words; exit codes.
#include "scheduler/cli/words.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <set>

#include "scheduler/cli/exit_code.h"

namespace rota::cli {
namespace {

TEST(Why, every_reason_has_words_of_its_own) {
  std::set<std::string> seen;
  for (int k = 0; k <= static_cast<int>(ReasonKind::last_); ++k) {
    const auto words = why({.outcome = Outcome::failed, .reason = {static_cast<ReasonKind>(k), 1}});
    EXPECT_FALSE(words.empty()) << k;
    EXPECT_EQ(words.find('?'), std::string::npos) << words;
    EXPECT_TRUE(seen.insert(words).second) << "twice: " << words;
  }
}

TEST(Why, every_outcome_without_a_reason_is_its_word) {
  for (int o = 0; o <= static_cast<int>(Outcome::last_); ++o)
    EXPECT_EQ(why({.outcome = static_cast<Outcome>(o)}), to_text(static_cast<Outcome>(o)));
}

TEST(Why, says_status_signal_time_and_what_could_not_start) {
  using K = ReasonKind;
  const auto f = Outcome::failed;
  EXPECT_EQ(why({f, {K::exit, 7}, "", false, {}}), "exit status 7");
  EXPECT_EQ(why({Outcome::crashed, {K::signal, SIGSEGV}, "", false, {}}), "killed by signal 11 (SIGSEGV)");
  EXPECT_EQ(why({Outcome::timed_out, {K::timeout, 0}, "", false, std::chrono::seconds(5)}), "timed out after 5s");
  EXPECT_EQ(why({Outcome::timed_out, {K::timeout, 0}, "", true, std::chrono::seconds(5)}),
            "timed out after 5s (it had to be killed)");
  EXPECT_EQ(why({f, {K::spawn, ENOENT}, "nope: No such file or directory", false, {}}),
            "could not start: nope: No such file or directory");
  EXPECT_EQ(why({f, {K::spawn, ENOENT}, "could not be started: nope: exec: No such file or directory", false, {}}),
            "could not start: nope: exec: No such file or directory");
  EXPECT_EQ(why({f, {K::spawn, ENOENT}, "", false, {}}), "could not start: No such file or directory");
  EXPECT_EQ(why({f, {K::exception, 0}, "bad\x1b[31m value", false, {}}).find('\x1b'), std::string::npos);
}

TEST(Why, a_verdict_says_outcome_and_reason_but_nothing_twice) {
  EXPECT_EQ(verdict({Outcome::failed, {ReasonKind::exit, 7}}), "failed: exit status 7");
  EXPECT_EQ(verdict({Outcome::timed_out, {ReasonKind::timeout}, "", false, std::chrono::seconds(5)}),
            "timed out after 5s");
  EXPECT_EQ(verdict({Outcome::succeeded}), "succeeded");
  EXPECT_EQ(verdict({Outcome::lost, {ReasonKind::coordinator_lost}}), "lost: the coordinator died before it ended");
}

TEST(Words, numbers_have_their_thousands_and_nouns_their_plural) {
  EXPECT_EQ(number(0), "0");
  EXPECT_EQ(number(999), "999");
  EXPECT_EQ(number(1000), "1,000");
  EXPECT_EQ(number(1'234'567), "1,234,567");
  EXPECT_EQ(number_of(1, "job"), "1 job");
  EXPECT_EQ(number_of(0, "job"), "0 jobs");
  EXPECT_EQ(number_of(100'000, "job"), "100,000 jobs");
}

TEST(Words, a_shell_word_is_quoted_only_where_it_must_be) {
  EXPECT_EQ(shell_word("/bin/true"), "/bin/true");
  EXPECT_EQ(shell_word("two words"), "'two words'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("$HOME"), "'$HOME'");
}

core::RunSummary run_of(Outcome outcome, std::vector<std::pair<Outcome, std::uint32_t>> ends) {
  core::RunSummary run;
  run.run = 12;
  run.outcome = outcome;
  run.submitted.mono = {1'000'000'000};
  run.ended = {6'000'000'000};
  for (const auto& [o, n] : ends) {
    run.counts.by_outcome[static_cast<std::size_t>(o)] = n;
    run.counts.total += n;
  }
  return run;
}

TEST(OutcomeLine, success_counts_the_jobs_and_failure_says_what_became_of_them) {
  const auto good = run_of(Outcome::succeeded, {{Outcome::succeeded, 4}});
  EXPECT_EQ(outcome_line(good), "run 12 succeeded: 4 tasks in 5.0s");
  EXPECT_EQ(outcome_line(good, "job"), "run 12 succeeded: 4 jobs in 5.0s");
  EXPECT_EQ(outcome_line(run_of(Outcome::succeeded, {{Outcome::succeeded, 3}, {Outcome::skipped, 1}})),
            "run 12 succeeded: 3 ok, 1 skipped in 5.0s");
  EXPECT_EQ(outcome_line(run_of(Outcome::failed,
                                {{Outcome::succeeded, 3}, {Outcome::failed, 1}, {Outcome::upstream_failed, 2}})),
            "run 12 failed: 3 ok, 1 failed, 2 upstream_failed in 5.0s");
}

TEST(ExitCode, of_runs_is_success_or_one) {
  EXPECT_EQ(exit_code(Outcome::succeeded), 0);
  for (const auto o : {Outcome::failed, Outcome::timed_out, Outcome::cancelled, Outcome::crashed, Outcome::lost})
    EXPECT_EQ(exit_code(o), 1);
}

TEST(ExitCode, of_errors_follows_their_code) {
  EXPECT_EQ(exit_code(fail(Code::invalid, "")), 2);
  EXPECT_EQ(exit_code(fail(Code::not_found, "")), 3);
  EXPECT_EQ(exit_code(fail(Code::unreachable, "")), 4);
  EXPECT_EQ(exit_code(fail(Code::refused, "")), 5);
  EXPECT_EQ(exit_code(fail(Code::corrupt, "")), 1);
  EXPECT_EQ(exit_code(fail(Code::internal, "")), 1);
  EXPECT_EQ(exit_code(system_error("open", "x", EACCES)), 5);
  EXPECT_EQ(exit_code(system_error("write", "x", ENOSPC)), 5);
  EXPECT_EQ(exit_code(system_error("write", "x", EIO)), 1);
}

}  // namespace
}  // namespace rota::cli
